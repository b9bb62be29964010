// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Checkers;

/// <summary>I6: a machine that has a valid last-known-good starts, whatever is wrong around it: within a second it serves.</summary>
public sealed class AlwaysStarts(SimScheduler scheduler)
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(1);

    /// <summary>Starts that were watched.</summary>
    public int Watched { get; private set; }

    /// <summary>A process begins to start from its disk.</summary>
    /// <param name="process">Which.</param>
    /// <param name="mustServe">Namespaces of which something was handed out before, and whose files nobody has damaged since.</param>
    /// <param name="slowness">How much longer the disk may take, where it is slow or fails.</param>
    /// <param name="serves">Whether it serves a namespace.</param>
    public void Starts(SimProcess process, IReadOnlyList<string> mustServe, TimeSpan slowness, Func<string, bool> serves)
    {
        Watched++;
        scheduler.After(_deadline + slowness, () =>
        {
            if (!process.IsAlive || process.IsHeld) return;
            foreach (var name in mustServe)
                if (!serves(name)) throw new ViolationException("I6", $"{process.Name} does not serve {name}, of which it has a last-known-good, {_deadline + slowness} after its start.");
        });
    }
}
