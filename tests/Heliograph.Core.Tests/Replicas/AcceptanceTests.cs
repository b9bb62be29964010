// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Testing;
using Xunit;
using static Heliograph.Core.Tests.Replicas.AcceptanceRig;

namespace Heliograph.Core.Tests.Replicas;

/// <summary>What a replica takes, and every reason for which it takes nothing.</summary>
public sealed class AcceptanceTests : IDisposable
{
    private readonly AcceptanceRig _rig = new();

    private TestAuthority Realm => _rig.Realm;

    [Fact]
    public void A_snapshot_and_then_a_delta_are_taken()
    {
        var first = Realm.Put(Shop, ("a", "1"), ("b", "1"));
        _rig.Take(first);
        var second = Realm.Put(Shop, ("a", "2"), ("b", null), ("c", "3"));

        var taken = _rig.Take(second, from: first);

        Assert.Equal(second.StateRoot, taken.Records.Root);
        Assert.Equal(("2", null, "3"), (TestAuthority.ValueOf(taken, "a"), TestAuthority.ValueOf(taken, "b"), TestAuthority.ValueOf(taken, "c")));
        Assert.Equal(new Floor(second.Revision, second.Head.Revision, second.StateRoot), _rig.Replica.Floor);
    }

    [Fact]
    public void An_empty_namespace_is_taken() => Assert.Empty(_rig.Take(Realm.Apply(Shop, [])).Records);

    [Fact]
    public void A_head_of_another_log_is_refused_though_its_signature_is_valid()
    {
        using var elsewhere = new TestAuthority(_rig.Clock, realm: 2);

        _rig.Refuses(RefusalCode.WrongLog, elsewhere.Put(Shop, ("a", "1")));
    }

    [Fact]
    public void A_head_of_the_pinned_log_signed_by_a_stranger_is_refused()
    {
        using var stranger = new TestAuthority(_rig.Clock, realm: 2); // the same key id, another key
        var head = stranger.Sign(forged => forged.LogId = ByteString.CopyFrom(Realm.Anchor.LogId.ToArray()));
        var version = Realm.Put(Shop, ("a", "1"));

        _rig.Refuses(RefusalCode.BadSignature, version with { Head = head });
    }

    [Fact]
    public void A_head_signed_with_a_key_that_the_root_does_not_know_is_refused()
    {
        var version = Realm.Put(Shop, ("a", "1"));
        var envelope = new Wire.SignedHead { Head = ByteString.CopyFrom(version.Head.HeadBytes.Span), KeyId = "head-2", Signature = ByteString.CopyFrom(version.Head.Signature.Span) };
        var (offer, stream) = TestAuthority.Update(version);

        _rig.Refuses(RefusalCode.BadSignature, offer with { SignedHead = envelope.ToByteArray() }, stream);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(1UL << 63)]
    public void A_head_with_a_feature_that_is_not_known_is_refused(ulong features)
    {
        var version = Realm.Put(Shop, ("a", "1"));

        _rig.Refuses(RefusalCode.Unsupported, version with { Head = Realm.Sign(head => head.Features = features) });
    }

    [Fact]
    public void An_unsigned_feature_bit_calls_for_no_update()
    {
        var version = Realm.Put(Shop, ("a", "1"));
        var altered = version.Head.Content.Clone();
        altered.Features = 1;
        var envelope = new Wire.SignedHead { Head = altered.ToByteString(), KeyId = version.Head.KeyId, Signature = ByteString.CopyFrom(version.Head.Signature.Span) };
        var (offer, stream) = TestAuthority.Update(version);

        _rig.Refuses(RefusalCode.BadSignature, offer with { SignedHead = envelope.ToByteArray() }, stream);
    }

    [Fact]
    public void A_head_under_another_root_version_is_refused()
    {
        var version = Realm.Put(Shop, ("a", "1"));

        _rig.Refuses(RefusalCode.Unsupported, version with { Head = Realm.Sign(head => head.RootVersion = 2) });
    }

    [Fact]
    public void A_lower_revision_is_refused()
    {
        var old = Realm.Put(Shop, ("a", "1"));
        _rig.Take(Realm.Put(Shop, ("a", "2")));

        _rig.Refuses(RefusalCode.BelowFloor, old);
    }

    [Fact]
    public void The_same_content_under_an_older_head_is_refused()
    {
        var version = Realm.Put(Shop, ("a", "1"));
        Realm.Put(Other, ("x", "1"));
        _rig.Take(Realm.Version(Shop));

        _rig.Refuses(RefusalCode.BelowFloor, version);
    }

    [Fact]
    public void An_older_state_under_a_newer_head_is_refused()
    {
        // Given an origin that signs a directory in which the namespace went back
        var old = Realm.Put(Shop, ("a", "1"));
        _rig.Take(Realm.Put(Shop, ("a", "2")));

        // When its head is newer than all before
        var back = Realm.Apply(Shop, [MerkleChange.Set(TestAuthority.KeyOf("a"), "1"u8.ToArray())], state => state.LastSequence = (ulong)old.Revision.Sequence);

        // Then the namespace's own revision still must not fall
        Assert.True(back.Head.Revision.IsAfter(_rig.Replica.Floor.HeadRevision));
        _rig.Refuses(RefusalCode.BelowFloor, back);
    }

    [Fact]
    public void Nothing_below_the_floor_comes_back_after_the_content_was_forgotten()
    {
        var old = Realm.Put(Shop, ("a", "1"));
        var absentAt = Realm.Delete(Shop).Revision;
        _rig.Take(old);

        _rig.Replica.Release(absentAt);

        _rig.Refuses(RefusalCode.BelowFloor, old); // from a parent that has not heard of the deletion yet
        Assert.Null(_rig.Replica.Current);
        _rig.Take(Realm.Put(Shop, ("a", "anew")));
    }

    [Fact]
    public void Two_heads_of_one_revision_that_say_different_things_are_equivocation()
    {
        var version = Realm.Put(Shop, ("a", "1"));
        _rig.Take(version);

        _rig.Refuses(RefusalCode.Equivocation, version with { Head = Realm.Sign(head => head.EntryHash = ByteString.CopyFrom(new byte[32])) });
        _rig.Refuses(RefusalCode.Equivocation, version with { Head = Realm.Sign(head => head.DirectoryRoot = ByteString.CopyFrom(new byte[32])) });
    }

    [Fact]
    public void One_revision_of_a_namespace_with_two_roots_is_equivocation()
    {
        var version = Realm.Put(Shop, ("a", "1"));
        _rig.Take(version);

        var twin = Realm.Apply(Shop, [MerkleChange.Set(TestAuthority.KeyOf("a"), "2"u8.ToArray())], state => state.LastSequence = (ulong)version.Revision.Sequence);

        _rig.Refuses(RefusalCode.Equivocation, twin);
    }

    [Fact]
    public void A_later_epoch_is_refused_without_a_proven_transition()
    {
        _rig.Take(Realm.Put(Shop, ("a", "1")));
        Realm.BeginEpoch();

        _rig.Refuses(RefusalCode.EpochUnproven, Realm.Put(Shop, ("a", "2")));
    }

    [Fact]
    public void A_later_epoch_is_refused_by_the_floor_on_disk_alone()
    {
        _rig.Replica.Restore(null, new Floor(new Revision(1, 5), new Revision(1, 9), Hash256.Zero));
        Realm.BeginEpoch();

        _rig.Refuses(RefusalCode.EpochUnproven, Realm.Put(Shop, ("a", "2")));
    }

    [Fact]
    public void An_epoch_that_ended_is_refused_for_every_namespace()
    {
        var old = Realm.Put(Shop, ("a", "1"));
        Realm.BeginEpoch();
        Realm.Put(Other, ("x", "1"));
        Assert.Null(_rig.Gate.Admit(Realm.Head.Bytes).Refusal); // the first head may be of any epoch

        _rig.Refuses(RefusalCode.BelowFloor, old);
    }

    [Fact]
    public void The_state_of_another_namespace_is_refused_though_its_proof_is_valid()
    {
        Realm.Put(Shop, ("a", "1"));
        var other = Realm.Put(Other, ("a", "evil"));

        _rig.Refuses(RefusalCode.WrongProof, other); // offered as if it were shop.cart
    }

    [Fact]
    public void A_path_to_another_namespace_is_refused()
    {
        Realm.Put(Other, ("a", "1"));
        var version = Realm.Put(Shop, ("a", "1"));

        _rig.Refuses(RefusalCode.WrongProof, version with { Proof = Realm.Prove(Other) });
        _rig.Refuses(RefusalCode.WrongProof, version with { Proof = Realm.Prove(NamespaceName.Parse("not.there")) });
        _rig.Refuses(RefusalCode.WrongProof, version with { Proof = ReadOnlyMemory<byte>.Empty });
    }

    [Fact]
    public void A_head_and_a_state_that_do_not_belong_together_are_refused()
    {
        var first = Realm.Put(Shop, ("a", "1"));
        var second = Realm.Put(Shop, ("a", "2"));

        _rig.Refuses(RefusalCode.WrongProof, first with { Head = second.Head }); // spliced: old content under a new head
        _rig.Refuses(RefusalCode.WrongProof, second with { Head = first.Head });
    }

    [Fact]
    public void A_delta_on_the_wrong_base_is_refused()
    {
        var (first, second) = (Realm.Put(Shop, ("a", "1")), Realm.Put(Shop, ("b", "2")));
        var third = Realm.Put(Shop, ("a", "3"));

        _rig.Refuses(RefusalCode.WrongBase, third, from: second); // nothing is held
        _rig.Take(first with { Head = Realm.Head, Proof = Realm.Prove(Shop), StateBytes = third.StateBytes, State = third.State, Records = third.Records });
        var fourth = Realm.Put(Shop, ("a", "4"));
        _rig.Refuses(RefusalCode.WrongBase, fourth, from: second);
    }

    [Fact]
    public void A_delta_whose_content_is_not_what_was_signed_is_refused()
    {
        var first = _rig.Take(Realm.Put(Shop, ("a", "1")));
        var second = Realm.Put(Shop, ("a", "2"), ("b", "2"));
        var half = RecordStream.Encode([MerkleChange.Set(TestAuthority.KeyOf("a"), "2"u8.ToArray())]); // half a changeset
        var (offer, _) = TestAuthority.Update(second, first);

        _rig.Refuses(RefusalCode.WrongRoot, offer with { StreamBytes = half.Length }, half);
        _rig.Refuses(RefusalCode.WrongRoot, offer with { StreamBytes = 0 }, Array.Empty<byte>());
    }

    [Fact]
    public void A_snapshot_without_one_of_its_records_is_refused()
    {
        var version = Realm.Put(Shop, ("a", "1"), ("b", "2"));
        var (offer, _) = TestAuthority.Update(version);
        var less = RecordStream.Encode(version.Records.Remove(TestAuthority.KeyOf("b")));

        _rig.Refuses(RefusalCode.WrongRoot, offer with { StreamBytes = less.Length }, less);
    }

    [Fact]
    public void Signed_caps_that_are_not_true_are_refused()
    {
        _rig.Refuses(RefusalCode.WrongRoot, Realm.Apply(Shop, [MerkleChange.Set(TestAuthority.KeyOf("a"), "1"u8.ToArray())], state => state.Records++));
        _rig.Refuses(RefusalCode.WrongRoot, Realm.Apply(Shop, [], state => state.Bytes++));
    }

    [Fact]
    public void A_stream_of_another_length_than_announced_is_refused()
    {
        var (offer, stream) = TestAuthority.Update(Realm.Put(Shop, ("a", "1"), ("b", "2")));

        _rig.Refuses(RefusalCode.Malformed, offer, stream.AsMemory(1));
        _rig.Refuses(RefusalCode.Malformed, offer, new byte[stream.Length + 1]);
    }

    [Fact]
    public void A_namespace_over_its_limits_is_refused_before_a_byte_is_reserved()
    {
        _rig.Refuses(RefusalCode.OverLimit, Realm.Apply(Shop, [], state => state.Records = Limits.NamespaceRecordsMax + 1UL));
        _rig.Refuses(RefusalCode.OverLimit, Realm.Apply(Shop, [], state => state.Bytes = (ulong)Limits.NamespaceBytesMax + 1));
        _rig.Refuses(RefusalCode.OverLimit, Realm.Apply(Shop, [], state => state.Bytes = ulong.MaxValue));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1 << 20)]
    public void A_stream_longer_than_the_signed_caps_allow_is_refused_before_a_byte_is_reserved(long announced)
    {
        var (offer, stream) = TestAuthority.Update(Realm.Put(Shop, ("a", "1")));

        _rig.Refuses(RefusalCode.OverLimit, offer with { StreamBytes = announced }, stream);
    }

    [Theory]
    [InlineData(0U, 1UL)]
    [InlineData(1U, 0UL)]
    [InlineData(uint.MaxValue, 1UL)]
    [InlineData(1U, ulong.MaxValue)]
    [InlineData(1U, 2UL)] // newer than the head that vouches for it
    public void A_state_whose_revision_cannot_be_is_refused(uint epoch, ulong sequence)
    {
        var state = Realm.SignState(Shop, altered => (altered.LastEpoch, altered.LastSequence) = (epoch, sequence));

        _rig.Refuses(RefusalCode.Malformed, new UpdateOffer(null, Realm.Head.Bytes, state, Realm.Prove(Shop), 0), ReadOnlyMemory<byte>.Empty);
    }

    [Fact]
    public void A_state_without_a_whole_root_is_refused()
    {
        var state = Realm.SignState(Shop, altered => altered.StateRoot = ByteString.CopyFrom(new byte[31]));

        _rig.Refuses(RefusalCode.Malformed, new UpdateOffer(null, Realm.Head.Bytes, state, Realm.Prove(Shop), 0), ReadOnlyMemory<byte>.Empty);
    }

    [Fact]
    public void An_update_that_was_overtaken_while_it_came_is_refused()
    {
        // Given a large update that was admitted and is still coming
        var first = Realm.Put(Shop, ("a", "1"));
        var (offer, stream) = TestAuthority.Update(first);
        var late = _rig.Replica.Admit(offer, _rig.Gate, isSameHost: false).Value!;

        // When a newer one is activated before its last byte
        var second = _rig.Take(Realm.Put(Shop, ("a", "2")));

        // Then it does not take the namespace back
        Assert.Equal(RefusalCode.BelowFloor, _rig.Replica.Complete(late, stream).Refusal!.Code);
        Assert.Same(second, _rig.Replica.Current);
    }

    [Fact]
    public void A_delta_whose_base_was_replaced_while_it_came_is_refused()
    {
        var first = _rig.Take(Realm.Put(Shop, ("a", "1")));
        Realm.Put(Shop, ("a", "2"));
        var third = Realm.Put(Shop, ("a", "3"));
        var (offer, stream) = TestAuthority.Update(third, first);
        var late = _rig.Replica.Admit(offer, _rig.Gate, isSameHost: false).Value!;

        _rig.Take(third);

        Assert.Equal(RefusalCode.WrongBase, _rig.Replica.Complete(late, stream).Refusal!.Code);
    }

    public void Dispose() => _rig.Dispose();
}
