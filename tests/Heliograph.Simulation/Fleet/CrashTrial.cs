// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Kernel;
using Microsoft.Extensions.Logging;

namespace Heliograph.Simulation.Fleet;

/// <summary>A service's crash-loop guard, composed as its host composes it: judged at the start, asked before a revision is run, told every second how the service is.</summary>
internal sealed class CrashTrial
{
    /// <summary>How long a service must run well on a revision: short, so that some become stable.</summary>
    private static readonly TimeSpan _bakeTime = TimeSpan.FromSeconds(2);

    private readonly FleetWorld _world;
    private readonly SimHost _host;
    private readonly SimProcess _process;
    private readonly LastKnownGoodStore _store;
    private readonly BootRecordFile _records;
    private readonly HeadVerifier _verifier;
    private readonly SortedDictionary<NamespaceName, NamespaceVersion> _running = [];
    private readonly string _slot, _run;
    private BootGuard _guard = new(BootRecord.New("new"), _bakeTime);

    public CrashTrial(FleetWorld world, SimHost host, SimProcess process, LastKnownGoodStore store, TrustCell trust, ILogger logger)
    {
        (_world, _host, _process, _store) = (world, host, process, store);
        (_records, _verifier) = (new BootRecordFile(host.Disk, "", logger), new HeadVerifier(trust));
        (_slot, _run) = (BootRun.SlotOf(host.Name), BootRun.SlotOf($"{host.Name} since {world.Scheduler.Now}")); // a service has one process at a time here
    }

    private TimeSpan Now => TimeSpan.FromTicks(_process.Time.GetTimestamp());

    /// <summary>The service starts. Everything that is held was loaded before: only then is known what is stable.</summary>
    public async Task BeginAsync()
    {
        _guard = new BootGuard(await _records.LoadAsync(_host.Name, CancellationToken.None), _bakeTime);
        foreach (var (name, revision) in _guard.OnStart(_slot, _run, _host.BootId, name => _store.StableRevision(name) is not null)) _world.Scheduler.Tell(_host.Name, $"puts {name} {revision} into quarantine");
        await TrySaveAsync();
    }

    /// <summary>What the service runs of a namespace when this is what its follower holds: that, or the last stable revision in the place of one that it died of.</summary>
    public async Task<NamespaceVersion> RunAsync(NamespaceVersion held, bool isFromDisk)
    {
        var (name, revision) = (held.Name, held.Revision);
        if (_guard.StartFrom(name, revision) == StartFrom.Stable)
        {
            if (!_running.TryGetValue(name, out var served) || served.Revision == revision) served = await LoadStableAsync(name);
            if (served is not null) return _running[name] = served;
        }
        if (_running.TryGetValue(name, out var running) && running.Revision == revision) return _running[name] = held;
        var hasChanged = isFromDisk && _guard.OnLoaded(_slot, name, revision);
        hasChanged |= _guard.OnApplied(_slot, _run, name, revision, _store.StableRevision(name) == revision, Now);
        if (hasChanged) await TrySaveAsync();
        return _running[name] = held;
    }

    /// <summary>How the service is, every second.</summary>
    public async Task TickAsync(bool isHealthy)
    {
        if (!isHealthy)
        {
            _guard.OnUnhealthy(Now);
            return;
        }
        var hasChanged = _guard.OnHealthy(Now);
        try
        {
            foreach (var (name, revision) in _guard.Stable.ToList())
                if (await _store.MarkStableAsync(name, revision, CancellationToken.None)) hasChanged |= _guard.OnStable(name, revision);
        }
        catch (FileStoreException exception)
        {
            _world.Scheduler.Tell(_host.Name, $"cannot make a revision stable: {exception.Fault}");
        }
        if (hasChanged) await TrySaveAsync();
    }

    /// <summary>The service does not use a namespace any more.</summary>
    public async Task ForgetAsync(NamespaceName name)
    {
        _running.Remove(name);
        if (_guard.OnRemoved(name)) await TrySaveAsync();
    }

    /// <summary>The service stops in order.</summary>
    public async Task EndAsync()
    {
        _guard.OnCleanStop(_slot, _run);
        await TrySaveAsync();
    }

    /// <summary>The last stable revision. It was published once, as everything that is ever shown.</summary>
    private async Task<NamespaceVersion?> LoadStableAsync(NamespaceName name)
    {
        var stable = await _store.LoadStableAsync(name, version => new NamespaceReplica(name).CheckStored(version, _verifier), [], CancellationToken.None);
        if (stable is null) return null;
        _world.Scheduler.Tell(_host.Name, $"serves {name} at its stable revision {stable.Revision}");
        _world.Judge(() => _world.History.Activated(stable, _host.Name));
        _world.Judge(() => WholeChangesets.Verify(stable.Records, _host.Name, name.Value, Authors.Groups));
        return stable;
    }

    private async Task TrySaveAsync()
    {
        try
        {
            await _records.SaveAsync(_guard.Record, CancellationToken.None);
        }
        catch (FileStoreException exception)
        {
            _world.Scheduler.Tell(_host.Name, $"cannot remember its starts: {exception.Fault}"); // the service runs all the same
        }
    }
}
