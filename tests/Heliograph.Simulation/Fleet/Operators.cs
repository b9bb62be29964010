// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>People who stop machines with care, for an upgrade: a hub drains first, an origin hands over.</summary>
public sealed class Operators(FleetWorld world, IReadOnlyList<Victim> machines, SortedDictionary<string, OriginNode> origins, SortedDictionary<string, ClientNode> clients)
{
    private readonly Random _random = world.Scheduler.NewRandom("operators");

    /// <summary>Begins, and goes on until everything is healed.</summary>
    public void Begin()
    {
        if (world.IsHealed) return;
        var host = _random.Pick(machines).Host;
        if (origins.TryGetValue(host.Name, out var origin)) StopOrigin(origin);
        else if (clients.TryGetValue(host.Name, out var client) && host.Process is { } running)
        {
            world.Scheduler.Tell(host.Name, "is stopped");
            running.Run(_ => client.Stop(), null);
        }
        else if (world.Hubs.TryGetValue(host.Name, out var hub) && host.Process is { } process)
        {
            world.Scheduler.Tell(host.Name, "drains");
            process.Run(_ => hub.Drain("maintenance", TimeSpan.FromSeconds(1)), null);
            world.Scheduler.After(TimeSpan.FromSeconds(2), host.Kill);
            world.Scheduler.After(TimeSpan.FromSeconds(3), host.Boot);
        }
        world.Scheduler.After(_random.Between(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(15)), Begin);
    }

    private void StopOrigin(OriginNode origin)
    {
        if (origin.Sequencer is not { } sequencer) return;
        world.Scheduler.Tell(origin.Host.Name, "is stopped");
        origin.Process.Run(_ => world.Scheduler.Own(sequencer.DisposeAsync().AsTask()), null); // its loop ends, and with it the process
    }
}
