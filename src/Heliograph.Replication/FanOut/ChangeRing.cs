// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core;
using Heliograph.Core.Merkle;

namespace Heliograph.Replication.FanOut;

/// <summary>Which keys changed in the last so many steps of a namespace: enough to bring a subscriber forward from any revision in between.</summary>
/// <remarks>Not thread-safe. Holds keys, not values: what is sent is always the final value.</remarks>
internal sealed class ChangeRing(int changesMax, int keysMax)
{
    private readonly Queue<Step> _steps = new();
    private int _keys;

    private readonly record struct Step(Revision From, Revision To, ReadOnlyMemory<byte>[] Keys);

    /// <summary>Remembers a step; old ones are forgotten when there are too many.</summary>
    public void Add(Revision from, Revision to, IEnumerable<MerkleChange> changes)
    {
        ReadOnlyMemory<byte>[] keys = [.. changes.Select(change => change.Key)];
        _steps.Enqueue(new Step(from, to, keys));
        _keys += keys.Length;
        while (_steps.Count > changesMax || (_keys > keysMax && _steps.Count > 1)) _keys -= _steps.Dequeue().Keys.Length;
    }

    /// <summary>Forgets everything: whoever is behind gets a snapshot.</summary>
    public void Clear()
    {
        _steps.Clear();
        _keys = 0;
    }

    /// <summary>
    /// The keys that may have changed after <paramref name="position"/>, or <see langword="null"/> if no step begins there: it is too long ago, or inside a step
    /// that joined several revisions, and a key that changed before the position and back after it is not among the step's.
    /// </summary>
    public IReadOnlyCollection<ReadOnlyMemory<byte>>? KeysAfter(Revision position)
    {
        if (!_steps.Any(step => step.From == position)) return null;
        var keys = new SortedSet<ReadOnlyMemory<byte>>(ByteOrder.Instance);
        var skip = Planted.ResumeWithGap;
        foreach (var step in _steps)
        {
            if (!step.To.IsAfter(position)) continue;
            if (!skip) keys.UnionWith(step.Keys);
            skip = false;
        }
        return keys;
    }

    private sealed class ByteOrder : IComparer<ReadOnlyMemory<byte>>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceCompareTo(y.Span);
    }
}
