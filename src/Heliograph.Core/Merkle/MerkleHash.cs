// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Numerics;
using Heliograph.Core.Hashing;

namespace Heliograph.Core.Merkle;

/// <summary>The hashes of a <see cref="MerkleMap"/>. The first byte keeps leaves and nodes apart: neither can be read as the other.</summary>
internal static class MerkleHash
{
    /// <summary>Bits of a key's hash, and so the longest path.</summary>
    public const int Bits = 8 * Hash256.SizeBytes;

    private const byte LeafTag = 0x00, NodeTag = 0x01; // 0x02 is a log entry's
    private const int InputBytes = 1 + (2 * Hash256.SizeBytes);

    public static Hash256 Of(ReadOnlySpan<byte> bytes) => Sha256.Of(bytes);

    public static Hash256 Leaf(in Hash256 keyHash, in Hash256 valueHash) => Tagged(LeafTag, keyHash, valueHash);

    public static Hash256 Node(in Hash256 zeroSide, in Hash256 oneSide) => Tagged(NodeTag, zeroSide, oneSide);

    /// <summary>A node of which only the side that <paramref name="bit"/> names is <paramref name="own"/>.</summary>
    public static Hash256 Node(int bit, in Hash256 own, in Hash256 sibling) => bit == 0 ? Node(own, sibling) : Node(sibling, own);

    /// <summary>The hash at depth <paramref name="to"/> of a set whose hash at depth <paramref name="from"/> is known, and whose keys agree on all bits between.</summary>
    public static Hash256 Lifted(Hash256 hash, int from, int to, in Hash256 keyHash)
    {
        for (var depth = from - 1; depth >= to; depth--) hash = Node(keyHash.Bit(depth), hash, Hash256.Zero);
        return hash;
    }

    /// <summary>The first bit in which two hashes differ; <see cref="Bits"/> if they are the same.</summary>
    public static int FirstDifference(in Hash256 left, in Hash256 right)
    {
        Span<byte> bytes = stackalloc byte[2 * Hash256.SizeBytes];
        left.CopyTo(bytes);
        right.CopyTo(bytes[Hash256.SizeBytes..]);
        for (var at = 0; at < Hash256.SizeBytes; at += sizeof(ulong))
        {
            var difference = BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]) ^ BinaryPrimitives.ReadUInt64BigEndian(bytes[(Hash256.SizeBytes + at)..]);
            if (difference != 0) return (8 * at) + BitOperations.LeadingZeroCount(difference);
        }
        return Bits;
    }

    private static Hash256 Tagged(byte tag, in Hash256 first, in Hash256 second)
    {
        Span<byte> input = stackalloc byte[InputBytes];
        input[0] = tag;
        first.CopyTo(input[1..]);
        second.CopyTo(input[(1 + Hash256.SizeBytes)..]);
        return Of(input);
    }
}
