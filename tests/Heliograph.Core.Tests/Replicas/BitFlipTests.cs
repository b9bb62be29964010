// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Heliograph.Core.Replicas;
using Heliograph.Testing;
using Xunit;
using static Heliograph.Core.Tests.Replicas.AcceptanceRig;

namespace Heliograph.Core.Tests.Replicas;

/// <summary>Whatever is done to the bytes on their way: refused, or the very same content.</summary>
public sealed class BitFlipTests
{
    public enum Part { Head, State, Proof, Stream }

    [Theory]
    [InlineData(Part.Head)]
    [InlineData(Part.State)]
    [InlineData(Part.Proof)]
    [InlineData(Part.Stream)]
    public void One_flipped_bit_is_refused_whole(Part part)
    {
        using var rig = new AcceptanceRig();
        var (next, offer, stream) = Prepare(rig);

        Gen.Int[0, int.MaxValue].Sample(at =>
        {
            var bytes = Of(part, offer, stream);
            bytes[at / 8 % bytes.Length] ^= (byte)(1 << (at % 8));
            MustNotPass(rig, next, part, bytes, offer, stream);
        }, threads: 1, iter: 400);
    }

    [Theory]
    [InlineData(Part.Head)]
    [InlineData(Part.State)]
    [InlineData(Part.Proof)]
    [InlineData(Part.Stream)]
    public void Truncated_lengthened_and_random_bytes_are_refused_whole(Part part)
    {
        using var rig = new AcceptanceRig();
        var (next, offer, stream) = Prepare(rig);

        Gen.Select(Gen.Int[0, 2], Gen.Byte.Array[1, 400]).Sample((kind, noise) =>
        {
            var bytes = Of(part, offer, stream);
            byte[] altered = kind switch
            {
                0 => bytes[..(noise[0] % bytes.Length)],
                1 => [.. bytes, .. noise],
                _ => noise,
            };
            MustNotPass(rig, next, part, altered, offer, stream);
        }, threads: 1, iter: 400);
    }

    private static (NamespaceVersion Next, UpdateOffer Offer, byte[] Stream) Prepare(AcceptanceRig rig)
    {
        for (var i = 0; i < 20; i++) rig.Realm.Put(NamespaceName.Parse($"n{i}"), ("a", "1"));
        var held = rig.Take(rig.Realm.Put(Shop, ("a", "1"), ("b", "1")));
        var next = rig.Realm.Put(Shop, ("a", "2"), ("b", null), ("c", "a longer value"));
        var (offer, stream) = TestAuthority.Update(next, held);
        return (next, offer, stream);
    }

    private static byte[] Of(Part part, UpdateOffer offer, byte[] stream) => part switch
    {
        Part.Head => offer.SignedHead.ToArray(),
        Part.State => offer.StateBytes.ToArray(),
        Part.Proof => offer.Proof.ToArray(),
        _ => [.. stream],
    };

    private static void MustNotPass(AcceptanceRig rig, NamespaceVersion next, Part part, byte[] altered, UpdateOffer offer, byte[] stream)
    {
        var (current, floor) = (rig.Replica.Current, rig.Replica.Floor);
        var verdict = part switch
        {
            Part.Head => rig.Judge(offer with { SignedHead = altered }, stream),
            Part.State => rig.Judge(offer with { StateBytes = altered }, stream),
            Part.Proof => rig.Judge(offer with { Proof = altered }, stream),
            _ => rig.Judge(offer with { StreamBytes = altered.Length }, altered),
        };
        if (verdict.Value is { } taken) Assert.Equal(next.Records.Root, taken.Records.Root);
        else Assert.NotNull(verdict.Refusal);
        Assert.Same(current, rig.Replica.Current);
        Assert.Equal(floor, rig.Replica.Floor);
    }
}
