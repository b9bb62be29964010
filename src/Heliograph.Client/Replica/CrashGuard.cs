// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Views;
using Heliograph.Core.Heads;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Replica;

/// <summary>The crash-loop guard of a client that has no agent: decides with <see cref="BootGuard"/>, remembers on disk, and serves the last stable revision instead of one that ends the service.</summary>
/// <remarks>Thread-safe. Begins after the last-known-good was loaded. What cannot be remembered is told and does not stop the service.</remarks>
internal sealed class CrashGuard : IAsyncDisposable
{
    private readonly LastKnownGoodStore _store;
    private readonly BootRecordFile _records;
    private readonly HeadVerifier _verifier;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _bakeTime;
    private readonly string _service, _slot, _run = Guid.NewGuid().ToString("N");
    private readonly long _born;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly HashSet<NamespaceName> _servedStable = [];
    private BootGuard _guard;
    private bool _isStopped;

    public CrashGuard(LastKnownGoodStore store, BootRecordFile records, TrustCell trust, string service, TimeProvider time, ILogger logger, TimeSpan bakeTime)
    {
        (_store, _records, _verifier, _service, _time, _logger, _bakeTime) = (store, records, new HeadVerifier(trust), service, time, logger, bakeTime);
        _slot = BootRun.SlotOf(service); // a directory has one writer, and so one slot
        (_born, _guard) = (time.GetTimestamp(), new BootGuard(BootRecord.New(service), bakeTime));
    }

    /// <summary>Whether any namespace is served at its last stable revision because a newer one is in quarantine.</summary>
    public bool IsServingStable { get; private set; }

    private TimeSpan Now => _time.GetElapsedTime(_born);

    /// <summary>Remembers that the service starts, and judges how it ended the last time.</summary>
    /// <param name="hostBoot">Identifies this boot of the host; empty if the platform cannot say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task StartAsync(string hostBoot, CancellationToken cancellationToken)
    {
        _guard = new BootGuard(await _records.LoadAsync(_service, cancellationToken).ConfigureAwait(false), _bakeTime);
        foreach (var (name, revision) in _guard.OnStart(_slot, _run, hostBoot, name => _store.StableRevision(name) is not null))
            _logger.Quarantined(name, revision, BootGuard.UncleanEndsMax);
        await SaveAsync(cancellationToken).ConfigureAwait(false);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit; // an application that returns from Main without disposing has not crashed
    }

    /// <summary>The last word before a version is served.</summary>
    /// <returns>The version; its namespace's last stable one, if this one is in quarantine; <see langword="null"/> if that is served already.</returns>
    public async ValueTask<OfferedVersion?> AdmitAsync(OfferedVersion offered, CancellationToken cancellationToken)
    {
        var (name, revision) = (offered.Version.Name, offered.Version.Revision);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_guard.IsQuarantined(name, revision))
            {
                if (_servedStable.Contains(name)) return null;
                if (await LoadStableAsync(name, cancellationToken).ConfigureAwait(false) is { } stable) return Stable(stable, revision);
            }
            var hasChanged = !offered.IsFromParent && _guard.OnLoaded(_slot, name, revision);
            hasChanged |= _guard.OnApplied(_slot, _run, name, revision, _store.StableRevision(name) == revision, Now);
            if (hasChanged) await SaveAsync(cancellationToken).ConfigureAwait(false); // first: if the service dies of it, the next start must know
            _servedStable.Remove(name);
            IsServingStable = _servedStable.Count > 0;
            return offered;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>To be called every second: lets revisions bake while the service is well, and makes them stable.</summary>
    public async Task TickAsync(bool isHealthy, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!isHealthy)
            {
                _guard.OnUnhealthy(Now);
                return;
            }
            var hasChanged = _guard.OnHealthy(Now);
            foreach (var (name, revision) in _guard.Stable.ToList())
                if (await _store.MarkStableAsync(name, revision, cancellationToken).ConfigureAwait(false)) hasChanged |= _guard.OnStable(name, revision);
            if (hasChanged) await SaveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FileStoreException exception)
        {
            _logger.GuardNotPersisted(exception, exception.Fault);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The service stops in order.</summary>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await StopAsync().ConfigureAwait(false);
        _verifier.Dispose();
        _gate.Dispose();
    }

    private async Task StopAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isStopped) return;
            _isStopped = true;
            _guard.OnCleanStop(_slot, _run);
            await SaveAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private void OnProcessExit(object? sender, EventArgs e) => StopAsync().Wait(TimeSpan.FromSeconds(2)); // the runtime waits for this, so it is bounded

    private OfferedVersion Stable(NamespaceVersion version, Revision quarantined)
    {
        _servedStable.Add(version.Name);
        IsServingStable = true;
        _logger.ServingStable(version.Name, version.Revision);
        return new(version, ViewOrigin.Stable, IsFromParent: false, quarantined);
    }

    private async ValueTask<NamespaceVersion?> LoadStableAsync(NamespaceName name, CancellationToken cancellationToken)
    {
        var damage = new List<string>();
        var stable = await _store.LoadStableAsync(name, version => new NamespaceReplica(name).CheckStored(version, _verifier), damage, cancellationToken).ConfigureAwait(false);
        if (stable is null) _logger.StableUnreadable(name, string.Join("; ", damage));
        return stable;
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _records.SaveAsync(_guard.Record, cancellationToken).ConfigureAwait(false);
        }
        catch (FileStoreException exception)
        {
            _logger.GuardNotPersisted(exception, exception.Fault);
        }
    }
}
