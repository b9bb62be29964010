// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Merkle;

public sealed partial class MerkleMap
{
    /// <summary>The changes that make <paramref name="newer"/> of <paramref name="older"/>, in hash order, each key once.</summary>
    /// <remarks>Lazy. Equal subtrees are skipped, by reference or by hash: O(changes · log n), whether or not one map was made from the other.</remarks>
    public static IEnumerable<MerkleChange> Diff(MerkleMap older, MerkleMap newer)
    {
        var ahead = new Stack<Pair>(); // the nearest on top; at most two per level
        ahead.Push(new(older._root, newer._root, 0));
        while (ahead.TryPop(out var pair))
        {
            if (pair.AreSame) continue;
            if (pair is { Old: MerkleLeaf or null, New: MerkleLeaf or null } && pair.IsOneKey)
            {
                yield return pair.New is MerkleLeaf set ? MerkleChange.Set(set.Key, set.Value) : MerkleChange.Remove(((MerkleLeaf)pair.Old!).Key);
                continue;
            }
            var (left, right) = pair.Parted();
            ahead.Push(right);
            ahead.Push(left);
        }
    }

    /// <summary>Two sets in the same place: their keys agree on the bits before <paramref name="Depth"/>.</summary>
    private readonly record struct Pair(MerkleNode? Old, MerkleNode? New, int Depth)
    {
        public bool AreSame =>
            ReferenceEquals(Old, New)
            || (Old is not null && New is not null && Old.Hash == New.Hash && (Old as MerkleBranch)?.Top == (New as MerkleBranch)?.Top);

        public bool IsOneKey => Old is not MerkleLeaf old || New is not MerkleLeaf @new || old.KeyHash == @new.KeyHash;

        /// <summary>Splits at the first bit in which any two of the keys differ.</summary>
        public (Pair Left, Pair Right) Parted()
        {
            var split = Math.Min(Old?.Split ?? MerkleHash.Bits, New?.Split ?? MerkleHash.Bits);
            if (split > Depth && Old is not null && New is not null) // else they agree that far already
                split = Math.Min(split, MerkleHash.FirstDifference(Old.FirstLeaf.KeyHash, New.FirstLeaf.KeyHash));
            var (oldLeft, oldRight) = MerkleNode.PartedAt(Old, split);
            var (newLeft, newRight) = MerkleNode.PartedAt(New, split);
            return (new(oldLeft, newLeft, split + 1), new(oldRight, newRight, split + 1));
        }
    }
}
