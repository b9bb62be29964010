// SPDX-License-Identifier: Apache-2.0
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

    private ClientNode(FleetWorld world, SimHost host, SimProcess process, Follower follower) => (_world, _host, _process, Follower) = (world, host, process, follower);

    /// <summary>What it holds.</summary>
    public Follower Follower { get; }

    /// <summary>Whether it has read its last-known-good.</summary>
    public bool IsServing { get; private set; }

    /// <summary>Runs a client for as long as its process lives.</summary>
    public static async Task RunAsync(FleetWorld world, SortedDictionary<string, ClientNode> clients, SimHost host, SimProcess process, ClientPlan plan)
    {
        var (time, logger) = (process.Time, new SimLogger(world.Scheduler, host.Name));
        if (!plan.KeepsLastKnownGood) world.Backwards.Forget(host.Name);
        using var files = plan.KeepsLastKnownGood ? await LastKnownGoodStore.OpenAsync(host.Disk, "", time, logger, new LastKnownGoodOptions { FreshnessInterval = world.Options.FreshnessInterval }) : null;
        IReplicaStore store = files is null ? new NoReplicaStore() : new WatchedStore(world, host, files);
        using var follower = new Follower(world.Options.Follower(host.Identity, Role.Client, plan.Parents), world.Realm.Anchor, world.Network.DialerFor(process), store, time, world.Scheduler.NewRandom("follower " + host.Name), logger);
        using var watch = follower.Observe(new VersionWatch(world, host.Name));
        var node = clients[host.Name] = new ClientNode(world, host, process, follower);
        process.Died += () =>
        {
            if (clients.GetValueOrDefault(host.Name) == node) clients.Remove(host.Name);
        };
        node.MustStart(plan);
        await follower.LoadAsync(CancellationToken.None);
        node.IsServing = true;
        var wants = plan.Wants.Select(follower.Want).ToList();
        await await Task.WhenAny(follower.RunAsync(CancellationToken.None), node.ReadAsync(plan), node.ChangeMindAsync(wants, plan));
    }

    /// <summary>I6: what was handed out before is served again within a second, whatever is wrong around, unless the disk itself fails or is slow.</summary>
    private void MustStart(ClientPlan plan)
    {
        if (!plan.KeepsLastKnownGood || _host.Disk.WasDamaged || _world.Faults.IsOn(Fault.SlowDisk) || _world.Faults.IsOn(Fault.ReadError) || _world.Faults.IsOn(Fault.StaleRead)) return;
        var known = plan.Wants.Where(name => _world.Backwards.AcceptedBy(_host.Name, name.Value) != Revision.None && !_world.WasDeleted(name)).Select(name => name.Value).ToArray();
        _world.Starts.Starts(_process, known, TimeSpan.Zero, name => Follower.Find(NamespaceName.Parse(name)) is not null || _world.WasDeleted(NamespaceName.Parse(name)));
    }

    /// <summary>Reads as an application does: one snapshot at a time, at any moment.</summary>
    private async Task ReadAsync(ClientPlan plan)
    {
        var random = _world.Scheduler.NewRandom("reader " + _host.Name);
        while (true)
        {
            await Task.Delay(random.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500)), _process.Time, CancellationToken.None);
            foreach (var name in plan.Wants)
                if (Follower.Find(name) is { } version) _world.Judge(() => WholeChangesets.Verify(version.Records, _host.Name, name.Value, Authors.Groups));
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
            if (!_world.IsHealed) await Task.Delay(random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(4)), _process.Time, CancellationToken.None);
            wants[which] = Follower.Want(plan.Wants[which]);
        }
    }
}

/// <summary>What a client is set up to do.</summary>
/// <param name="Parents">Whom it follows.</param>
/// <param name="Wants">What it reads.</param>
/// <param name="KeepsLastKnownGood">Whether it has a disk of its own for it, or relies on the agent of its host.</param>
public sealed record ClientPlan(IReadOnlyList<ParentAddress> Parents, IReadOnlyList<NamespaceName> Wants, bool KeepsLastKnownGood = true);
