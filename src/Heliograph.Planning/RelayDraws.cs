// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>What chance gives each relay for each change, the same for everyone who asks: two runs that share it differ by what they are, and by their agents' chance, which is drawn thousands of times more often.</summary>
/// <remarks>An upper percentile of a tree hangs on a few draws of a few relays. Without this, two right runs of twenty changes differ by more than what a comparison is to find.</remarks>
/// <param name="seed">Where everything comes from.</param>
public sealed class RelayDraws(ulong seed)
{
    /// <summary>How much longer than its length the way to a relay is for a change, from 0 to below 1 of the shape's jitter.</summary>
    /// <param name="relay">Which relay: in the order of regions, each region's own before its zones', from 1.</param>
    /// <param name="change">Which change, from 0.</param>
    public double Way(int relay, int change) => Sequence(relay, change, 0).Next();

    /// <summary>Times of a relay's disk for a change: flushes, one after the other.</summary>
    /// <inheritdoc cref="Way" path="/param"/>
    public ModelRandom Flushes(int relay, int change) => Sequence(relay, change, 1);

    /// <summary>The same of every other operation on files.</summary>
    /// <inheritdoc cref="Way" path="/param"/>
    public ModelRandom Operations(int relay, int change) => Sequence(relay, change, 2);

    private ModelRandom Sequence(int relay, int change, int kind)
    {
        var mixed = new ModelRandom(seed * 0xD1342543DE82EF95 + (((ulong)(uint)relay << 34) | ((ulong)(uint)change << 2) | (uint)kind));
        return new((ulong)(mixed.Next() * (1UL << 53)));
    }
}
