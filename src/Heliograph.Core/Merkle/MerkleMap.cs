// SPDX-License-Identifier: Apache-2.0
using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Heliograph.Core.Merkle;

/// <summary>An immutable map from key bytes to value bytes with one hash over all of it: same contents, same root, whatever the order of edits.</summary>
/// <remarks>
/// <para>Leaf = SHA-256(0x00, SHA-256(key), SHA-256(value)). Node over a set at depth d: empty, 32 zero bytes; exactly one leaf,
/// that leaf; else SHA-256(0x01, node(bit d = 0), node(bit d = 1)), bits of SHA-256(key), most significant first.</para>
/// <para>An edit gives a new map that shares all but the copied path with the old one, in about log2(n) hashes. Thread-safe, as
/// nothing changes. Keys and values are not copied: who hands them over must never change them, and a slice keeps its whole
/// array alive. Sizes are the caller's to limit: <see cref="Limits.NamespaceRecordsMax"/>, <see cref="Limits.NamespaceBytesMax"/>.</para>
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "A Merkle map is what the design and the wire contract call it.")]
public sealed partial class MerkleMap : IReadOnlyCollection<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>>
{
    private readonly MerkleNode? _root; // null: empty. A branch here hangs at depth 0

    private MerkleMap(MerkleNode? root, int count, long bytes) => (_root, Count, Bytes) = (root, count, bytes);

    /// <summary>The map without entries.</summary>
    public static MerkleMap Empty { get; } = new(null, 0, 0);

    /// <summary>Entries in the map.</summary>
    public int Count { get; }

    /// <summary>Sum over all entries of the lengths of key and value, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The hash over all entries; <see cref="Hash256.Zero"/> for the empty map. Already computed.</summary>
    public Hash256 Root => _root?.Hash ?? Hash256.Zero;

    /// <summary>A map of <paramref name="entries"/>. If a key comes twice, its last value counts.</summary>
    public static MerkleMap Build(IEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> entries) =>
        Empty.Apply([.. entries.Select(entry => MerkleChange.Set(entry.Key, entry.Value))]);

    /// <summary>Finds a key's value.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        var leaf = Find(MerkleHash.Of(key));
        value = leaf is null ? default : leaf.Value;
        return leaf is not null;
    }

    /// <summary>This map with <paramref name="key"/> set to <paramref name="value"/>; the same instance if it has that value already.</summary>
    public MerkleMap Set(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        var keyHash = MerkleHash.Of(key.Span);
        if (_root is null) return new(new MerkleLeaf(key, value, keyHash), 1, (long)key.Length + value.Length);

        var nearest = _root.LeafTowards(keyHash);
        var parting = MerkleHash.FirstDifference(nearest.KeyHash, keyHash);
        if (parting < MerkleHash.Bits)
        {
            var added = new MerkleLeaf(key, value, keyHash);
            return new(Placed(_root, 0, added, parting), checked(Count + 1), Bytes + added.SizeBytes);
        }
        var changed = nearest.WithValue(value);
        return changed == nearest ? this : new(Placed(_root, 0, changed, parting), Count, Bytes + changed.SizeBytes - nearest.SizeBytes);
    }

    /// <summary>This map without <paramref name="key"/>; the same instance if it is not there.</summary>
    public MerkleMap Remove(ReadOnlySpan<byte> key)
    {
        var leaf = Find(MerkleHash.Of(key));
        if (leaf is null) return this;
        return _root is MerkleBranch branch ? new(Without(branch, leaf), Count - 1, Bytes - leaf.SizeBytes) : Empty;
    }

    /// <summary>This map after <paramref name="changes"/>, as if made one after the other; each touched node is hashed once. The same instance if nothing changes.</summary>
    public MerkleMap Apply(IReadOnlyList<MerkleChange> changes)
    {
        var batch = new MerkleBatch(changes);
        var root = batch.ApplyTo(_root);
        if (root == _root) return this;
        return root is null ? Empty : new(root, checked(Count + batch.CountGrowth), Bytes + batch.BytesGrowth);
    }

    /// <summary>Walks all entries in the order of their keys' hashes, the same for every map with the same keys.</summary>
    public MerkleEnumerator GetEnumerator() => new(_root);

    IEnumerator<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> IEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private MerkleLeaf? Find(in Hash256 keyHash) => _root?.LeafTowards(keyHash) is { } leaf && leaf.KeyHash == keyHash ? leaf : null;

    /// <summary>Copies the path to where <paramref name="leaf"/> belongs: in place of its key's leaf, or beside the keys it parts from at <paramref name="parting"/>.</summary>
    private static MerkleNode Placed(MerkleNode node, int top, MerkleLeaf leaf, int parting)
    {
        if (node is MerkleBranch branch && branch.Bit < parting) // at most 256 deep: Bit grows with every step
        {
            var side = leaf.KeyHash.Bit(branch.Bit);
            return branch.WithChild(side, Placed(branch.Child(side), branch.Bit + 1, leaf, parting));
        }
        if (parting == MerkleHash.Bits) return leaf;
        return leaf.KeyHash.Bit(parting) == 0 ? MerkleBranch.Join(top, parting, leaf, node) : MerkleBranch.Join(top, parting, node, leaf);
    }

    private static MerkleNode Without(MerkleBranch branch, MerkleLeaf leaf)
    {
        var side = leaf.KeyHash.Bit(branch.Bit);
        var child = branch.Child(side);
        return child is MerkleBranch deeper
            ? branch.WithChild(side, Without(deeper, leaf))
            : branch.Child(1 - side).HungAt(branch.Top); // the leaf was all there was on its side
    }
}
