// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Reports;
using Heliograph.Replication.SnapshotFiles;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>A relay or an agent, composed as its host composes it: follower upward, hub downward, last-known-good in between.</summary>
public static class ReplicaNode
{
    /// <summary>Runs one for as long as its process lives.</summary>
    public static async Task RunAsync(FleetWorld world, SimHost host, SimProcess process, Role role, IReadOnlyList<ParentAddress> parents)
    {
        var (scheduler, time, options, logger) = (world.Scheduler, process.Time, world.Options, new SimLogger(world, host.Name));
        process.Died += () => world.Hubs.Remove(host.Name);
        using var store = await LastKnownGoodStore.OpenAsync(host.Disk, "", time, logger, new LastKnownGoodOptions { FreshnessInterval = options.FreshnessInterval });
        var reports = new ReportFold(host.Name);
        using var follower = new Follower(options.Follower(host.Identity, role, parents), world.Realm.Anchor, world.Network.DialerFor(process), new WatchedStore(world, host, store), time, scheduler.NewRandom("follower " + host.Name), logger, reports);
        using var trustWatch = world.Watch(host.Name, follower.Trust);
        using var watch = follower.Observe(new VersionWatch(world, host.Name));
        await follower.LoadAsync(CancellationToken.None);
        using var hub = new FanOutHub(follower, follower.Trust, options.Hub(host.Name, role == Role.Relay ? "relay" : "agent"), new PolicyAuthorizer(follower, mayLocalRead: role == Role.Agent, FleetWorld.SubjectOf), reports, time, scheduler.NewRandom("hub " + host.Name), logger);
        world.Hubs[host.Name] = hub;
        world.Network.Listen(process, (connection, peer) => hub.AcceptAsync(connection, FleetWorld.Proven(peer.Name, role), CancellationToken.None));
        using var realm = follower.Want(NamespaceName.Realm);
        using var under = host.Name == "relay-3" && options.Follows.Count > 0 ? follower.WantUnder(options.Follows) : null;
        await await Task.WhenAny(follower.RunAsync(CancellationToken.None), hub.RunAsync(CancellationToken.None));
    }
}
