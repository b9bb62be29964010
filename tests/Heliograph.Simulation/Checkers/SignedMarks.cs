// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Checkers;

/// <summary>What I1 and I2 rest on when a store loses entries: an origin knows after any crash how far it had signed, for the mark was durable before the head existed.</summary>
public sealed class SignedMarks
{
    private readonly SortedDictionary<string, Revision> _signed = new(StringComparer.Ordinal);

    /// <summary>An origin has signed a head.</summary>
    public void Sealed(string node, Revision revision)
    {
        if (!_signed.TryGetValue(node, out var before) || revision.IsAfter(before)) _signed[node] = revision;
    }

    /// <summary>An origin has found its mark at a start.</summary>
    public void Found(string node, Revision revision)
    {
        if (_signed.TryGetValue(node, out var signed) && revision.IsBefore(signed)) throw new ViolationException("I1", $"{node} finds its mark at {revision}, after it had signed a head at {signed}.");
    }
}
