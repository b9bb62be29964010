// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace Heliograph.Core.Merkle;

/// <summary>One proof of what a <see cref="MerkleMap"/> holds at many keys: what their paths share is there once, or not at all if it can be computed.</summary>
/// <remarks>Encoded as the message <c>heliograph.log.v1.MerkleMultiProof</c>, for a map and a set of keys in exactly one way. Sound for the reason that <see cref="MerkleProof"/> is.</remarks>
public sealed partial class MerkleMultiProof
{
    /// <summary>Most bytes of an encoding for each key that it is about; the usual is far less.</summary>
    public const int BytesPerKeyMax = 8_440; // 256 siblings, another leaf, the shape, and tags and lengths

    private readonly MerklePlace[] _places; // depth first, zero side first
    private readonly byte[] _siblings, _otherLeaves;

    internal MerkleMultiProof(MerklePlace[] places, byte[] siblings, byte[] otherLeaves) =>
        (_places, _siblings, _otherLeaves) = (places, siblings, otherLeaves);

    /// <summary>Sibling hashes in the proof: at most <see cref="Limits.ProofHashesMax"/> for each key.</summary>
    public int HashCount => _siblings.Length / Hash256.SizeBytes;

    /// <summary>Reads an encoded proof about at most <paramref name="keysMax"/> keys.</summary>
    /// <exception cref="FormatException">The bytes are no such proof, or not encoded in the one way allowed; the message says why.</exception>
    public static MerkleMultiProof Parse(ReadOnlySpan<byte> bytes, int keysMax) =>
        TryParse(bytes, keysMax, out var proof, out var error) ? proof : throw new FormatException(error);

    /// <summary>Reads an encoded proof, or says in <paramref name="error"/> what is wrong. Never throws, whatever the bytes.</summary>
    /// <param name="bytes">The encoding.</param>
    /// <param name="keysMax">How many keys were asked about, 1 or more: what bounds the proof's size.</param>
    /// <param name="proof">The proof, if it is one.</param>
    /// <param name="error">Else, why not.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, int keysMax, [NotNullWhen(true)] out MerkleMultiProof? proof, [NotNullWhen(false)] out string? error)
    {
        proof = null;
        if (bytes.Length > BytesPerKeyMax * (long)keysMax)
        {
            error = $"A Merkle proof about {keysMax} keys has at most {BytesPerKeyMax} bytes for each; this one has {bytes.Length} in all.";
            return false;
        }
        Wire.MerkleMultiProof message;
        try
        {
            message = Wire.MerkleMultiProof.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            error = "The bytes are not a MerkleMultiProof message.";
            return false;
        }
        var places = MerkleShape.Read(message.Shape.Span);
        error = Fault(message, places, keysMax);
        if (error is not null) return false;

        proof = new(places, message.Siblings.ToByteArray(), message.OtherLeaves.ToByteArray());
        if (bytes.SequenceEqual(proof.ToBytes())) return true;
        (proof, error) = (null, "A Merkle proof must be encoded canonically: fields in order, each once, minimal, none unknown.");
        return false;
    }

    /// <summary>The proof's one encoding.</summary>
    public byte[] ToBytes() => new Wire.MerkleMultiProof
    {
        Shape = UnsafeByteOperations.UnsafeWrap(MerkleShape.Write(_places)),
        Siblings = UnsafeByteOperations.UnsafeWrap(_siblings),
        OtherLeaves = UnsafeByteOperations.UnsafeWrap(_otherLeaves),
    }.ToByteArray();

    /// <summary>Whether the map with this root holds exactly what is claimed, at each of the keys that the proof was made for.</summary>
    /// <param name="root">A root that is trusted.</param>
    /// <param name="claims">One for each key that was asked about, in any order, and none for others: with fewer or more the proof does not hold.</param>
    /// <returns>Whether all claims are proven. <see langword="false"/> if there are none, or two that contradict each other.</returns>
    public bool Verifies(Hash256 root, IReadOnlyList<MerkleClaim> claims)
    {
        if (claims.Count == 0) return false;
        var keys = HashedKey.Sort(claims, claims.Count, static (claims, i) => claims[i].Key);
        for (var i = 1; i < keys.Length; i++)
            if (keys[i].Hash == keys[i - 1].Hash && claims[keys[i].Index].Contradicts(claims[keys[i - 1].Index])) return false;

        var distinct = HashedKey.KeepLastOfEach(keys);
        var fold = new Fold(this, claims);
        return fold.TryNext(0, keys.AsSpan(0, distinct), out var hash) && hash == root;
    }

    private static string? Fault(Wire.MerkleMultiProof message, MerklePlace[] places, int keysMax)
    {
        if (places.Length == 0) return "The shape is not a tree that a Merkle map can have, or has bits past its end.";
        var (siblings, leaves, otherLeaves) = (0, 0, 0);
        foreach (var place in places)
        {
            if (place == MerklePlace.Sibling) siblings++;
            if (place is MerklePlace.OwnLeaf or MerklePlace.OtherLeaf) leaves++;
            if (place == MerklePlace.OtherLeaf) otherLeaves++;
        }
        if (siblings > (long)Limits.ProofHashesMax * keysMax) return $"A Merkle proof has at most {Limits.ProofHashesMax} sibling hashes for each key.";
        if (leaves > keysMax) return $"The proof is about at least {leaves} keys; at most {keysMax} were asked about.";
        if (message.Siblings.Length != (long)siblings * Hash256.SizeBytes) return "There must be one hash for each sibling in the shape.";
        if (message.OtherLeaves.Length != 2L * otherLeaves * Hash256.SizeBytes) return "There must be two hashes for each other leaf in the shape.";
        for (var at = 0; at < message.Siblings.Length; at += Hash256.SizeBytes)
            if (!message.Siblings.Span.Slice(at, Hash256.SizeBytes).ContainsAnyExcept((byte)0)) return "An empty sibling must be left out, not written as zeros.";
        return null;
    }

    /// <summary>Computes the root from the proof and the claims, reading both in hash order.</summary>
    private ref struct Fold(MerkleMultiProof proof, IReadOnlyList<MerkleClaim> claims, MerklePath[]? paths = null)
    {
        private readonly ReadOnlySpan<MerklePlace> _places = proof._places;
        private int _place;
        private ReadOnlySpan<byte> _siblings = proof._siblings, _otherLeaves = proof._otherLeaves;

        /// <summary>The hash of the next place, which hangs at <paramref name="depth"/> on the path of <paramref name="keys"/>; or says that it contradicts the claims.</summary>
        public bool TryNext(int depth, ReadOnlySpan<HashedKey> keys, out Hash256 hash)
        {
            var place = _places[_place++];
            hash = Hash256.Zero;
            if (keys.IsEmpty)
            {
                if (place == MerklePlace.Sibling) hash = Take(ref _siblings);
                return place is MerklePlace.Sibling or MerklePlace.Empty; // anything else is for a key that was not asked about
            }
            switch (place)
            {
                case MerklePlace.Node:
                    var ones = HashedKey.FirstOne(keys, depth);
                    if (!TryNext(depth + 1, keys[..ones], out var left) || !TryNext(depth + 1, keys[ones..], out var right)) return false;
                    hash = MerkleHash.Node(left, right);
                    Record(keys[..ones], depth, right);
                    Record(keys[ones..], depth, left);
                    return true;
                case MerklePlace.OwnLeaf:
                    return TryOwnLeaf(keys, out hash);
                case MerklePlace.Empty:
                    return AreAbsent(keys);
                case MerklePlace.OtherLeaf:
                    var (keyHash, valueHash) = (Take(ref _otherLeaves), Take(ref _otherLeaves));
                    hash = MerkleHash.Leaf(keyHash, valueHash);
                    return AreAbsent(keys) && IsBeside(keyHash, depth, keys);
                default:
                    return false; // a sibling where keys were asked about
            }
        }

        /// <summary>The one leaf here is the one key here that is claimed to have a value.</summary>
        private readonly bool TryOwnLeaf(ReadOnlySpan<HashedKey> keys, out Hash256 hash)
        {
            hash = Hash256.Zero;
            var found = 0;
            foreach (var key in keys)
            {
                if (claims[key.Index].Value is not { } value) continue;
                if (++found > 1) return false;
                hash = MerkleHash.Leaf(key.Hash, MerkleHash.Of(value.Span));
            }
            return found == 1;
        }

        private readonly void Record(ReadOnlySpan<HashedKey> keys, int depth, in Hash256 sibling)
        {
            if (paths is null) return;
            foreach (var key in keys) paths[key.Index].Add(depth, sibling);
        }

        private readonly bool AreAbsent(ReadOnlySpan<HashedKey> keys)
        {
            foreach (var key in keys)
                if (claims[key.Index].Value is not null) return false;
            return true;
        }

        /// <summary>Whether a leaf belongs at this place, and to none of the keys.</summary>
        private static bool IsBeside(in Hash256 keyHash, int depth, ReadOnlySpan<HashedKey> keys)
        {
            foreach (var key in keys)
                if (MerkleHash.FirstDifference(key.Hash, keyHash) is var parting && (parting < depth || parting == MerkleHash.Bits)) return false;
            return true;
        }

        private static Hash256 Take(ref ReadOnlySpan<byte> hashes)
        {
            Debug.Assert(hashes.Length >= Hash256.SizeBytes, "A parsed proof has as many hashes as its shape says.");
            var hash = new Hash256(hashes[..Hash256.SizeBytes]);
            hashes = hashes[Hash256.SizeBytes..];
            return hash;
        }
    }
}
