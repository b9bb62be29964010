// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Core.Merkle;
using Xunit;
using static Heliograph.Core.Tests.Merkle.MerkleCases;

namespace Heliograph.Core.Tests.Merkle;

/// <summary>golden-merkle.json is written by golden-merkle.py, which knows the definition and nothing of this code.</summary>
public sealed class GoldenMerkleTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Merkle", "golden-merkle.json"))).RootElement;

    [Fact]
    public void Roots_are_those_that_another_program_computed()
    {
        Assert.Equal(5, Golden.GetProperty("roots").GetArrayLength());
        foreach (var golden in Golden.GetProperty("roots").EnumerateArray())
            Assert.Equal(golden.GetProperty("root").GetString(), Map(golden).Root.ToString());
    }

    [Fact]
    public void Proofs_are_byte_for_byte_those_that_another_program_made_and_they_verify()
    {
        foreach (var golden in Golden.GetProperty("proofs").EnumerateArray())
        {
            var map = Map(golden);
            var key = Bytes(golden.GetProperty("key").GetString()!).Span;
            var hex = golden.GetProperty("proof").GetString()!;

            Assert.Equal(hex, Convert.ToHexStringLower(map.Prove(key).ToBytes()));
            var proof = MerkleProof.Parse(Convert.FromHexString(hex));
            if (golden.GetProperty("value").GetString() is { } value) Assert.True(proof.VerifiesMembership(map.Root, key, Bytes(value).Span));
            else Assert.True(proof.VerifiesAbsence(map.Root, key));
        }
    }

    [Fact]
    public void Multi_proofs_are_byte_for_byte_those_that_another_program_made_and_they_verify()
    {
        foreach (var golden in Golden.GetProperty("multi_proofs").EnumerateArray())
        {
            var map = Map(golden);
            var keys = golden.GetProperty("keys").EnumerateArray().Select(key => Bytes(key.GetString()!)).ToList();
            var hex = golden.GetProperty("proof").GetString()!;

            Assert.Equal(hex, Convert.ToHexStringLower(map.ProveMany(keys).ToBytes()));
            var proof = MerkleMultiProof.Parse(Convert.FromHexString(hex), keys.Count);
            Assert.True(proof.Verifies(map.Root, [.. keys.Select(key => map.TryGet(key.Span, out var value) ? MerkleClaim.Present(key, value) : MerkleClaim.Absent(key))]));
        }
    }

    private static MerkleMap Map(JsonElement golden) => Records(golden.GetProperty("records").GetInt32());
}
