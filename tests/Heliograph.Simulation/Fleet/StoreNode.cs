// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Log;

namespace Heliograph.Simulation.Fleet;

/// <summary>The machine of the log's server.</summary>
public static class StoreNode
{
    /// <summary>Runs it until it stops itself.</summary>
    public static async Task RunAsync(FleetWorld world, SimHost host, SimProcess process)
    {
        process.Died += () => world.LogServer = null;
        var server = world.LogServer = await SimLogServer.OpenAsync(world.Scheduler, process, host.Disk, CancellationToken.None);
        foreach (var entry in server.Entries) world.Judge(() => world.History.Entry(entry, host.Name));
        throw new IOException(await server.Stopped);
    }
}
