// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Heliograph.Core.Merkle;
using Xunit;
using static Heliograph.Core.Tests.Merkle.MerkleCases;

namespace Heliograph.Core.Tests.Merkle;

/// <summary>Proofs of one key each, joined into one of many and taken apart again: who has no map can do what who has it does.</summary>
public sealed class MerkleJoinTests
{
    [Fact]
    public void Joined_they_are_the_proof_that_the_map_would_make_and_apart_again_they_are_themselves() => Gen.Select(Contents, Gen.Int[1, 12]).Sample((contents, count) =>
    {
        // Given proofs of some of a map's keys
        if (contents.Count == 0) return;
        var map = contents.ToMap();
        var keys = contents.Keys.Take(count).ToList();
        var alone = keys.Select(key => (Bytes(key), map.Prove(Bytes(key).Span))).ToList();

        var joined = MerkleMultiProof.Join(alone);

        Assert.Equal(map.ProveMany([.. keys.Select(Bytes)]).ToBytes(), joined.ToBytes());
        Assert.True(joined.TrySplit(Present(contents, keys), out var apart));
        Assert.Equal(alone.Select(one => Convert.ToHexString(one.Item2.ToBytes())), apart.Select(proof => Convert.ToHexString(proof.ToBytes())));
    }, iter: 1_000);

    [Fact]
    public void Through_chains_too()
    {
        var (one, two, _) = ClosePair;
        var contents = new Dictionary<string, string> { [one] = "1", [two] = "2", ["k0"] = "3" };
        var map = contents.ToMap();
        foreach (string[] keys in (string[][])[[one], [one, two], [two, "k0"], [one, two, "k0"]])
        {
            var joined = MerkleMultiProof.Join([.. keys.Select(key => (Bytes(key), map.Prove(Bytes(key).Span)))]);
            Assert.Equal(map.ProveMany([.. keys.Select(Bytes)]).ToBytes(), joined.ToBytes());
            Assert.True(joined.TrySplit(Present(contents, keys), out var apart));
            Assert.All(keys.Zip(apart), pair => Assert.True(pair.Second.VerifiesMembership(map.Root, Bytes(pair.First).Span, Bytes(contents[pair.First]).Span)));
        }
    }

    [Fact]
    public void About_other_keys_than_it_was_made_for_it_does_not_come_apart_or_proves_nothing()
    {
        var map = Records(100);
        var joined = map.ProveMany([Bytes("k1"), Bytes("k2")]);

        Assert.False(joined.TrySplit([], out _));
        Assert.False(joined.TrySplit([Claim("k1")], out _));
        Assert.False(joined.TrySplit([Claim("k1"), Claim("k1")], out _));
        Assert.False(joined.TrySplit([Claim("k1"), Claim("k2"), Claim("k3")], out _));
        Assert.False(joined.TrySplit([Claim("k1"), MerkleClaim.Absent(Bytes("k2"))], out _));

        // Nothing is verified by taking apart: a false value gives a proof that does not hold
        Assert.True(joined.TrySplit([MerkleClaim.Present(Bytes("k1"), Bytes("lie")), Claim("k2")], out var apart));
        Assert.False(apart[0].VerifiesMembership(map.Root, Bytes("k1").Span, Bytes("lie").Span));
        Assert.False(apart[1].VerifiesMembership(map.Root, Bytes("k2").Span, Bytes("v2").Span)); // beside its path stands the lie
    }

    [Fact]
    public void Proofs_that_cannot_be_of_one_map_are_not_joined()
    {
        var (map, other) = (Records(100), Records(1));

        Assert.Throws<ArgumentException>(() => MerkleMultiProof.Join([]));
        Assert.Throws<ArgumentException>(() => MerkleMultiProof.Join([(Bytes("k1"), map.Prove("k1"u8)), (Bytes("k1"), map.Prove("k1"u8))]));
        Assert.Throws<ArgumentException>(() => MerkleMultiProof.Join([(Bytes("k1"), map.Prove("k1"u8)), (Bytes("k0"), other.Prove("k0"u8))]));
    }

    private static MerkleClaim Claim(string key) => MerkleClaim.Present(Bytes(key), Bytes("v" + key[1..]));

    private static List<MerkleClaim> Present(Dictionary<string, string> contents, IEnumerable<string> keys) => [.. keys.Select(key => MerkleClaim.Present(Bytes(key), Bytes(contents[key])))];
}
