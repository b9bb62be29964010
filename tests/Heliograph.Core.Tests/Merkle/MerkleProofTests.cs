// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Xunit;
using static Heliograph.Core.Tests.Merkle.MerkleCases;

namespace Heliograph.Core.Tests.Merkle;

public sealed class MerkleProofTests
{
    [Fact]
    public void It_proves_what_is_the_case_and_nothing_else() => Gen.Select(Contents, Key, Value).Sample((contents, key, otherValue) =>
    {
        // Given a proof, sent and read
        var map = contents.ToMap();
        var bytes = map.Prove(Bytes(key).Span).ToBytes();
        Assert.InRange(bytes.Length, 0, MerkleProof.BytesMax);
        var proof = MerkleProof.Parse(bytes);

        // Then it shows the key's value, or that there is none, and never both
        var isThere = contents.TryGetValue(key, out var value);
        Assert.Equal(isThere, isThere && proof.VerifiesMembership(map.Root, Bytes(key).Span, Bytes(value!).Span));
        Assert.Equal(!isThere, proof.VerifiesAbsence(map.Root, Bytes(key).Span));
        Assert.Equal(isThere && value == otherValue, proof.VerifiesMembership(map.Root, Bytes(key).Span, Bytes(otherValue).Span));
    }, iter: 500);

    [Fact]
    public void With_any_bit_flipped_in_proof_key_value_or_root_it_fails() => Gen.Select(Contents, Gen.Int[0, 8]).Sample((contents, one) =>
    {
        // Given a proof of membership
        contents["k1"] = "v1";
        var map = contents.ToMap();
        var (key, value) = (contents.Keys.ElementAt(one % contents.Count), contents.Values.ElementAt(one % contents.Count));
        byte[] keyBytes = Bytes(key).ToArray(), valueBytes = Bytes(value).ToArray(), proofBytes = map.Prove(keyBytes).ToBytes();
        var proof = MerkleProof.Parse(proofBytes);

        // Then nothing but the truth verifies
        Assert.All(EachBitFlipped(proofBytes), flipped => Assert.False(MerkleProof.TryParse(flipped, out var forged, out _) && forged.VerifiesMembership(map.Root, keyBytes, valueBytes)));
        Assert.All(EachBitFlipped(keyBytes), flipped => Assert.False(proof.VerifiesMembership(map.Root, flipped, valueBytes)));
        Assert.All(EachBitFlipped(valueBytes), flipped => Assert.False(proof.VerifiesMembership(map.Root, keyBytes, flipped)));
        Assert.All(EachBitFlipped(map.Root), flipped => Assert.False(proof.VerifiesMembership(flipped, keyBytes, valueBytes)));
    }, iter: 20);

    [Fact]
    public void With_any_bit_flipped_in_proof_or_root_absence_fails_and_with_another_key_it_never_lies() => Gen.Select(Contents, Key).Sample((contents, key) =>
    {
        // Given a proof of absence
        contents.Remove(key);
        var map = contents.ToMap();
        byte[] keyBytes = Bytes(key).ToArray(), proofBytes = map.Prove(keyBytes).ToBytes();
        var proof = MerkleProof.Parse(proofBytes);

        // Then it holds for the whole, and for other keys at most where they are absent too
        Assert.All(EachBitFlipped(proofBytes), flipped => Assert.False(MerkleProof.TryParse(flipped, out var forged, out _) && forged.VerifiesAbsence(map.Root, keyBytes)));
        Assert.All(EachBitFlipped(map.Root), flipped => Assert.False(proof.VerifiesAbsence(flipped, keyBytes)));
        Assert.All(contents.Keys, present => Assert.False(proof.VerifiesAbsence(map.Root, Bytes(present).Span)));
    }, iter: 20);

    [Fact]
    public void In_a_chain_it_proves_both_keys_and_the_absence_of_others()
    {
        var (one, two, shared) = ClosePair;
        var map = new Dictionary<string, string> { [one] = "1", [two] = "2" }.ToMap();

        var proof = map.Prove(Bytes(one).Span);
        Assert.Equal((shared + 1, 1), (proof.Depth, proof.HashCount));
        Assert.True(MerkleProof.Parse(proof.ToBytes()).VerifiesMembership(map.Root, Bytes(one).Span, "1"u8));
        for (var i = 0; i < 50; i++)
            Assert.True(MerkleProof.Parse(map.Prove(Bytes($"k{i}").Span).ToBytes()).VerifiesAbsence(map.Root, Bytes($"k{i}").Span));
    }

    [Fact]
    public void Nothing_is_in_the_empty_map()
    {
        var proof = MerkleMap.Empty.Prove("k"u8);

        Assert.Empty(proof.ToBytes());
        Assert.True(proof.VerifiesAbsence(Hash256.Zero, "k"u8));
        Assert.False(proof.VerifiesMembership(Hash256.Zero, "k"u8, ""u8));
        Assert.False(proof.VerifiesAbsence(Records(1).Root, "k"u8));
    }

    [Fact]
    public void The_keys_own_leaf_is_no_evidence_that_it_is_absent()
    {
        // Given the honest path to a key, with its own leaf given out as another's: the hashes all fit
        var map = Records(10);
        var message = Wire.MerkleProof.Parser.ParseFrom(map.Prove("k7"u8).ToBytes());
        message.OtherKeyHash = ByteString.CopyFrom(NaiveMerkle.Sha("k7"u8.ToArray()));
        message.OtherValueHash = ByteString.CopyFrom(NaiveMerkle.Sha("v7"u8.ToArray()));

        var proof = MerkleProof.Parse(message.ToByteArray());

        Assert.False(proof.VerifiesAbsence(map.Root, "k7"u8));
        Assert.False(proof.VerifiesMembership(map.Root, "k7"u8, "v7"u8));
    }

    [Fact]
    public void A_leaf_that_stands_where_it_does_not_belong_is_no_evidence()
    {
        // Given a root made by someone who put two leaves on each other's sides
        var (zero, one) = OneKeyOnEachSide();
        byte[] zeroLeaf = Leaf(zero), oneLeaf = Leaf(one);
        var root = new Hash256(NaiveMerkle.Node(oneLeaf, zeroLeaf));
        var proof = Proof(depth: 1, bits: [0x80], siblings: zeroLeaf, otherKey: one);

        // Then the leaf found on the zero side, which begins with a one, says nothing about keys there
        Assert.False(proof.VerifiesAbsence(root, Bytes(zero).Span));
    }

    [Fact]
    public void A_lone_leaf_below_a_node_is_refused_at_any_depth()
    {
        // Given a path to a leaf beside emptiness. For a root made by someone who wrapped the only leaf in a node,
        // SHA-256(0x01, leaf, zeros), all its hashes would fit: only its form can tell
        var (zero, _) = OneKeyOnEachSide();

        // Then it cannot be read
        AssertRefused(Message(depth: 1, bits: [0x00], siblings: []), "last sibling");
        AssertRefused(Message(depth: 9, bits: [0x80, 0x00], siblings: Leaf(zero)), "last sibling");
    }

    [Fact]
    public void A_leaf_shown_higher_or_lower_than_it_stands_fails()
    {
        // Given the honest path to a key
        var map = Records(100);
        var honest = Wire.MerkleProof.Parser.ParseFrom(map.Prove("k7"u8).ToBytes());
        var siblings = honest.Siblings.ToByteArray();

        // When its last step is taken away, its first, or a step is added
        var higher = Proof((int)honest.Depth - 1, Bits((int)honest.Depth - 1), siblings[..^32]);
        var shifted = Proof((int)honest.Depth - 1, Bits((int)honest.Depth - 1), siblings[32..]);
        var lower = Proof((int)honest.Depth + 1, Bits((int)honest.Depth + 1), [.. siblings, .. Leaf("k8")]);

        // Then it proves nothing
        Assert.Equal(honest.Depth, (uint)siblings.Length / 32); // no chain on this path, which Bits relies on
        foreach (var proof in new[] { higher, shifted, lower })
        {
            Assert.False(proof.VerifiesMembership(map.Root, "k7"u8, "v7"u8));
            Assert.False(proof.VerifiesAbsence(map.Root, "k7"u8));
        }
    }

    [Fact]
    public void A_node_is_never_taken_for_a_leaf()
    {
        // Given two hashes, which could be a leaf's key and value or a node's two sides
        var (a, b) = (MerkleHash.Of("a"u8), MerkleHash.Of("b"u8));

        Assert.NotEqual(MerkleHash.Leaf(a, b), MerkleHash.Node(a, b));

        // And a node whose sides are named as another leaf's hashes does not hide the keys below it
        var map = Records(2);
        var (left, right) = MerkleHash.Of("k0"u8) is var k0 && k0.Bit(0) == 0 ? (Leaf("k0", "v0"), Leaf("k1", "v1")) : (Leaf("k1", "v1"), Leaf("k0", "v0"));
        var message = new Wire.MerkleProof { OtherKeyHash = ByteString.CopyFrom(left), OtherValueHash = ByteString.CopyFrom(right) };
        Assert.False(MerkleProof.Parse(message.ToByteArray()).VerifiesAbsence(map.Root, "k0"u8));
    }

    [Fact]
    public void A_proof_of_absence_by_another_leaf_proves_no_membership_not_even_that_leafs()
    {
        var map = Records(1);
        var proof = map.Prove("stranger"u8);

        Assert.True(proof.VerifiesAbsence(map.Root, "stranger"u8));
        Assert.False(proof.VerifiesMembership(map.Root, "k0"u8, "v0"u8));
    }

    [Fact]
    public void Forms_that_no_map_gives_are_refused()
    {
        byte[] hash = MerkleHash.Of("x"u8).ToArray(), zero = new byte[32];
        AssertRefused(Message(depth: 257, bits: new byte[33], siblings: []), "at most 256");
        AssertRefused(Message(depth: uint.MaxValue, bits: [], siblings: []), "at most 256");
        AssertRefused(Message(depth: 1, bits: [0x80], siblings: hash[1..]), "whole hashes");
        AssertRefused(Message(depth: 1, bits: [0x80, 0x00], siblings: hash), "one sibling bit");
        AssertRefused(Message(depth: 9, bits: [0x80], siblings: hash), "one sibling bit");
        AssertRefused(Message(depth: 0, bits: [0x80], siblings: hash), "one sibling bit");
        AssertRefused(Message(depth: 1, bits: [0xC0], siblings: [.. hash, .. hash]), "past the end");
        AssertRefused(Message(depth: 1, bits: [0x80], siblings: [.. hash, .. hash]), "one sibling hash");
        AssertRefused(Message(depth: 1, bits: [0x80], siblings: []), "one sibling hash");
        AssertRefused(Message(depth: 1, bits: [0x80], siblings: zero), "left out");
        AssertRefused(Message(depth: 2, bits: [0xC0], siblings: [.. zero, .. hash]), "left out");
        AssertRefused(Message(depth: 1, bits: [0x80], siblings: hash, otherKey: hash), "two hashes");
        AssertRefused(Message(depth: 1, bits: [0x80], siblings: hash, otherValue: hash), "two hashes");
        AssertRefused(Message(depth: 1, bits: [0x80], siblings: hash, otherKey: hash[1..], otherValue: hash), "two hashes");
        AssertRefused(Message(depth: 256, bits: [.. new byte[31], 0x01], siblings: hash, otherKey: hash, otherValue: hash), "full path");
        Assert.False(MerkleProof.TryParse(new byte[MerkleProof.BytesMax + 1], out _, out var tooLong));
        Assert.Contains("at most", tooLong, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => MerkleProof.Parse([0xFF]));
    }

    [Fact]
    public void The_largest_proof_is_read_and_costs_no_more_than_its_hashes()
    {
        var full = Message(depth: 256, bits: [.. Enumerable.Repeat((byte)0xFF, 32)], siblings: [.. Enumerable.Repeat((byte)7, 256 * 32)]);
        var deep = Message(depth: 255, bits: [.. Enumerable.Repeat((byte)0xFF, 31), 0xFE], siblings: [.. Enumerable.Repeat((byte)7, 255 * 32)], otherKey: new byte[32], otherValue: new byte[32]);

        foreach (var message in new[] { full, deep })
        {
            var proof = MerkleProof.Parse(message.ToByteArray());
            Assert.False(proof.VerifiesMembership(Records(1).Root, "k0"u8, "v0"u8));
            Assert.False(proof.VerifiesAbsence(Records(1).Root, "k0"u8));
        }
    }

    [Fact]
    public void An_encoding_other_than_the_one_is_refused()
    {
        // Given an honest proof with its fields in order: siblings, sibling bits, depth
        var honest = Records(10).Prove("k7"u8).ToBytes();
        var message = Wire.MerkleProof.Parser.ParseFrom(honest);
        byte[] siblings = [.. new Wire.MerkleProof { Siblings = message.Siblings }.ToByteArray()], rest = honest[siblings.Length..], depth = honest[^2..];

        // Then the same content said otherwise is refused
        byte[][] others = [[.. rest, .. siblings], [.. honest, .. depth], [.. honest, 0x22, 0x00], [.. honest, 0x78, 0x01],
            [.. honest[..^1], (byte)(honest[^1] | 0x80), 0x00], [.. honest, 0x7B, 0x7C]];
        Assert.True(MerkleProof.TryParse(honest, out _, out _));
        Assert.All(others, bytes => Assert.False(MerkleProof.TryParse(bytes, out _, out _)));
        Assert.All(Enumerable.Range(1, honest.Length - 1), length => Assert.False(
            MerkleProof.TryParse(honest.AsSpan(0, length), out var cut, out _) && cut.VerifiesMembership(Records(10).Root, "k7"u8, "v7"u8)));
    }

    [Fact]
    public void Random_bytes_are_refused_cleanly_or_are_a_proof_in_its_one_form() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        if (MerkleProof.TryParse(bytes, out var proof, out var error)) Assert.Equal(bytes, proof.ToBytes());
        else Assert.NotEmpty(error);
    }, iter: 20_000);

    [Fact]
    public void Random_fields_are_refused_cleanly_or_are_a_proof_in_its_one_form()
    {
        var hashes = Gen.Select(Gen.Int[0, 3], Gen.Byte, (count, fill) => ByteString.CopyFrom([.. Enumerable.Repeat(fill, 32 * count)]));
        var bytes = Gen.Byte.Array[0, 3].Select(array => ByteString.CopyFrom(array));
        Gen.Select(hashes, bytes, Gen.UInt[0, 20], hashes, hashes).Sample((siblings, bits, depth, otherKey, otherValue) =>
        {
            var encoded = new Wire.MerkleProof { Siblings = siblings, SiblingBits = bits, Depth = depth, OtherKeyHash = otherKey, OtherValueHash = otherValue }.ToByteArray();
            if (!MerkleProof.TryParse(encoded, out var proof, out _)) return;
            Assert.Equal(encoded, proof.ToBytes());
            Assert.False(proof.VerifiesMembership(Records(3).Root, "k0"u8, "v0"u8));
            Assert.False(proof.VerifiesAbsence(Records(3).Root, "k0"u8));
        }, iter: 20_000);
    }

    private static void AssertRefused(Wire.MerkleProof message, string why)
    {
        Assert.False(MerkleProof.TryParse(message.ToByteArray(), out _, out var error));
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    private static Wire.MerkleProof Message(uint depth, byte[] bits, byte[] siblings, byte[]? otherKey = null, byte[]? otherValue = null) => new()
    {
        Depth = depth,
        SiblingBits = ByteString.CopyFrom(bits),
        Siblings = ByteString.CopyFrom(siblings),
        OtherKeyHash = ByteString.CopyFrom(otherKey ?? []),
        OtherValueHash = ByteString.CopyFrom(otherValue ?? []),
    };

    private static MerkleProof Proof(int depth, byte[] bits, byte[] siblings, string? otherKey = null)
    {
        var other = otherKey is null ? null : NaiveMerkle.Sha(Bytes(otherKey).ToArray());
        return MerkleProof.Parse(Message((uint)depth, bits, siblings, other, other).ToByteArray());
    }

    /// <summary>A path on which no sibling is empty.</summary>
    private static byte[] Bits(int depth)
    {
        var bits = new byte[(depth + 7) / 8];
        for (var i = 0; i < depth; i++) bits[i >> 3] |= (byte)(0x80 >> (i & 7));
        return bits;
    }

    private static byte[] Leaf(string key, string? value = null) =>
        NaiveMerkle.Leaf(NaiveMerkle.Sha(Bytes(key).ToArray()), NaiveMerkle.Sha(Bytes(value ?? key).ToArray()));

    private static (string Zero, string One) OneKeyOnEachSide()
    {
        var bySide = Enumerable.Range(0, 100).Select(i => $"k{i}").ToLookup(key => MerkleHash.Of(Bytes(key).Span).Bit(0));
        return (bySide[0].First(), bySide[1].First());
    }
}
