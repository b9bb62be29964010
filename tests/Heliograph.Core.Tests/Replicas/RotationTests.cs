// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Core.Tests.Replicas;

/// <summary>What a replica takes while keys, roots and epochs change, and what it takes no more.</summary>
public sealed class RotationTests : IDisposable
{
    private static readonly NamespaceName Shop = AcceptanceRig.Shop;

    private readonly FakeTimeProvider _clock = new(AcceptanceRig.Start);
    private readonly TestCeremony _ceremony = new();
    private readonly TestAuthority _realm;
    private readonly TrustCell _trust;
    private readonly HeadVerifier _verifier;
    private readonly HeadGate _gate;
    private readonly NamespaceReplica _replica = new(Shop);

    public RotationTests()
    {
        _realm = new TestAuthority(_clock) { Anchor = _ceremony.First(), Signer = _ceremony.Signer("head-1") };
        _trust = new TrustCell(_realm.Anchor);
        _verifier = new HeadVerifier(_trust);
        _gate = new HeadGate(_verifier, new TrustedClock(_clock));
    }

    [Fact]
    public void With_an_overlap_of_one_root_both_keys_count_and_then_only_the_new_one()
    {
        Take(Put("1"));
        Rotate("head-1", "head-2");
        Take(Put("2")); // signed with the old key, under the old root: the origin has not switched yet
        _realm.RootVersion = 2;
        Take(Put("3"));
        _realm.Signer = _ceremony.Signer("head-2");
        Take(Put("4"));
        Rotate("head-2");
        Take(Put("5"));
        _realm.Signer = _ceremony.Signer("head-1");
        Refuses(RefusalCode.BelowFloor, Put("stolen"));
    }

    [Fact]
    public void The_head_that_was_admitted_last_counts_no_more_when_its_key_has_gone()
    {
        var version = Put("1");
        Take(version);
        Rotate("head-2");

        Assert.Equal(RefusalCode.BelowFloor, _gate.Admit(version.Head.Bytes).Refusal!.Code);
        Refuses(RefusalCode.BelowFloor, version); // what was verified before is not verified now
        Assert.NotNull(_replica.Current);
    }

    [Fact]
    public void A_head_under_a_root_that_is_not_held_waits_for_the_root()
    {
        Take(Put("1"));
        (_realm.RootVersion, _realm.Signer) = (2, _ceremony.Signer("head-2"));
        var next = Put("2");

        Refuses(RefusalCode.Unsupported, next);
        Rotate("head-2");
        Take(next);
    }

    [Fact]
    public void What_was_kept_under_an_earlier_root_is_loaded_under_the_later_one_and_served()
    {
        var kept = Put("1");
        Rotate("head-2");

        Assert.Null(_replica.CheckStored(kept, _verifier));
        _replica.Restore(kept, Floor.Of(kept));
        _gate.Restore(kept.Head);
        (_realm.RootVersion, _realm.Signer) = (2, _ceremony.Signer("head-2"));
        Take(Put("2"), kept);
    }

    [Fact]
    public void A_replica_without_anything_starts_from_its_own_agent_under_an_earlier_root_and_does_not_advance_so()
    {
        var (first, second) = (Put("1"), Put("2"));
        Rotate("head-2");

        Refuses(RefusalCode.BelowFloor, first);
        Take(first, isSameHost: true);
        Refuses(RefusalCode.BelowFloor, second, isSameHost: true);
    }

    [Fact]
    public void Nothing_is_advanced_under_a_root_that_has_expired_and_the_next_root_heals_it()
    {
        var expires = AcceptanceRig.Start + TimeSpan.FromDays(30);
        Adopt(_ceremony.Next(_trust.Current.Roots, ["head-1"], ["root-1", "root-2"], root => root.ExpiresAtMs = expires.ToUnixTimeMilliseconds()));
        Take(Put("1"));
        _clock.Advance(TimeSpan.FromDays(31));
        var next = Put("2");

        Refuses(RefusalCode.Expired, next);
        Assert.NotNull(_replica.Current);
        Rotate("head-1"); // signed under the expired root, which is no obstacle
        Take(next);
    }

    [Fact]
    public void A_new_epoch_is_taken_only_when_it_is_proven_and_then_the_old_one_has_ended()
    {
        Take(Put("1"));
        var discarded = Put("2");
        Take(discarded);
        var late = Put("3");
        _realm.BeginEpoch();
        var rewound = Put("1 again");

        Refuses(RefusalCode.EpochUnproven, rewound);
        Adopt(_ceremony.Transition(_trust.Current.Roots.LogId, 2, new(1, 1), ["rescue-1", "rescue-2"]));
        Refuses(RefusalCode.BelowFloor, late); // before any head of the new epoch has come
        Assert.Equal(discarded.Revision, _replica.Current!.Revision);
        Take(rewound);
        Assert.Equal(2, _replica.Floor.Revision.Epoch);
        Refuses(RefusalCode.BelowFloor, late);
    }

    [Fact]
    public void A_floor_of_an_earlier_epoch_is_passed_only_with_a_proven_transition()
    {
        _replica.Restore(null, new(new(1, 5), new(1, 9), default)); // of a namespace whose content is lost
        _realm.BeginEpoch();
        var version = Put("1");

        Refuses(RefusalCode.EpochUnproven, version);
        Adopt(_ceremony.Transition(_trust.Current.Roots.LogId, 2, new(1, 0), ["rescue-1", "rescue-2"], transition => transition.BaseHash = Google.Protobuf.ByteString.CopyFrom(new byte[32])));
        Take(version);
    }

    [Fact]
    public void A_head_from_before_the_beginning_of_its_epoch_is_refused()
    {
        Adopt(_ceremony.Transition(_trust.Current.Roots.LogId, 2, new(1, 7), ["rescue-1", "rescue-2"]));
        _realm.BeginEpoch();

        Refuses(RefusalCode.EpochUnproven, Put("1")); // 2.1
    }

    [Fact]
    public void After_a_stolen_key_has_run_ahead_a_new_root_and_a_new_epoch_bring_every_replica_back()
    {
        Take(Put("1"));
        using var thief = new TestAuthority(_clock) { Anchor = _realm.Anchor, Signer = _ceremony.Signer("head-1") };
        for (var i = 0; i < 20; i++) thief.Put(Shop, ("a", $"{i}"));
        Take(thief.Put(Shop, ("a", "evil"))); // nobody can know better yet
        Rotate("head-2");
        Refuses(RefusalCode.BelowFloor, thief.Put(Shop, ("a", "worse")));
        (_realm.RootVersion, _realm.Signer) = (2, _ceremony.Signer("head-2"));
        Refuses(RefusalCode.BelowFloor, Put("2"));
        Adopt(_ceremony.Transition(_trust.Current.Roots.LogId, 2, new(1, 2), ["rescue-1", "rescue-2"]));
        _realm.BeginEpoch();

        Take(Put("good"));
        Refuses(RefusalCode.BelowFloor, thief.Put(Shop, ("a", "worst")));
    }

    private NamespaceVersion Put(string value) => _realm.Put(Shop, ("a", value));

    private void Rotate(params string[] headKeys) => Adopt(_ceremony.Next(_trust.Current.Roots, headKeys, ["root-1", "root-2"]));

    private void Adopt(SignedRoot root)
    {
        var verdict = _trust.Current.Roots.Extend(root.Bytes);
        Assert.Null(verdict.Refusal);
        Assert.True(_trust.Adopt(_trust.Current with { Roots = verdict.Value! }));
    }

    private void Adopt(SignedTransition transition)
    {
        var verdict = _trust.Current.Epochs.Extend(_trust.Current.Roots, transition.Bytes);
        Assert.Null(verdict.Refusal);
        Assert.True(_trust.Adopt(_trust.Current with { Epochs = verdict.Value! }));
    }

    private void Take(NamespaceVersion version, NamespaceVersion? from = null, bool isSameHost = false)
    {
        var (offer, stream) = TestAuthority.Update(version, from);
        var admitted = _replica.Admit(offer, _gate, isSameHost);
        Assert.Null(admitted.Refusal);
        var judged = _replica.Complete(admitted.Value!, stream);
        Assert.Null(judged.Refusal);
        _replica.Activate(judged.Value!);
    }

    private void Refuses(RefusalCode code, NamespaceVersion version, bool isSameHost = false)
    {
        var held = _replica.Current;
        Assert.Equal(code, _replica.Admit(TestAuthority.Update(version).Offer, _gate, isSameHost).Refusal?.Code);
        Assert.Same(held, _replica.Current);
    }

    public void Dispose()
    {
        _verifier.Dispose();
        _realm.Dispose();
        _ceremony.Dispose();
    }
}
