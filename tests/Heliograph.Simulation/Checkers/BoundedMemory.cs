// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Checkers;

/// <summary>I16: what a hub holds for one subscriber is bounded, whatever the subscriber does.</summary>
/// <param name="bytesMax">What a hub may hold for one.</param>
public sealed class BoundedMemory(long bytesMax)
{
    /// <summary>The most that was held for one.</summary>
    public long Highest { get; private set; }

    /// <summary>A hub holds so much for a subscriber now.</summary>
    public void Holds(string node, string peer, long bytes)
    {
        Highest = Math.Max(Highest, bytes);
        if (bytes > bytesMax) throw new ViolationException("I16", $"{node} holds {bytes} bytes for {peer}, at most {bytesMax} are allowed.");
    }
}
