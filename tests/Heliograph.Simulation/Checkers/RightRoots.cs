// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;

namespace Heliograph.Simulation.Checkers;

/// <summary>I5 for roots: nobody trusts a root that people have not signed, or the end of an epoch that has not ended; and what a machine trusts never goes backwards, over restarts.</summary>
public sealed class RightRoots
{
    private readonly SortedDictionary<string, uint> _trusted = new(StringComparer.Ordinal);

    /// <summary>Roots that were taken, over all machines.</summary>
    public int Count { get; private set; }

    /// <summary>A machine trusts more from now on.</summary>
    public void Adopted(string node, RealmTrust trust, RootChain proper)
    {
        for (var version = 2u; version <= trust.Roots.Version; version++)
            if (!trust.Roots.BytesOf(version).Span.SequenceEqual(proper.BytesOf(version).Span)) throw new ViolationException("I5", $"{node} trusts a root version {version} that nobody has signed.");
        if (trust.Epochs.Epoch != 1) throw new ViolationException("I5", $"{node} takes epoch {trust.Epochs.Epoch} for proven, which nobody has begun.");
        _trusted[node] = trust.Roots.Version;
        Count++;
    }

    /// <summary>A machine starts with what it kept.</summary>
    public void Loaded(string node, RealmTrust trust)
    {
        if (_trusted.TryGetValue(node, out var before) && trust.Roots.Version < before)
            throw new ViolationException("I3", $"{node} starts with root version {trust.Roots.Version} after it had trusted {before}.");
    }

    /// <summary>A machine's disk was damaged, is another, or keeps nothing.</summary>
    public void Forget(string node) => _trusted.Remove(node);
}
