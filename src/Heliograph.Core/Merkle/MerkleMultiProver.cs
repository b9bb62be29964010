// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace Heliograph.Core.Merkle;

/// <summary>Walks a tree towards many keys and notes what a verifier cannot compute from the keys and their values.</summary>
internal sealed class MerkleMultiProver
{
    private readonly List<MerklePlace> _places = [];
    private readonly ArrayBufferWriter<byte> _siblings = new(), _otherLeaves = new();

    /// <summary>The proof. To be called once.</summary>
    /// <param name="root">The tree; <see langword="null"/> for an empty one.</param>
    /// <param name="keys">Sorted, each once.</param>
    public MerkleMultiProof Prove(MerkleNode? root, ReadOnlySpan<HashedKey> keys)
    {
        Visit(root, 0, keys);
        return new([.. _places], _siblings.WrittenSpan.ToArray(), _otherLeaves.WrittenSpan.ToArray());
    }

    private void Visit(MerkleNode? node, int depth, ReadOnlySpan<HashedKey> keys) // at most 257 deep
    {
        switch (node)
        {
            case null:
                _places.Add(MerklePlace.Empty);
                break;
            case var _ when keys.IsEmpty:
                _places.Add(MerklePlace.Sibling);
                Write(_siblings, node is MerkleBranch sibling ? sibling.HashAt(depth) : node.Hash);
                break;
            case MerkleLeaf leaf:
                Visit(leaf, keys);
                break;
            case MerkleBranch branch:
                _places.Add(MerklePlace.Node);
                var (left, right) = MerkleNode.PartedAt(branch, depth);
                var ones = HashedKey.FirstOne(keys, depth);
                Visit(left, depth + 1, keys[..ones]);
                Visit(right, depth + 1, keys[ones..]);
                break;
        }
    }

    private void Visit(MerkleLeaf leaf, ReadOnlySpan<HashedKey> keys)
    {
        foreach (var key in keys)
        {
            if (key.Hash != leaf.KeyHash) continue;
            _places.Add(MerklePlace.OwnLeaf);
            return;
        }
        _places.Add(MerklePlace.OtherLeaf);
        Write(_otherLeaves, leaf.KeyHash);
        Write(_otherLeaves, leaf.ValueHash);
    }

    private static void Write(ArrayBufferWriter<byte> output, in Hash256 hash)
    {
        hash.CopyTo(output.GetSpan(Hash256.SizeBytes));
        output.Advance(Hash256.SizeBytes);
    }
}
