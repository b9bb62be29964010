// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging;

namespace Heliograph.Agent.Boot;

/// <summary>What an agent remembers of one service of its host: who runs what on trial, how those before ended, what is in quarantine.</summary>
/// <remarks>Used by one loop, <see cref="HostGuard"/>'s. Decides with <see cref="BootGuard"/>; what cannot be remembered is told, and stops nobody.</remarks>
internal sealed class ServiceGuard(BootRecord record, TimeSpan bakeTime, BootRecordFile records, LastKnownGoodStore store, Follower follower, HeadVerifier verifier, TimeProvider time, ILogger logger)
{
    private readonly BootGuard _guard = new(record, bakeTime);
    private readonly long _born = time.GetTimestamp();
    private readonly Dictionary<string, LiveRun> _live = new(StringComparer.Ordinal); // by slot

    /// <summary>The service.</summary>
    public string Service { get; } = record.Service;

    /// <summary>What is remembered.</summary>
    public BootRecord Record => _guard.Record;

    private TimeSpan Now => time.GetElapsedTime(_born);

    /// <summary>The process of a slot that is connected, if it is another than <paramref name="run"/>.</summary>
    public LiveRun? Predecessor(string slot, string run) => _live.TryGetValue(slot, out var live) && live.Id != run ? live : null;

    /// <summary>A process has connected: the one of the slot again, or the next. Judges how the one before ended.</summary>
    public async Task StartAsync(LiveRun starting, string hostBoot, CancellationToken cancellationToken)
    {
        var hasEnded = Predecessor(starting.Slot, starting.Id) is null;
        var before = _guard.Record;
        var sentenced = _guard.OnStart(starting.Slot, starting.Id, hostBoot, HasBetter, hasEnded);
        foreach (var (name, revision) in sentenced) logger.Quarantined(Service, name, revision, BootGuard.UncleanEndsMax);
        if (before.Runs.Count != _guard.Record.Runs.Count || before.HostBoot != hostBoot) await SaveAsync(cancellationToken);
        if (_live.TryGetValue(starting.Slot, out var known) && known.Id == starting.Id) starting.IsUnhealthy = known.IsUnhealthy; // its connection before is still closing
        _live[starting.Slot] = starting;
    }

    /// <summary>A process says what it is about to run, how it is, or that it ends.</summary>
    public async Task HearAsync(string slot, string id, Run run, CancellationToken cancellationToken)
    {
        if (!_live.TryGetValue(slot, out var live) || live.Id != id) return; // of a process that another has followed
        live.IsUnhealthy = run.Unhealthy;
        var hasChanged = false;
        foreach (var applied in run.Applied)
            if (NamespaceName.TryParse(applied.Namespace, out var name, out _) && follower.Find(name) is not null && applied.Revision is { Epoch: <= int.MaxValue, Sequence: <= long.MaxValue } at)
                hasChanged |= await ApplyAsync(live, name, new Revision((int)at.Epoch, (long)at.Sequence), applied.First, cancellationToken);
        if (run.Ended) hasChanged |= _guard.OnCleanStop(slot, id);
        if (hasChanged) await SaveAsync(cancellationToken);
    }

    /// <summary>A connection is over. Whether its process is, the next start in the slot shows.</summary>
    public void Leave(LiveRun leaving)
    {
        if (_live.TryGetValue(leaving.Slot, out var live) && live == leaving) _live.Remove(leaving.Slot);
        leaving.Over.TrySetResult();
    }

    /// <summary>To be called every second: lets revisions bake while the service is well.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        var hasChanged = false;
        foreach (var name in _guard.Record.Trials.Select(trial => trial.Namespace).Where(name => follower.Find(name) is null).ToList()) hasChanged |= _guard.OnRemoved(name);
        if (_live.Values.Any(live => live.IsUnhealthy)) _guard.OnUnhealthy(Now);
        else hasChanged |= _guard.OnHealthy(Now, _live.ContainsKey);
        if (hasChanged) await SaveAsync(cancellationToken);
    }

    /// <summary>Revisions that have earned <c>STABLE</c> with this service.</summary>
    public IReadOnlyList<NamespaceRevision> Earned() => [.. _guard.Stable];

    /// <summary>Whether this service speaks against a revision becoming what the host falls back to: it has ended uncleanly on it, or runs it and has not shown yet that it is good.</summary>
    public bool Opposes(NamespaceRevision earned)
    {
        var remembered = _guard.Record;
        if (remembered.Quarantined.Contains(earned)) return true;
        return remembered.Trials.FirstOrDefault(trial => trial.Namespace == earned.Namespace && trial.Revision == earned.Revision) is { IsStable: false } trial
            && (trial.UncleanEnds > 0 || remembered.Runs.Any(run => run.Namespace == earned.Namespace && _live.ContainsKey(run.Slot)));
    }

    /// <summary><c>STABLE</c> holds a revision now.</summary>
    public async Task StabilizeAsync(NamespaceRevision earned, CancellationToken cancellationToken)
    {
        if (_guard.OnStable(earned.Namespace, earned.Revision)) await SaveAsync(cancellationToken);
    }

    /// <summary>What the service must not be served now, and what instead. Where nothing stable can be read it goes on with the newest.</summary>
    public async Task<IReadOnlyDictionary<NamespaceName, Fallback>> FallbacksAsync(CancellationToken cancellationToken)
    {
        var fallbacks = new Dictionary<NamespaceName, Fallback>();
        foreach (var (name, revision) in _guard.Record.Quarantined)
        {
            if (follower.Find(name)?.Revision != revision) continue; // something newer has come, or it was deleted
            var damage = new List<string>();
            var stable = await store.LoadStableAsync(name, version => Check(name, version), damage, cancellationToken);
            if (stable is null || stable.Revision == revision) logger.StableUnreadable(Service, name, string.Join("; ", damage));
            else fallbacks[name] = new(revision, stable);
        }
        return fallbacks;
    }

    private async Task<bool> ApplyAsync(LiveRun live, NamespaceName name, Revision revision, bool isFirst, CancellationToken cancellationToken)
    {
        var hasChanged = isFirst && await IsReadBackAsync(name, revision, cancellationToken) && _guard.OnLoaded(live.Slot, name, revision);
        if (_guard.Record.Trials.Count >= Limits.SubscriptionsMax && !_guard.Record.Trials.Any(trial => trial.Namespace == name)) return hasChanged;
        return _guard.OnApplied(live.Slot, live.Id, name, revision, store.StableRevision(name) == revision, Now) || hasChanged;
    }

    /// <summary>Whether what a process has started from is whole on the disk, too: it is what the next start without anyone above would get.</summary>
    private async Task<bool> IsReadBackAsync(NamespaceName name, Revision revision, CancellationToken cancellationToken)
    {
        if (_guard.Record.Trials.FirstOrDefault(trial => trial.Namespace == name && trial.Revision == revision) is not { IsReadBack: false }) return false; // not asked
        var damage = new List<string>();
        if (await store.ReadBackAsync(name, version => Check(name, version), damage, cancellationToken) == revision) return true;
        logger.NotReadBack(Service, name, revision, string.Join("; ", damage));
        return false;
    }

    private bool HasBetter(NamespaceName name) =>
        store.StableRevision(name) is { } stable && !_guard.Record.Trials.Any(trial => trial.Namespace == name && trial.Revision == stable);

    private Core.Replicas.Refusal? Check(NamespaceName name, NamespaceVersion version) => new NamespaceReplica(name).CheckStored(version, verifier);

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await records.SaveAsync(_guard.Record, cancellationToken);
        }
        catch (FileStoreException exception)
        {
            logger.GuardNotPersisted(exception, Service, exception.Fault);
        }
    }
}

/// <summary>A process of a service that is connected.</summary>
/// <param name="slot">Which place of the service it takes.</param>
/// <param name="id">Which process it is.</param>
internal sealed class LiveRun(string slot, string id)
{
    public string Slot { get; } = slot;

    public string Id { get; } = id;

    /// <summary>Whether it says of itself that it is not well.</summary>
    public bool IsUnhealthy { get; set; }

    /// <summary>Completes when its connection is over.</summary>
    public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
