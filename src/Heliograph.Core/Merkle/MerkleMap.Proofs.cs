// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Merkle;

public sealed partial class MerkleMap
{
    /// <summary>Proves against <see cref="Root"/> that <paramref name="key"/> has its value, or that it is not there, whichever is the case.</summary>
    public MerkleProof Prove(ReadOnlySpan<byte> key)
    {
        var keyHash = MerkleHash.Of(key);
        Span<byte> siblings = stackalloc byte[Limits.ProofHashesMax * Hash256.SizeBytes];
        Span<byte> bits = stackalloc byte[MerkleHash.Bits / 8];
        bits.Clear();
        var (node, depth, siblingsBytes) = (_root, 0, 0);
        while (node is MerkleBranch branch)
        {
            var parting = branch.Top == branch.Bit ? branch.Bit : Math.Min(branch.Bit, MerkleHash.FirstDifference(keyHash, branch.FirstLeaf.KeyHash));
            var side = keyHash.Bit(parting);
            var isBeside = parting < branch.Bit; // the key leaves where the branch's own keys still go together: nothing is there
            var sibling = isBeside ? branch.HashAt(parting + 1) : branch.Child(1 - side).Hash;
            sibling.CopyTo(siblings[siblingsBytes..]);
            siblingsBytes += Hash256.SizeBytes;
            bits[parting >> 3] |= (byte)(0x80 >> (parting & 7));
            node = isBeside ? null : branch.Child(side);
            depth = parting + 1;
        }
        var other = node is MerkleLeaf leaf && leaf.KeyHash != keyHash ? new MerkleProof.OtherLeaf(leaf.KeyHash, leaf.ValueHash) : (MerkleProof.OtherLeaf?)null;
        return new(siblings[..siblingsBytes].ToArray(), bits[..((depth + 7) / 8)].ToArray(), depth, other);
    }

    /// <summary>Proves against <see cref="Root"/>, in one proof, which of <paramref name="keys"/> have which values and which are not there.</summary>
    /// <param name="keys">One or more. A key that comes twice counts once.</param>
    /// <exception cref="ArgumentException">There are no keys.</exception>
    public MerkleMultiProof ProveMany(IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        if (keys.Count == 0) throw new ArgumentException("A proof needs at least one key.", nameof(keys));
        var sorted = HashedKey.Sort(keys, keys.Count, static (keys, i) => keys[i]);
        var distinct = HashedKey.KeepLastOfEach(sorted);
        return new MerkleMultiProver().Prove(_root, sorted.AsSpan(0, distinct));
    }
}
