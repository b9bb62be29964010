// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Xunit;
using static Heliograph.Core.Tests.Merkle.MerkleCases;
using Claims = System.Collections.Generic.List<Heliograph.Core.Merkle.MerkleClaim>;

namespace Heliograph.Core.Tests.Merkle;

public sealed class MerkleMultiProofTests
{
    private static readonly Gen<string[]> Keys = Key.Array[1, 12];

    [Fact]
    public void It_proves_for_all_its_keys_what_is_the_case() => Gen.Select(Contents, Keys).Sample((contents, keys) =>
    {
        // Given a proof about keys there and not there, some twice, sent and read
        var map = contents.ToMap();
        var bytes = Prove(map, keys);
        var proof = MerkleMultiProof.Parse(bytes, keys.Length);

        // Then it shows the truth about all of them, in whatever order they are put
        var claims = Truth(contents, keys);
        Assert.True(proof.Verifies(map.Root, claims));
        claims.Reverse();
        Assert.True(proof.Verifies(map.Root, claims));
    }, iter: 500);

    [Fact]
    public void One_false_claim_makes_it_fail() => Gen.Select(Contents, Keys, Gen.Int[0, 11], Gen.Bool).Sample((contents, keys, one, remove) =>
    {
        var map = contents.ToMap();
        var proof = MerkleMultiProof.Parse(Prove(map, keys), keys.Length);
        var claims = Truth(contents, keys);

        // When one claim says other than what is the case
        var claim = claims[one % claims.Count];
        claims[one % claims.Count] = claim.Value is not null && remove ? MerkleClaim.Absent(claim.Key) : MerkleClaim.Present(claim.Key, Bytes("lie"));

        Assert.False(proof.Verifies(map.Root, claims));
    }, iter: 500);

    [Fact]
    public void With_any_bit_flipped_in_proof_or_root_it_fails() => Gen.Select(Contents, Keys).Sample((contents, keys) =>
    {
        var map = contents.ToMap();
        var bytes = Prove(map, keys);
        var claims = Truth(contents, keys);
        var proof = MerkleMultiProof.Parse(bytes, keys.Length);

        Assert.All(EachBitFlipped(bytes), flipped => Assert.False(MerkleMultiProof.TryParse(flipped, keys.Length, out var forged, out _) && forged.Verifies(map.Root, claims)));
        Assert.All(EachBitFlipped(map.Root), flipped => Assert.False(proof.Verifies(flipped, claims)));
    }, iter: 20);

    [Fact]
    public void It_holds_for_the_keys_it_was_made_for_and_no_others()
    {
        // Given a proof about two keys that are there and one that is not
        var map = Records(100);
        var proof = map.ProveMany([Bytes("k1"), Bytes("k2"), Bytes("stranger")]);
        Claims all = [Present("k1", "v1"), Present("k2", "v2"), Absent("stranger")];
        Assert.True(proof.Verifies(map.Root, all));

        // Then fewer, more or contradicting claims fail, and a claim made twice is one
        Assert.False(proof.Verifies(map.Root, []));
        Assert.False(proof.Verifies(map.Root, all[1..]));
        Assert.False(proof.Verifies(map.Root, all[..2]));
        Assert.False(proof.Verifies(map.Root, [.. all, Present("k3", "v3")]));
        Assert.False(proof.Verifies(map.Root, [.. all, Absent("k1")]));
        Assert.False(proof.Verifies(map.Root, [.. all, Present("k1", "v2")]));
        Assert.True(proof.Verifies(map.Root, [.. all, Present("k1", "v1")]));
    }

    [Fact]
    public void About_one_key_it_agrees_with_the_plain_proof() => Gen.Select(Contents, Key).Sample((contents, key) =>
    {
        var map = contents.ToMap();

        var (plain, multi) = (map.Prove(Bytes(key).Span), map.ProveMany([Bytes(key)]));

        Assert.Equal(plain.HashCount, multi.HashCount);
    }, iter: 200);

    [Fact]
    public void About_many_keys_it_is_far_smaller_than_many_proofs()
    {
        var map = Records(10_000);
        var keys = Enumerable.Range(0, 1_000).Select(i => Bytes($"k{i}")).ToList();

        var together = map.ProveMany(keys).ToBytes().Length;

        Assert.InRange(together, 1, keys.Sum(key => map.Prove(key.Span).ToBytes().Length) / 3);
        Assert.Equal(0, map.ProveMany([.. map.Select(entry => entry.Key)]).HashCount); // what is all there can be computed
    }

    [Fact]
    public void It_proves_through_chains()
    {
        var (one, two, _) = ClosePair;
        var contents = new Dictionary<string, string> { [one] = "1", [two] = "2" };
        string[][] cases = [[one], [two], [one, two], ["k0"], [one, "k0", "k1", "k2", "k3"], ["k0", "k1", "k2", "k3"]];
        foreach (var keys in cases)
        {
            var proof = MerkleMultiProof.Parse(Prove(contents.ToMap(), keys), keys.Length);
            Assert.True(proof.Verifies(contents.ToMap().Root, Truth(contents, keys)));
        }
    }

    [Fact]
    public void A_proof_about_no_keys_is_not_made() => Assert.Throws<ArgumentException>(() => Records(1).ProveMany([]));

    [Fact]
    public void Trees_that_no_map_gives_are_refused()
    {
        var hash = MerkleHash.Of("x"u8).ToArray();
        Refused("a sibling at the root: no key was asked about", "10", hash);
        Refused("nothing", "");
        Refused("half a node", "0 110");
        Refused("a lone leaf below a node", "0 110 1110");
        Refused("a lone leaf below a node", "0 1110 110");
        Refused("another lone leaf below a node", "0 1110 1111", [], [.. hash, .. hash]);
        Refused("an empty node", "0 1110 1110");
        Refused("a node opened for no key", "0 10 10", [.. hash, .. hash]);
        Refused("a bit past the end", "110 00001");
        Refused("a byte past the end", "110 00000 00000000");
        Refused("a sibling without its hash", "0 110 10");
        Refused("a hash without its sibling", "110", hash);
        Refused("half a hash", "0 110 10", hash[16..]);
        Refused("an empty sibling written as zeros", "0 110 10", new byte[32]);
        Refused("another leaf with one hash", "1111", [], hash);
        Refused("a path of 257 steps", string.Concat(Enumerable.Repeat("0 1110", 257)) + "0 110 110", []);
        Refused("more leaves than keys", "0 110 110", keysMax: 1);
        Refused("more siblings than keys can need", string.Concat(Enumerable.Repeat("0 10", 256)) + "110", [.. Enumerable.Repeat((byte)1, 256 * 32)], keysMax: 0);
        Refused("anything for no keys", "1110", keysMax: 0);
        Refused("anything for fewer", "1110", keysMax: int.MinValue);

        Assert.True(MerkleMultiProof.TryParse(Encode("0 110 10", hash, []), 1, out _, out _));
        Assert.True(MerkleMultiProof.TryParse(Encode("0 110 110", [], []), 2, out _, out _));
        Assert.True(MerkleMultiProof.TryParse(Encode(string.Concat(Enumerable.Repeat("0 10", 256)) + "110", [.. Enumerable.Repeat((byte)1, 256 * 32)], []), 1, out _, out _));
        Assert.Throws<FormatException>(() => MerkleMultiProof.Parse([0xFF], 1));
    }

    [Fact]
    public void A_leaf_that_is_the_keys_own_or_out_of_place_is_no_evidence_of_absence()
    {
        // Given the only leaf's hashes given out as another's, and a root made with two leaves on each other's sides
        byte[] key = NaiveMerkle.Sha("k0"u8.ToArray()), value = NaiveMerkle.Sha("v0"u8.ToArray());
        var own = MerkleMultiProof.Parse(Encode("1111", [], [.. key, .. value]), 1);
        var bySide = Enumerable.Range(0, 100).Select(i => $"k{i}").ToLookup(k => MerkleHash.Of(Bytes(k).Span).Bit(0));
        byte[] zero = NaiveMerkle.Sha(Bytes(bySide[0].First()).ToArray()), one = NaiveMerkle.Sha(Bytes(bySide[1].First()).ToArray());
        var swapped = new Hash256(NaiveMerkle.Node(NaiveMerkle.Leaf(one, one), NaiveMerkle.Leaf(zero, zero)));
        var misplaced = MerkleMultiProof.Parse(Encode("0 1111 10", NaiveMerkle.Leaf(zero, zero), [.. one, .. one]), 1);

        // Then neither says anything, though all hashes fit
        Assert.False(own.Verifies(Records(1).Root, [Absent("k0")]));
        Assert.False(misplaced.Verifies(swapped, [Absent(bySide[0].First())]));
    }

    [Fact]
    public void What_no_key_leads_to_is_shown_as_a_sibling_only()
    {
        // Given all keys of a proof on one side of a root
        var map = Records(50);
        var bySide = Enumerable.Range(0, 50).ToLookup(i => MerkleHash.Of(Bytes($"k{i}").Span).Bit(0));
        var asked = Enumerable.Range(0, 50).Select(i => Bytes($"k{i}")).ToList();
        var proofOfAll = map.ProveMany(asked);

        // Then a proof that opens more than was asked about fails, though its hashes would fit
        Claims half = [.. bySide[0].Select(i => Present($"k{i}", $"v{i}"))];
        Assert.False(proofOfAll.Verifies(map.Root, half));
        Assert.True(map.ProveMany([.. half.Select(claim => claim.Key)]).Verifies(map.Root, half));
    }

    [Fact]
    public void Random_bytes_are_refused_cleanly_or_are_a_proof_in_its_one_form() => Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[-1, 5]).Sample((bytes, keysMax) =>
    {
        if (MerkleMultiProof.TryParse(bytes, keysMax, out var proof, out var error)) Assert.Equal(bytes, proof.ToBytes());
        else Assert.NotEmpty(error);
    }, iter: 20_000);

    [Fact]
    public void Random_shapes_are_refused_cleanly_or_are_a_proof_that_shows_nothing()
    {
        var map = Records(20);
        var hashes = Gen.Select(Gen.Int[0, 3], Gen.Byte, (count, fill) => (byte[])[.. Enumerable.Repeat(fill, 32 * count)]);
        Gen.Select(Gen.Byte.Array[0, 4], hashes, hashes).Sample((shape, siblings, others) =>
        {
            var bytes = new Wire.MerkleMultiProof { Shape = ByteString.CopyFrom(shape), Siblings = ByteString.CopyFrom(siblings), OtherLeaves = ByteString.CopyFrom(others) }.ToByteArray();
            if (!MerkleMultiProof.TryParse(bytes, 3, out var proof, out _)) return;
            Assert.Equal(bytes, proof.ToBytes());
            Assert.False(proof.Verifies(map.Root, [Present("k0", "v0"), Absent("stranger")]));
        }, iter: 50_000);
    }

    private static byte[] Prove(MerkleMap map, IEnumerable<string> keys) => map.ProveMany([.. keys.Select(Bytes)]).ToBytes();

    private static Claims Truth(Dictionary<string, string> contents, IEnumerable<string> keys) =>
        [.. keys.Distinct().Select(key => contents.TryGetValue(key, out var value) ? Present(key, value) : Absent(key))];

    private static MerkleClaim Present(string key, string value) => MerkleClaim.Present(Bytes(key), Bytes(value));

    private static MerkleClaim Absent(string key) => MerkleClaim.Absent(Bytes(key));

    private static void Refused(string what, string shape, byte[]? siblings = null, byte[]? others = null, int keysMax = 2) =>
        Assert.False(MerkleMultiProof.TryParse(Encode(shape, siblings ?? [], others ?? []), keysMax, out _, out _), what);

    private static byte[] Encode(string shape, byte[] siblings, byte[] others)
    {
        var bits = shape.Replace(" ", "", StringComparison.Ordinal);
        var bytes = new byte[(bits.Length + 7) / 8];
        for (var i = 0; i < bits.Length; i++)
            if (bits[i] == '1') bytes[i >> 3] |= (byte)(0x80 >> (i & 7));
        return new Wire.MerkleMultiProof { Shape = ByteString.CopyFrom(bytes), Siblings = ByteString.CopyFrom(siblings), OtherLeaves = ByteString.CopyFrom(others) }.ToByteArray();
    }
}
