// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Cluster;

/// <summary>What is done to a cluster beside what any fleet meets: its leaders are held and changed, and its origins stopped for an upgrade.</summary>
internal sealed class ClusterNemesis(ClusterWorld world)
{
    private readonly Random _random = world.Scheduler.NewRandom("cluster nemesis");

    /// <summary>Begins, and goes on until everything is healed.</summary>
    public void Begin()
    {
        if (world.IsHealed) return;
        switch (_random.Next(4))
        {
            case 0 when world.Faults.IsOn(Fault.LeaderHeld) && world.Log.Leader is { } leader && world.Running.TryGetValue(leader, out var origin):
                world.Faults.Count(Fault.LeaderHeld);
                origin.Host.Pause(_random.Between(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(9)));
                break;
            case 1 when world.Faults.IsOn(Fault.EtcdLeaderChange):
                world.Etcd.ChangeLeader();
                break;
            case 2 when world.Running.Count > 0 && _random.Chance(0.3):
                _random.Pick([.. world.Running.Values]).Stop();
                break;
        }
        world.Scheduler.After(_random.HeavyTail(TimeSpan.FromSeconds(0.7), TimeSpan.FromSeconds(10)), Begin);
    }
}
