// SPDX-License-Identifier: Apache-2.0
using Heliograph.Planning;

namespace Heliograph.Simulation.Scale;

/// <summary>What chance gives one relay of the fleet, drawn where the model draws it too.</summary>
/// <param name="draws">What is shared.</param>
/// <param name="relay">Its number there.</param>
/// <param name="change">Which change is under way now.</param>
internal sealed class RelayChance(RelayDraws draws, int relay, Func<int> change)
{
    private const double FlushMilliseconds = 1, LongestFactor = 100; // of a simulated disk

    private int? _change;
    private ModelRandom _flushes = new(0), _operations = new(0);

    /// <summary>Share of the jitter for everything that comes to it on account of a change.</summary>
    public double Way => draws.Way(relay, change());

    /// <summary>What an operation of its disk takes.</summary>
    /// <param name="milliseconds">What it typically takes.</param>
    public TimeSpan Duration(double milliseconds)
    {
        if (_change != change()) (_change, _flushes, _operations) = (change(), draws.Flushes(relay, change()), draws.Operations(relay, change()));
        return TimeSpan.FromMilliseconds((milliseconds == FlushMilliseconds ? _flushes : _operations).HeavyTail(milliseconds, LongestFactor * milliseconds));
    }
}
