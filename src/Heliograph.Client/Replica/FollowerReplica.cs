// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using Heliograph.Client.Views;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Platform;
using Heliograph.Replication.Following;
using Heliograph.Replication.Replicas;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Replica;

/// <summary>The follower, as a client sees it; and what its application runs with, as this host's agent and the fleet are told.</summary>
internal sealed class FollowerReplica : IClientReplica
{
    private const string QuarantinedDetail = "The service ended uncleanly on it more than once; the last stable revision is served until a newer one comes.";

    private readonly Follower _follower;
    private readonly DialJournal _dials;
    private readonly CrashGuard? _guard;
    private readonly EarlierVersions? _kept;
    private readonly RunReport _run;
    private readonly ClientMetrics _metrics;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<IDisposable> _owned;
    private readonly ConcurrentDictionary<NamespaceName, ServedNamespace> _served = [];

    /// <summary>Makes it; nothing begins.</summary>
    /// <param name="follower">Follows the parents.</param>
    /// <param name="dials">Knows how the parents answered.</param>
    /// <param name="guard">Breaks crash loops from this process's own disk; <see langword="null"/> for a client that keeps nothing, or only reads: then this host's agent does, if there is one.</param>
    /// <param name="kept">What this process keeps on disk; <see langword="null"/> for nothing.</param>
    /// <param name="run">Tells this host's agent what this process runs.</param>
    /// <param name="metrics">Counts; ends with it.</param>
    /// <param name="logger">Where it tells.</param>
    /// <param name="owned">What ends with it, in this order.</param>
    public FollowerReplica(Follower follower, DialJournal dials, CrashGuard? guard, EarlierVersions? kept, RunReport run, ClientMetrics metrics, ILogger logger, IReadOnlyList<IDisposable> owned)
    {
        (_follower, _dials, _guard, _kept, _run, _metrics, _logger, _owned) = (follower, dials, guard, kept, run, metrics, logger, owned);
        follower.OwnReport.ReportServed();
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit; // an application that returns from Main without disposing has not crashed
    }

    /// <inheritdoc/>
    public SignedHead? NewestHead => _follower.NewestHead;

    /// <inheritdoc/>
    public bool IsStale => _follower.Freshness.IsStale;

    /// <inheritdoc/>
    public TimeSpan SinceFreshHead => _follower.Freshness.SinceFreshHead;

    /// <inheritdoc/>
    public string? Parent => _follower.ConnectedParent?.ToString();

    /// <inheritdoc/>
    public bool NobodyAnswers => _dials.NobodyAnswers;

    /// <inheritdoc/>
    public NamespaceVersion? Find(NamespaceName name) => _follower.Find(name);

    /// <inheritdoc/>
    public IDisposable Want(NamespaceName name) => _follower.Want(name);

    /// <inheritdoc/>
    public IDisposable Observe(INamespaceObserver observer) => _follower.Observe(observer);

    /// <inheritdoc/>
    public bool IsStaleFor(NamespaceName name) => _follower.Freshness.IsStaleFor(name);

    /// <inheritdoc/>
    public async ValueTask<OfferedVersion?> AdmitAsync(OfferedVersion offered, CancellationToken cancellationToken)
    {
        var admitted = _guard is null ? offered : await _guard.AdmitAsync(offered, cancellationToken).ConfigureAwait(false);
        if (admitted is not null) admitted = AdmitByAgent(admitted);
        if (admitted is null)
        {
            NotServed(offered.Version.Name, offered.Version.Revision, RefusalCode.Quarantined, QuarantinedDetail);
            return null;
        }
        await _run.ApplyAsync(admitted.Version.Name, admitted.Version.Revision).ConfigureAwait(false); // first: if the process dies of it, the agent must know
        return admitted;
    }

    /// <inheritdoc/>
    public async ValueTask<NamespaceVersion?> FindEarlierAsync(NamespaceName name, Revision upTo, Func<NamespaceVersion, bool> isWanted, CancellationToken cancellationToken)
    {
        if (_kept is not { } kept) return null;
        var earlier = await kept.FindAsync(name, upTo, isWanted, cancellationToken).ConfigureAwait(false);
        if (earlier is not null) await _run.ApplyAsync(name, earlier.Revision).ConfigureAwait(false);
        return earlier;
    }

    /// <inheritdoc/>
    public void Served(OfferedVersion served, DateTimeOffset now)
    {
        var version = served.Version;
        var refused = served.InsteadOf is { } quarantined ? new ServedRefusal(quarantined, RefusalCode.Quarantined, QuarantinedDetail) : null;
        Report(new(version.Name, version.Revision, version.StateRoot, now.ToUnixTimeMilliseconds(), served.Origin == ViewOrigin.Stable, refused));
    }

    /// <inheritdoc/>
    public void NotServed(NamespaceName name, Revision revision, RefusalCode code, string detail)
    {
        _metrics.NotServed(code);
        var served = _served.GetValueOrDefault(name) ?? new ServedNamespace(name, Revision.None, Hash256.Zero, AppliedAtMs: 0);
        Report(served with { Refused = new(revision, code, detail) });
    }

    /// <inheritdoc/>
    public async ValueTask EndAsync() => await _run.EndAsync().ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task TickAsync(bool isHealthy, CancellationToken cancellationToken)
    {
        await _run.SetHealthAsync(isHealthy).ConfigureAwait(false);
        if (_guard is not null) await _guard.TickAsync(isHealthy, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void OverrideLocally(IReadOnlyCollection<string> keys) => _follower.OwnReport.OverrideLocally(keys);

    /// <inheritdoc/>
    public IReadOnlyList<string> Troubles() => _dials.Failures();

    /// <inheritdoc/>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _follower.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (_guard is not null) await _guard.StartAsync(HostBoot.Read(), cancellationToken).ConfigureAwait(false); // once it is known what is stable
    }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => _follower.RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        _metrics.Dispose();
        _follower.Dispose();
        if (_guard is not null) await _guard.DisposeAsync().ConfigureAwait(false);
        foreach (var part in _owned) part.Dispose();
    }

    /// <summary>What this host's agent says counts, too: it remembers what a process without a directory cannot.</summary>
    private OfferedVersion? AdmitByAgent(OfferedVersion admitted)
    {
        var (name, revision) = (admitted.Version.Name, admitted.Version.Revision);
        if (_run.QuarantineOf(name) is not { } quarantine) return admitted;
        if (revision == quarantine.Revision) return _served.TryGetValue(name, out var served) && served.Revision != Revision.None ? null : admitted; // with nothing to serve instead it is better than nothing
        if (revision != quarantine.Stable) return admitted;
        _logger.ServingStable(name, revision);
        return admitted with { Origin = ViewOrigin.Stable, InsteadOf = quarantine.Revision };
    }

    private void Report(ServedNamespace served)
    {
        _served[served.Name] = served;
        _follower.OwnReport.Serve(served);
    }

    private void OnProcessExit(object? sender, EventArgs e) => _run.EndAsync().AsTask().Wait(TimeSpan.FromSeconds(2)); // the runtime waits for this, so it is bounded
}
