// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.Core.Merkle;

/// <summary>A set of one or more leaves, immutable and shared between all maps that hold it.</summary>
/// <remarks>
/// In memory there are no chains: a branch stands where keys part, and remembers where its place began. A set of n leaves is
/// n leaves of 144 bytes and n - 1 branches of 72, however many bits its keys share.
/// </remarks>
internal abstract class MerkleNode(in Hash256 hash)
{
    /// <summary>Hash at the depth where the node hangs. A leaf's is the same at every depth.</summary>
    public readonly Hash256 Hash = hash;

    /// <summary>Depth at which the node's keys part, or <see cref="MerkleHash.Bits"/> for a leaf.</summary>
    public int Split => this is MerkleBranch branch ? branch.Bit : MerkleHash.Bits;

    /// <summary>The first leaf in hash order. Any leaf tells the prefix that all share; this is the nearest.</summary>
    public MerkleLeaf FirstLeaf
    {
        get
        {
            var node = this;
            while (node is MerkleBranch branch) node = branch.Left;
            return (MerkleLeaf)node;
        }
    }

    /// <summary>The leaf reached by following a key's bits: the key's own leaf if it has one, else one that shares its longest prefix.</summary>
    public MerkleLeaf LeafTowards(in Hash256 keyHash)
    {
        var node = this;
        while (node is MerkleBranch branch) node = keyHash.Bit(branch.Bit) == 0 ? branch.Left : branch.Right;
        return (MerkleLeaf)node;
    }

    /// <summary>The leaves whose bit <paramref name="bit"/> is zero, and those whose bit is one. All agree on the bits before.</summary>
    public static (MerkleNode? Left, MerkleNode? Right) PartedAt(MerkleNode? node, int bit)
    {
        if (node is MerkleBranch branch && branch.Bit == bit) return (branch.Left, branch.Right);
        return node is null || node.FirstLeaf.KeyHash.Bit(bit) == 0 ? (node, null) : (null, node);
    }

    /// <summary>The same set hung at depth <paramref name="top"/>. The prefix of its keys up to <paramref name="top"/> is not checked.</summary>
    public MerkleNode HungAt(int top) =>
        this is MerkleBranch branch && branch.Top != top ? new MerkleBranch(top, branch.Bit, branch.Left, branch.Right, branch.HashAt(top)) : this;
}

/// <summary>One entry. Key and value belong to whoever put them, and never change.</summary>
internal sealed class MerkleLeaf(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, in Hash256 keyHash, in Hash256 valueHash)
    : MerkleNode(MerkleHash.Leaf(keyHash, valueHash))
{
    public readonly Hash256 KeyHash = keyHash, ValueHash = valueHash;
    public readonly ReadOnlyMemory<byte> Key = key, Value = value;

    public MerkleLeaf(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, in Hash256 keyHash)
        : this(key, value, keyHash, MerkleHash.Of(value.Span)) { }

    public int SizeBytes => Key.Length + Value.Length;

    /// <summary>This entry with another value: the leaf itself if the bytes are the same. Keeps its key, so that revisions share it.</summary>
    public MerkleLeaf WithValue(ReadOnlyMemory<byte> value) => Value.Span.SequenceEqual(value.Span) ? this : new(Key, value, KeyHash);
}

/// <summary>Two or more leaves whose keys agree up to <see cref="Bit"/> and part there.</summary>
internal sealed class MerkleBranch : MerkleNode
{
    public readonly MerkleNode Left, Right; // bit = 0, bit = 1; a branch among them hangs at Bit + 1
    public readonly byte Top, Bit;          // Top <= Bit: from Top up to Bit one side is empty

    public MerkleBranch(int top, int bit, MerkleNode left, MerkleNode right, in Hash256 hash) : base(hash)
    {
        Debug.Assert(top <= bit && bit < MerkleHash.Bits, "A branch hangs at or above the bit where its keys part.");
        Debug.Assert(left is not MerkleBranch { Top: var l } || l == bit + 1, "The left child hangs right below.");
        Debug.Assert(right is not MerkleBranch { Top: var r } || r == bit + 1, "The right child hangs right below.");
        (Top, Bit, Left, Right) = ((byte)top, (byte)bit, left, right);
    }

    /// <summary>Joins two sets at <paramref name="bit"/>, bringing each to its place, and hashes them up to <paramref name="top"/>.</summary>
    public static MerkleBranch Join(int top, int bit, MerkleNode left, MerkleNode right)
    {
        (left, right) = (left.HungAt(bit + 1), right.HungAt(bit + 1));
        var hash = MerkleHash.Node(left.Hash, right.Hash);
        if (top < bit) hash = MerkleHash.Lifted(hash, bit, top, left.FirstLeaf.KeyHash);
        return new(top, bit, left, right, hash);
    }

    public MerkleNode Child(int side) => side == 0 ? Left : Right;

    /// <summary>This branch, in its place, with another child on one side.</summary>
    public MerkleBranch WithChild(int side, MerkleNode child) => side == 0 ? Join(Top, Bit, child, Right) : Join(Top, Bit, Left, child);

    /// <summary>The set's hash if it hung at <paramref name="depth"/>, at most <see cref="Bit"/>.</summary>
    public Hash256 HashAt(int depth)
    {
        if (depth == Top) return Hash;
        return depth < Top
            ? MerkleHash.Lifted(Hash, Top, depth, FirstLeaf.KeyHash)
            : MerkleHash.Lifted(MerkleHash.Node(Left.Hash, Right.Hash), Bit, depth, FirstLeaf.KeyHash);
    }
}
