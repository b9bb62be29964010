// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>An origin's high-water mark as it is, with someone who looks at what is found at a start.</summary>
internal sealed class WatchedMark(FleetWorld world, SimHost host, IHighWaterMark mark) : IHighWaterMark
{
    /// <inheritdoc/>
    public async ValueTask<LogTip> ReadAsync(CancellationToken cancellationToken)
    {
        var tip = await mark.ReadAsync(cancellationToken);
        if (!host.Disk.WasDamaged) world.Judge(() => world.Marks.Found(host.Name, tip.Revision));
        return tip;
    }

    /// <inheritdoc/>
    public ValueTask AdvanceAsync(LogTip tip, CancellationToken cancellationToken) => mark.AdvanceAsync(tip, cancellationToken);
}
