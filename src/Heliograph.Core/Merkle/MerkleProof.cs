// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Google.Protobuf;

namespace Heliograph.Core.Merkle;

/// <summary>A path through a <see cref="MerkleMap"/> that shows what stands at one key: its value, or nothing.</summary>
/// <remarks>
/// <para>Encoded as the message <c>heliograph.log.v1.MerkleProof</c>, in exactly one way. A proof says nothing until one of
/// the two questions is put to it with a root that is trusted: the same bytes never answer both with yes for one key.</para>
/// <para>Why it is sound: going down from the root, each hash of the path must be the honest map's (else SHA-256 collides),
/// and leaves, nodes and emptiness cannot stand for one another. So the path ends at what the honest map holds there: the
/// key's leaf; nothing; or another leaf, alone below a prefix that it shares with the key.</para>
/// </remarks>
public sealed class MerkleProof
{
    /// <summary>Longest encoding, in bytes.</summary>
    public const int BytesMax = 8_300; // 256 siblings, 256 bits, depth, other leaf, and their tags and lengths

    private readonly byte[] _siblings, _siblingBits;
    private readonly OtherLeaf? _other;

    internal MerkleProof(byte[] siblings, byte[] siblingBits, int depth, OtherLeaf? other)
    {
        Debug.Assert(depth == 0 || IsSet(siblingBits, depth - 1), "A path goes on only while there are two leaves.");
        (_siblings, _siblingBits, Depth, _other) = (siblings, siblingBits, depth, other);
    }

    /// <summary>Length of the path: 0 to 256.</summary>
    public int Depth { get; }

    /// <summary>Sibling hashes on the path: 0 to <see cref="Limits.ProofHashesMax"/>.</summary>
    public int HashCount => _siblings.Length / Hash256.SizeBytes;

    /// <summary>Reads an encoded proof.</summary>
    /// <exception cref="FormatException">The bytes are no proof, or not encoded in the one way allowed; the message says why.</exception>
    public static MerkleProof Parse(ReadOnlySpan<byte> bytes) =>
        TryParse(bytes, out var proof, out var error) ? proof : throw new FormatException(error);

    /// <summary>Reads an encoded proof, or says in <paramref name="error"/> what is wrong. Never throws, whatever the bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out MerkleProof? proof, [NotNullWhen(false)] out string? error)
    {
        proof = null;
        if (bytes.Length > BytesMax)
        {
            error = $"A Merkle proof has at most {BytesMax} bytes; this one has {bytes.Length}.";
            return false;
        }
        Wire.MerkleProof message;
        try
        {
            message = Wire.MerkleProof.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            error = "The bytes are not a MerkleProof message.";
            return false;
        }
        error = Fault(message);
        if (error is not null) return false;

        var other = message.OtherKeyHash.IsEmpty ? (OtherLeaf?)null : new(new(message.OtherKeyHash.Span), new(message.OtherValueHash.Span));
        proof = new(message.Siblings.ToByteArray(), message.SiblingBits.ToByteArray(), (int)message.Depth, other);
        if (bytes.SequenceEqual(proof.ToBytes())) return true;
        (proof, error) = (null, "A Merkle proof must be encoded canonically: fields in order, each once, minimal, none unknown.");
        return false;
    }

    /// <summary>The proof's one encoding.</summary>
    public byte[] ToBytes()
    {
        var message = new Wire.MerkleProof
        {
            Siblings = UnsafeByteOperations.UnsafeWrap(_siblings),
            SiblingBits = UnsafeByteOperations.UnsafeWrap(_siblingBits),
            Depth = (uint)Depth,
        };
        if (_other is { } other)
        {
            message.OtherKeyHash = UnsafeByteOperations.UnsafeWrap(other.KeyHash.ToArray());
            message.OtherValueHash = UnsafeByteOperations.UnsafeWrap(other.ValueHash.ToArray());
        }
        return message.ToByteArray();
    }

    /// <summary>Whether the map with this root has <paramref name="key"/> with exactly this <paramref name="value"/>.</summary>
    public bool VerifiesMembership(Hash256 root, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (_other is not null) return false;
        var keyHash = MerkleHash.Of(key);
        return RootAbove(MerkleHash.Leaf(keyHash, MerkleHash.Of(value)), keyHash) == root;
    }

    /// <summary>Whether the map with this root does not have <paramref name="key"/>.</summary>
    public bool VerifiesAbsence(Hash256 root, ReadOnlySpan<byte> key)
    {
        var keyHash = MerkleHash.Of(key);
        if (_other is not { } other) return RootAbove(Hash256.Zero, keyHash) == root;

        var parting = MerkleHash.FirstDifference(keyHash, other.KeyHash);
        var isElsewhere = parting < Depth; // such a leaf says nothing about this path
        var isTheKey = parting == MerkleHash.Bits;
        return !isElsewhere && !isTheKey && RootAbove(MerkleHash.Leaf(other.KeyHash, other.ValueHash), keyHash) == root;
    }

    /// <summary>What stands beside the path at a depth above its end: a hash, or zeros for nothing.</summary>
    internal Hash256 SiblingAt(int depth)
    {
        if (!IsSet(_siblingBits, depth)) return Hash256.Zero;
        var before = 0;
        for (var at = 0; at < depth; at++)
            if (IsSet(_siblingBits, at)) before++;
        return new(_siblings.AsSpan(before * Hash256.SizeBytes, Hash256.SizeBytes));
    }

    private Hash256 RootAbove(Hash256 hash, in Hash256 keyHash)
    {
        var next = _siblings.Length;
        for (var depth = Depth - 1; depth >= 0; depth--)
        {
            var sibling = IsSet(_siblingBits, depth) ? new Hash256(_siblings.AsSpan(next -= Hash256.SizeBytes, Hash256.SizeBytes)) : Hash256.Zero;
            hash = MerkleHash.Node(keyHash.Bit(depth), hash, sibling);
        }
        return hash;
    }

    private static string? Fault(Wire.MerkleProof message)
    {
        var siblings = message.Siblings.Span;
        var bits = message.SiblingBits.Span;
        if (message.Depth > MerkleHash.Bits) return $"A Merkle path has at most {MerkleHash.Bits} steps; this one has {message.Depth}.";
        var depth = (int)message.Depth;
        if (siblings.Length % Hash256.SizeBytes != 0) return "The siblings are not whole hashes.";
        if (siblings.Length > Limits.ProofHashesMax * Hash256.SizeBytes) return $"A Merkle proof has at most {Limits.ProofHashesMax} sibling hashes.";
        if (bits.Length != (depth + 7) / 8) return "There must be one sibling bit for each step of the path.";
        if (depth % 8 != 0 && (bits[^1] & (0xFF >> (depth % 8))) != 0) return "Bits past the end of the path must be zero.";

        var set = 0;
        foreach (var eight in bits) set += BitOperations.PopCount(eight);
        if (set != siblings.Length / Hash256.SizeBytes) return "There must be one sibling hash for each sibling bit that is set.";
        for (var at = 0; at < siblings.Length; at += Hash256.SizeBytes)
            if (!siblings.Slice(at, Hash256.SizeBytes).ContainsAnyExcept((byte)0)) return "An empty sibling must be left out, not written as zeros.";

        // A set of one leaf is that leaf and a set of none is empty, at any depth: a path goes on only while there are two leaves.
        if (depth > 0 && !IsSet(bits, depth - 1)) return "A path's last sibling must not be empty: it would have ended higher up.";

        var (otherKey, otherValue) = (message.OtherKeyHash.Length, message.OtherValueHash.Length);
        if ((otherKey, otherValue) is not ((0, 0) or (Hash256.SizeBytes, Hash256.SizeBytes))) return "The other leaf must have two hashes of 32 bytes, or not be there.";
        if (otherKey != 0 && depth == MerkleHash.Bits) return "At the end of a full path there is no other leaf.";
        return null;
    }

    private static bool IsSet(ReadOnlySpan<byte> bits, int depth) => (bits[depth >> 3] & (0x80 >> (depth & 7))) != 0;

    /// <summary>The leaf that stands where the path of an absent key ends.</summary>
    internal readonly record struct OtherLeaf(Hash256 KeyHash, Hash256 ValueHash);
}
