// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Testing;
using Xunit;
using static Heliograph.Core.Tests.Replicas.AcceptanceRig;

namespace Heliograph.Core.Tests.Replicas;

/// <summary>Expiry limits advancing, never starting; and a wrong clock costs freshness, never what is held.</summary>
public sealed class HeadTimeTests
{
    private static readonly DateTimeOffset Y1970 = DateTimeOffset.UnixEpoch, Y2099 = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_replica_that_holds_something_does_not_advance_under_an_expired_head()
    {
        using var rig = new AcceptanceRig();
        rig.Take(rig.Realm.Put(Shop, ("a", "1")));
        var next = rig.Realm.Put(Shop, ("a", "2"));

        rig.Clock.Advance(rig.Realm.Lifetime - TimeSpan.FromMilliseconds(1));
        Assert.Null(rig.Judge(TestAuthority.Update(next).Offer, TestAuthority.Update(next).Stream).Refusal);
        rig.Clock.Advance(TimeSpan.FromMilliseconds(1));

        rig.Refuses(RefusalCode.Expired, next);
        rig.Refuses(RefusalCode.Expired, next, isSameHost: true);
    }

    [Fact]
    public void A_first_head_may_be_seven_days_old_and_not_older()
    {
        using var rig = new AcceptanceRig();
        var version = rig.Realm.Put(Shop, ("a", "1"));

        rig.Clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromMilliseconds(1));
        rig.Refuses(RefusalCode.Expired, version);

        using var within = new AcceptanceRig();
        version = within.Realm.Put(Shop, ("a", "1"));
        within.Clock.Advance(TimeSpan.FromDays(7));
        within.Take(version);
    }

    [Fact]
    public void A_first_head_from_the_same_host_may_be_of_any_age()
    {
        using var rig = new AcceptanceRig();
        var version = rig.Realm.Put(Shop, ("a", "1"));
        rig.Clock.Advance(TimeSpan.FromDays(4_000));

        rig.Take(version, isSameHost: true);
    }

    [Fact]
    public void What_lies_on_disk_starts_whatever_its_age()
    {
        using var rig = new AcceptanceRig();
        var version = rig.Realm.Put(Shop, ("a", "1"));
        rig.Clock.Advance(TimeSpan.FromDays(4_000));

        Assert.Null(rig.Replica.CheckStored(version, rig.Verifier));
        rig.Replica.Restore(version, Floor.None);

        Assert.Same(version, rig.Replica.Current);
        Assert.Equal(Floor.Of(version), rig.Replica.Floor);
    }

    [Fact]
    public void A_clock_at_1970_starts_and_advances()
    {
        using var rig = new AcceptanceRig(Y1970);
        var first = rig.Take(rig.Realm.Put(Shop, ("a", "1")));

        rig.Take(rig.Realm.Put(Shop, ("a", "2")), from: first);
    }

    [Fact]
    public void A_clock_at_1970_learns_no_more_than_a_day_from_heads()
    {
        using var rig = new AcceptanceRig(Y1970);

        rig.Take(rig.Realm.Put(Shop, ("a", "1")));

        Assert.Equal(Y1970 + TimeSpan.FromHours(24), rig.Gate.Clock.Now);
    }

    [Fact]
    public void A_clock_that_is_behind_by_less_than_a_day_learns_the_time_and_refuses_what_expired()
    {
        using var rig = new AcceptanceRig(Start - TimeSpan.FromHours(23));
        rig.Take(rig.Realm.Put(Shop, ("a", "1")));
        var replayed = rig.Realm.Put(Shop, ("a", "2"));
        rig.Clock.Advance(rig.Realm.Lifetime);

        Assert.Null(rig.Gate.Admit(rig.Realm.Beat().Bytes).Refusal);

        Assert.Equal(rig.Clock.GetUtcNow(), rig.Gate.Clock.Now);
        rig.Refuses(RefusalCode.Expired, replayed);
    }

    [Fact]
    public void A_head_of_an_earlier_revision_tells_nothing_of_the_time()
    {
        // Given an origin whose clock ran an hour ahead, until it was set right
        using var rig = new AcceptanceRig(Start);
        rig.Clock.AdjustTime(Start + TimeSpan.FromHours(1));
        var whileAhead = rig.Realm.Put(Shop, ("a", "1"));
        rig.Clock.AdjustTime(Start);
        var next = rig.Realm.Put(Shop, ("a", "2"));
        Assert.Null(rig.Gate.Admit(next.Head.Bytes).Refusal);

        // When a parent that is behind, or lies, brings the head of then
        Assert.Null(rig.Gate.Admit(whileAhead.Head.Bytes).Refusal);

        // Then it is no witness: what is signed now is not taken for expired
        Assert.Equal(Start, rig.Gate.Clock.Now);
        rig.Take(next);
    }

    [Fact]
    public void A_refused_head_teaches_no_time()
    {
        using var rig = new AcceptanceRig(Y1970);
        using var stranger = new TestAuthority(rig.Clock, realm: 2);

        rig.Refuses(RefusalCode.WrongLog, stranger.Put(Shop, ("a", "1")));

        Assert.Equal(Y1970, rig.Gate.Clock.Now);
    }

    [Fact]
    public void A_clock_at_2099_keeps_what_it_holds_and_advances_under_nothing()
    {
        using var rig = new AcceptanceRig(Y2099);
        var held = rig.Realm.Put(Shop, ("a", "1"));
        rig.Replica.Restore(held, Floor.None);

        rig.Refuses(RefusalCode.Expired, rig.Realm.Put(Shop, ("a", "2")), from: held);

        Assert.Same(held, rig.Replica.Current);
    }

    [Fact]
    public void A_clock_at_2099_starts_from_nothing_only_by_its_own_host()
    {
        using var rig = new AcceptanceRig(Y2099);
        var version = rig.Realm.Put(Shop, ("a", "1"));

        rig.Refuses(RefusalCode.Expired, version);

        rig.Take(version, isSameHost: true);
    }

    [Fact]
    public void A_clock_at_the_end_of_time_overflows_nothing()
    {
        using var rig = new AcceptanceRig(DateTimeOffset.MaxValue);
        rig.Refuses(RefusalCode.Expired, rig.Realm.Put(Shop, ("a", "1")));
        using var first = new AcceptanceRig(DateTimeOffset.MinValue);
        first.Take(first.Realm.Put(Shop, ("a", "1")));
    }
}
