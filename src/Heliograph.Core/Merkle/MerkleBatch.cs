// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Merkle;

/// <summary>Many changes merged into a tree in one descent, so that a node which many of them touch is made and hashed once.</summary>
internal sealed class MerkleBatch
{
    private readonly IReadOnlyList<MerkleChange> _changes;
    private readonly HashedKey[] _steps; // each key once
    private readonly int _stepsCount;

    public MerkleBatch(IReadOnlyList<MerkleChange> changes)
    {
        _changes = changes;
        _steps = HashedKey.Sort(changes, changes.Count, static (changes, i) => changes[i].Key);
        _stepsCount = HashedKey.KeepLastOfEach(_steps); // what came last wins
    }

    /// <summary>Entries added less entries removed by <see cref="ApplyTo"/>.</summary>
    public int CountGrowth { get; private set; }

    /// <summary>Bytes of keys and values added less those removed by <see cref="ApplyTo"/>.</summary>
    public long BytesGrowth { get; private set; }

    /// <summary>The tree after the changes: <paramref name="root"/> itself if nothing changed. To be called once.</summary>
    public MerkleNode? ApplyTo(MerkleNode? root) => Merge(root, 0, _steps.AsSpan(0, _stepsCount))?.HungAt(0);

    /// <summary>Merges steps into the set at depth <paramref name="top"/>. What it gives may hang elsewhere: only its place in the end is worth a hash.</summary>
    private MerkleNode? Merge(MerkleNode? node, int top, ReadOnlySpan<HashedKey> steps)
    {
        if (steps.IsEmpty) return node;
        if (steps.Length == 1 && node is null or MerkleLeaf)
        {
            if (node is not MerkleLeaf leaf) return Take(null, steps[0]);
            if (leaf.KeyHash == steps[0].Hash) return Take(leaf, steps[0]);
        }

        // All keys, there and coming, agree up to `split` and part there; it is at least `top`, so no descent exceeds 256.
        var split = MerkleHash.FirstDifference(steps[0].Hash, steps[^1].Hash);
        if (node is not null && node.Split > top) split = Math.Min(split, MerkleHash.FirstDifference(steps[0].Hash, node.FirstLeaf.KeyHash));
        split = node is MerkleBranch { Bit: var bit } ? Math.Min(split, bit) : split;

        var (left, right) = MerkleNode.PartedAt(node, split);
        var ones = HashedKey.FirstOne(steps, split);
        var newLeft = Merge(left, split + 1, steps[..ones]);
        var newRight = Merge(right, split + 1, steps[ones..]);
        if (newLeft == left && newRight == right) return node;
        if (newLeft is null || newRight is null) return newLeft ?? newRight;
        return MerkleBranch.Join(top, split, newLeft, newRight);
    }

    private MerkleLeaf? Take(MerkleLeaf? old, in HashedKey step)
    {
        var change = _changes[step.Index];
        var leaf = change.Value is not { } value ? null : old?.WithValue(value) ?? new MerkleLeaf(change.Key, value, step.Hash);
        CountGrowth += (leaf is null ? 0 : 1) - (old is null ? 0 : 1);
        BytesGrowth += (leaf?.SizeBytes ?? 0L) - (old?.SizeBytes ?? 0L);
        return leaf;
    }
}
