// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace Heliograph.Core.Merkle;

/// <content>One proof of many keys out of proofs of one key each, and the way back: for who passes on proofs and has no map of its own.</content>
public sealed partial class MerkleMultiProof
{
    /// <summary>Joins proofs of presence, all under the same root, into the one that <see cref="MerkleMap.ProveMany"/> would make. Nothing is verified: proofs that do not hold give one that does not.</summary>
    /// <param name="proofs">One or more, each with the key that it shows to be there; no key twice.</param>
    /// <exception cref="ArgumentException">There are none, a key comes twice, or they cannot all be of one map.</exception>
    public static MerkleMultiProof Join(IReadOnlyList<(ReadOnlyMemory<byte> Key, MerkleProof Proof)> proofs)
    {
        if (proofs.Count == 0) throw new ArgumentException("A proof needs at least one key.", nameof(proofs));
        var keys = HashedKey.Sort(proofs, proofs.Count, static (proofs, i) => proofs[i].Key);
        var (places, siblings) = (new List<MerklePlace>(), new List<byte>());
        Visit(0, keys);
        return new([.. places], [.. siblings], []);

        void Visit(int depth, ReadOnlySpan<HashedKey> keys)
        {
            var first = proofs[keys[0].Index].Proof;
            if (keys.Length == 1 && first.Depth == depth)
            {
                places.Add(MerklePlace.OwnLeaf);
                return;
            }
            foreach (var key in keys)
                if (proofs[key.Index].Proof.Depth <= depth) throw new ArgumentException("The proofs are not of keys that one map holds.", nameof(proofs));
            places.Add(MerklePlace.Node);
            var ones = HashedKey.FirstOne(keys, depth);
            if (ones > 0) Visit(depth + 1, keys[..ones]);
            else Beside(first.SiblingAt(depth));
            if (ones < keys.Length) Visit(depth + 1, keys[ones..]);
            else Beside(first.SiblingAt(depth));
        }

        void Beside(in Hash256 sibling)
        {
            places.Add(sibling == Hash256.Zero ? MerklePlace.Empty : MerklePlace.Sibling);
            if (sibling != Hash256.Zero) siblings.AddRange(sibling.ToArray());
        }
    }

    /// <summary>Takes the proof apart into one for each key. Each is to be verified: together they say what this one says.</summary>
    /// <param name="claims">What the proof is about, each key once, all said to be there, in any order.</param>
    /// <param name="proofs">The proofs, in the order of the claims.</param>
    /// <returns>Whether it could be: the claims are as many and such as the proof is about.</returns>
    public bool TrySplit(IReadOnlyList<MerkleClaim> claims, [NotNullWhen(true)] out MerkleProof[]? proofs)
    {
        proofs = null;
        var keys = HashedKey.Sort(claims, claims.Count, static (claims, i) => claims[i].Key);
        for (var i = 0; i < keys.Length; i++)
            if (claims[i].Value is null || (i > 0 && keys[i].Hash == keys[i - 1].Hash)) return false;
        var paths = new MerklePath[claims.Count];
        for (var i = 0; i < paths.Length; i++) paths[i] = new();
        if (paths.Length == 0 || !new Fold(this, claims, paths).TryNext(0, keys, out _)) return false;
        proofs = [.. paths.Select(path => path.ToProof())];
        return true;
    }

    /// <summary>What stands beside the path of one key, noted from the leaf upwards.</summary>
    private sealed class MerklePath
    {
        private readonly List<Hash256> _siblings = [];
        private readonly byte[] _bits = new byte[MerkleHash.Bits / 8];
        private int _depth;

        public void Add(int depth, in Hash256 sibling)
        {
            _depth = Math.Max(_depth, depth + 1);
            if (sibling == Hash256.Zero) return;
            _bits[depth >> 3] |= (byte)(0x80 >> (depth & 7));
            _siblings.Add(sibling);
        }

        public MerkleProof ToProof()
        {
            var siblings = new byte[_siblings.Count * Hash256.SizeBytes];
            for (var i = 0; i < _siblings.Count; i++) _siblings[^(i + 1)].CopyTo(siblings.AsSpan(i * Hash256.SizeBytes));
            return new(siblings, _bits[..((_depth + 7) / 8)], _depth, null);
        }
    }
}
