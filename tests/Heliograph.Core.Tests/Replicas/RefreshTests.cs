// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Testing;
using Xunit;
using static Heliograph.Core.Tests.Replicas.AcceptanceRig;

namespace Heliograph.Core.Tests.Replicas;

/// <summary>Fresher proofs of what is held, and copies read from disk.</summary>
public sealed class RefreshTests : IDisposable
{
    private readonly AcceptanceRig _rig = new();

    [Fact]
    public void A_fresher_proof_of_the_same_state_replaces_head_and_proof_only()
    {
        var held = _rig.Take(_rig.Realm.Put(Shop, ("a", "1")));
        _rig.Realm.Put(Other, ("x", "1"));

        var fresh = Refresh(_rig.Realm.Version(Shop)).Value!;

        Assert.Equal(_rig.Realm.Head.Revision, fresh.Head.Revision);
        Assert.Same(held.Records, fresh.Records);
        Assert.Equal(held.Revision, fresh.Revision);
    }

    [Fact]
    public void A_proof_of_newer_content_changes_nothing_until_the_content_comes()
    {
        _rig.Take(_rig.Realm.Put(Shop, ("a", "1")));

        var verdict = Refresh(_rig.Realm.Put(Shop, ("a", "2")));

        Assert.Null(verdict.Value);
        Assert.Null(verdict.Refusal);
    }

    [Fact]
    public void A_replica_that_holds_nothing_has_nothing_to_refresh()
    {
        var verdict = Refresh(_rig.Realm.Put(Shop, ("a", "1")));

        Assert.Null(verdict.Value);
        Assert.Null(verdict.Refusal);
    }

    [Fact]
    public void A_proof_under_an_expired_head_is_refused()
    {
        _rig.Take(_rig.Realm.Put(Shop, ("a", "1")));
        var fresher = _rig.Realm.Version(Shop, _rig.Realm.Beat());
        _rig.Clock.Advance(_rig.Realm.Lifetime);

        Assert.Equal(RefusalCode.Expired, Refresh(fresher).Refusal!.Code);
    }

    [Fact]
    public void A_proof_under_an_older_head_is_refused()
    {
        var old = _rig.Realm.Put(Shop, ("a", "1"));
        _rig.Realm.Put(Other, ("x", "1"));
        _rig.Take(_rig.Realm.Version(Shop));

        Assert.Equal(RefusalCode.BelowFloor, Refresh(old).Refusal!.Code);
    }

    [Fact]
    public void A_proof_of_another_namespace_is_refused()
    {
        _rig.Take(_rig.Realm.Put(Shop, ("a", "1")));

        Assert.Equal(RefusalCode.WrongProof, Refresh(_rig.Realm.Put(Other, ("a", "1"))).Refusal!.Code);
    }

    [Fact]
    public void A_copy_on_disk_must_be_of_this_log_signed_proven_and_whole()
    {
        var version = _rig.Realm.Put(Shop, ("a", "1"));
        using var elsewhere = new TestAuthority(_rig.Clock, realm: 2);
        var forged = elsewhere.Sign(head => head.LogId = ByteString.CopyFrom(_rig.Realm.Anchor.LogId.ToArray()));

        Assert.Null(_rig.Replica.CheckStored(version, _rig.Verifier));
        Assert.Equal(RefusalCode.WrongLog, _rig.Replica.CheckStored(elsewhere.Put(Shop, ("a", "1")), _rig.Verifier)!.Code);
        Assert.Equal(RefusalCode.BadSignature, _rig.Replica.CheckStored(version with { Head = forged }, _rig.Verifier)!.Code);
        Assert.Equal(RefusalCode.WrongProof, _rig.Replica.CheckStored(version with { Proof = ReadOnlyMemory<byte>.Empty, Head = _rig.Realm.Sign(head => head.DirectoryRoot = ByteString.CopyFrom(new byte[32])) }, _rig.Verifier)!.Code);
        Assert.Equal(RefusalCode.WrongRoot, _rig.Replica.CheckStored(version with { Records = MerkleMap.Empty }, _rig.Verifier)!.Code);
    }

    [Fact]
    public void A_floor_on_disk_above_the_copy_stays()
    {
        var version = _rig.Realm.Put(Shop, ("a", "1"));
        var higher = new Floor(new Revision(1, 7), new Revision(1, 9), Hash256.Zero);

        _rig.Replica.Restore(version, higher);

        Assert.Equal(higher, _rig.Replica.Floor);
    }

    [Fact]
    public void Activating_what_was_made_stable_before_leaves_the_floor_where_it_is()
    {
        var old = _rig.Take(_rig.Realm.Put(Shop, ("a", "1")));
        var newer = _rig.Take(_rig.Realm.Put(Shop, ("a", "2")));

        _rig.Replica.Activate(old); // a declared fall-back

        Assert.Equal(Floor.Of(newer), _rig.Replica.Floor);
    }

    private Verdict<NamespaceVersion> Refresh(NamespaceVersion version)
    {
        var head = _rig.Gate.Admit(version.Head.Bytes).Value!;
        return _rig.Replica.Refresh(head, version.StateBytes, version.Proof, _rig.Gate);
    }

    public void Dispose() => _rig.Dispose();
}
