// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Merkle;

/// <summary>The hash of a key, and where in a caller's list the key stands. Orders by hash, then place.</summary>
internal readonly struct HashedKey(in Hash256 hash, int index) : IComparable<HashedKey>
{
    public readonly Hash256 Hash = hash;
    public readonly int Index = index;

    public int CompareTo(HashedKey other)
    {
        var byHash = Hash.CompareTo(other.Hash);
        return byHash != 0 ? byHash : Index.CompareTo(other.Index);
    }

    /// <summary>Hashes and sorts <paramref name="count"/> keys.</summary>
    public static HashedKey[] Sort<TSource>(TSource source, int count, Func<TSource, int, ReadOnlyMemory<byte>> keyAt)
    {
        var keys = new HashedKey[count];
        for (var i = 0; i < count; i++) keys[i] = new(MerkleHash.Of(keyAt(source, i).Span), i);
        Array.Sort(keys);
        return keys;
    }

    /// <summary>Moves the last of each run of one key to the front, and gives how many there are.</summary>
    public static int KeepLastOfEach(HashedKey[] sorted)
    {
        var kept = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            var isLast = i + 1 == sorted.Length || sorted[i].Hash != sorted[i + 1].Hash;
            if (isLast) sorted[kept++] = sorted[i];
        }
        return kept;
    }

    /// <summary>Where the keys whose bit <paramref name="bit"/> is one begin. Sorted, and equal before that bit, they come last.</summary>
    public static int FirstOne(ReadOnlySpan<HashedKey> sorted, int bit)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle].Hash.Bit(bit) == 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
