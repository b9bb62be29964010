// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>An application process that follows some namespaces and reads them all the time.</summary>
public sealed class ClientNode
{
    private readonly FleetWorld _world;
    private readonly SimHost _host;
    private readonly SimProcess _process;
    private readonly CrashTrial? _trial;
    private readonly TaskCompletionSource _stopped = new(); // what waits for any of several tasks would be woken by the thread pool otherwise

    private ClientNode(FleetWorld world, SimHost host, SimProcess process, Follower follower, CrashTrial? trial) => (_world, _host, _process, Follower, _trial) = (world, host, process, follower, trial);

    /// <summary>What it holds.</summary>
    public Follower Follower { get; }

    /// <summary>Whether it has read its last-known-good.</summary>
    public bool IsServing { get; private set; }

    /// <summary>Runs a client for as long as its process lives.</summary>
    public static async Task RunAsync(FleetWorld world, SortedDictionary<string, ClientNode> clients, SimHost host, SimProcess process, ClientPlan plan)
    {
        var (time, logger) = (process.Time, new SimLogger(world, host.Name));
        if (!plan.KeepsLastKnownGood) world.Backwards.Forget(host.Name);
        if (!plan.KeepsLastKnownGood) world.Roots.Forget(host.Name);
        using var files = plan.KeepsLastKnownGood ? await LastKnownGoodStore.OpenAsync(host.Disk, "", time, logger, new LastKnownGoodOptions { FreshnessInterval = world.Options.FreshnessInterval }) : null;
        IReplicaStore store = files is null ? new NoReplicaStore() : new WatchedStore(world, host, files);
        using var follower = new Follower(world.Options.Follower(host.Identity, Role.Client, plan.Parents), world.Realm.Anchor, world.Network.DialerFor(process), store, time, world.Scheduler.NewRandom("follower " + host.Name), logger);
        using var trustWatch = world.Watch(host.Name, follower.Trust);
        using var watch = follower.Observe(new VersionWatch(world, host.Name));
        var trial = files is null ? null : new CrashTrial(world, host, process, files, follower.Trust, logger);
        var node = clients[host.Name] = new ClientNode(world, host, process, follower, trial);
        process.Died += () =>
        {
            if (clients.GetValueOrDefault(host.Name) == node) clients.Remove(host.Name);
        };
        node.MustStart(plan);
        await follower.LoadAsync(CancellationToken.None);
        node.IsServing = true;
        if (trial is not null) await trial.BeginAsync();
        var wants = plan.Wants.Select(follower.Want).ToList();
        foreach (var hope in plan.Hopes ?? []) follower.Want(hope);
        await await Task.WhenAny(follower.RunAsync(CancellationToken.None), node.ReadAsync(plan), node.ChangeMindAsync(wants, plan), node.BakeAsync(), node._stopped.Task);
        if (trial is not null) await trial.EndAsync();
    }

    /// <summary>An operator stops it, in order.</summary>
    public void Stop() => _stopped.TrySetResult();

    /// <summary>I6: what was handed out before is served again within a second, whatever is wrong around, unless the disk itself fails or is slow.</summary>
    private void MustStart(ClientPlan plan)
    {
        if (!plan.KeepsLastKnownGood || _host.Disk.WasDamaged || _world.Faults.IsOn(Fault.SlowDisk) || _world.Faults.IsOn(Fault.ReadError) || _world.Faults.IsOn(Fault.StaleRead)) return;
        var known = plan.Wants.Where(name => _world.Backwards.AcceptedBy(_host.Name, name.Value) != Revision.None && !_world.WasDeleted(name)).Select(name => name.Value).ToArray();
        _world.Starts.Starts(_process, known, TimeSpan.FromMilliseconds(5 * _world.Options.Crowd), name => Follower.Find(NamespaceName.Parse(name)) is not null || _world.WasDeleted(NamespaceName.Parse(name)));
    }

    /// <summary>Reads as an application does: one snapshot at a time, at any moment. Some revisions it does not outlive.</summary>
    private async Task ReadAsync(ClientPlan plan)
    {
        var random = _world.Scheduler.NewRandom("reader " + _host.Name);
        var (isFirst, seen) = (true, new Dictionary<NamespaceName, MerkleMap>());
        while (true)
        {
            foreach (var name in plan.Wants)
            {
                if (Follower.Find(name) is not { } held) continue;
                var version = _trial is null ? held : await _trial.RunAsync(held, isFromDisk: isFirst);
                if (!ReferenceEquals(seen.GetValueOrDefault(name), version.Records)) _world.Judge(() => WholeChangesets.Verify(version.Records, _host.Name, name.Value, Authors.Groups));
                seen[name] = version.Records; // a map that was looked at never changes
                if (plan.DiesOf(version.Revision) && !_world.IsHealed && random.Chance(0.2)) _world.Scheduler.After(TimeSpan.Zero, Die);
            }
            isFirst = false;
            await Task.Delay(random.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500)), _process.Time, CancellationToken.None);
        }
    }

    private void Die()
    {
        if (_host.Process != _process) return;
        _host.Kill();
        _world.Scheduler.After(_host.RestartAfter, _host.Boot);
    }

    /// <summary>Runs well, mostly, so that revisions become stable.</summary>
    private async Task BakeAsync()
    {
        var random = _world.Scheduler.NewRandom("health " + _host.Name);
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _process.Time, CancellationToken.None);
            if (_trial is not null) await _trial.TickAsync(isHealthy: random.Chance(0.9));
        }
    }

    /// <summary>Stops wanting a namespace now and then, and wants it again.</summary>
    private async Task ChangeMindAsync(List<IDisposable> wants, ClientPlan plan)
    {
        var random = _world.Scheduler.NewRandom("mind " + _host.Name);
        while (true)
        {
            await Task.Delay(random.Between(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(20)), _process.Time, CancellationToken.None);
            var which = random.Next(wants.Count);
            wants[which].Dispose();
            if (_trial is not null && random.Chance(0.2)) await _trial.ForgetAsync(plan.Wants[which]);
            if (!_world.IsHealed) await Task.Delay(random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(4)), _process.Time, CancellationToken.None);
            wants[which] = Follower.Want(plan.Wants[which]);
        }
    }
}

/// <summary>What a client is set up to do.</summary>
/// <param name="Parents">Whom it follows.</param>
/// <param name="Wants">What it reads.</param>
/// <param name="KeepsLastKnownGood">Whether it has a disk of its own for it, or relies on the agent of its host.</param>
/// <param name="Hopes">What it asks for as well, and may not get.</param>
/// <param name="Poison">It does not outlive revisions whose sequence this divides; 0: it outlives all.</param>
public sealed record ClientPlan(IReadOnlyList<ParentAddress> Parents, IReadOnlyList<NamespaceName> Wants, bool KeepsLastKnownGood = true, IReadOnlyList<NamespaceName>? Hopes = null, int Poison = 0)
{
    /// <summary>Whether the service may die of a revision.</summary>
    public bool DiesOf(Revision revision) => Poison > 0 && revision.Sequence % Poison == 0;
}
