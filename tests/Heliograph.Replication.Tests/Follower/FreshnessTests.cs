// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>Staleness is bounded or visible, and no clock step and no parent can hide it.</summary>
public sealed class FreshnessTests : IAsyncDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart"), Other = NamespaceName.Parse("shop.other");
    private static readonly ParentAddress A = MemoryNetwork.Address("a");
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Now);
    private readonly MemoryNetwork _network = new();
    private readonly TestRealm _realm;
    private readonly HubRig _hub;

    public FreshnessTests()
    {
        _realm = new TestRealm(_clock);
        _hub = new HubRig(_realm, _realm.Anchor, _clock);
        _network.Listen(A, _hub.Hub);
    }

    [Fact]
    public async Task Without_a_fresh_head_for_30_seconds_it_is_stale_and_says_so()
    {
        await using var rig = Rig().Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        Assert.False(rig.Follower.Freshness.IsStaleFor(Shop));

        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(29));
        Assert.False(rig.Follower.Freshness.IsStale);
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(1));

        Assert.True(rig.Follower.Freshness.IsStale);
        Assert.Equal(TimeSpan.FromSeconds(30), rig.Follower.Freshness.SinceFreshHead);
        await _clock.AdvanceUntilAsync(() => _hub.Reports.Snapshot().Namespaces is [{ Cohorts: [{ Count: 1, Stale: 1 }] }], TimeSpan.FromSeconds(5), "the report says so");
        _realm.Beat();
        await Eventually.HoldsAsync(() => !rig.Follower.Freshness.IsStale, "fresh again");
        await _clock.AdvanceUntilAsync(() => _hub.Reports.Snapshot().Namespaces is [{ Cohorts: [{ Count: 1, Stale: 0 }] }], TimeSpan.FromSeconds(5), "the report says so");
    }

    [Fact]
    public async Task Relays_that_found_only_each_other_look_again_before_they_are_stale_by_the_clock()
    {
        // Given two relays that were started before their origin, and follow each other
        var addresses = new[] { "r1", "r2" }.Select(MemoryNetwork.Address).ToList();
        _network.Kill(A);
        FollowerRig RelayOf(int own) => new(_realm.Anchor, _network, _clock, [], options: new()
        {
            Parents = [A, addresses[1 - own]], Role = Role.Relay, Instance = new Instance { Id = $"r{own + 1}" }, FirstHeadWithin = TimeSpan.FromSeconds(15),
        });
        await using var first = RelayOf(0);
        await using var second = RelayOf(1);
        await using var firstHub = new HubRig(first.Follower, _realm.Anchor, _clock, id: "r1");
        await using var secondHub = new HubRig(second.Follower, _realm.Anchor, _clock, id: "r2");
        _network.Listen(addresses[0], firstHub.Hub);
        _network.Listen(addresses[1], secondHub.Hub);
        first.Start(Shop);
        second.Start(Shop);
        await _clock.AdvanceUntilAsync(() => first.Follower.ConnectedParent == addresses[1] && second.Follower.ConnectedParent == addresses[0], TimeSpan.FromSeconds(20), "they follow each other");

        // When the origin is there, and something changes
        _network.Listen(A, _hub.Hub);
        var version = _realm.Put(Shop, ("a", "1"));

        // Then both have it well before a parent that went silent would be left
        await _clock.AdvanceUntilAsync(() => first.Follower.Find(Shop)?.Revision == version.Revision && second.Follower.Find(Shop)?.Revision == version.Revision, TimeSpan.FromSeconds(22), "both have found it");
    }

    [Fact]
    public async Task After_the_origins_clock_was_set_back_the_next_change_is_fresh()
    {
        // Given a follower of an origin whose clock runs an hour ahead
        var origins = new SteppedClock(_clock) { Offset = TimeSpan.FromHours(1) };
        using var realm = new TestRealm(origins);
        await using var hub = new HubRig(realm, realm.Anchor, _clock);
        var parent = MemoryNetwork.Address("ahead");
        _network.Listen(parent, hub.Hub);
        await using var rig = new FollowerRig(realm.Anchor, _network, _clock, [parent]).Start(Shop);
        await rig.HoldsAsync(realm.Put(Shop, ("a", "1")));
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(40));
        Assert.True(rig.Follower.Freshness.IsStaleFor(Shop));

        // When it is set right, and something changes
        origins.Offset = TimeSpan.Zero;
        await rig.HoldsAsync(realm.Put(Shop, ("a", "2")));

        // Then the change is fresh, though its head says that it is older, and what is fresh grows stale as ever
        Assert.False(rig.Follower.Freshness.IsStaleFor(Shop));
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(30));
        Assert.True(rig.Follower.Freshness.IsStaleFor(Shop));
    }

    [Fact]
    public void What_was_reported_as_stale_and_is_not_any_more_is_news_also_if_both_fall_between_two_looks()
    {
        var monitor = new FreshnessMonitor(new FollowerOptions { Parents = [A], Role = Role.Client, Instance = new Instance { Id = "i" } }, _clock);
        var head = _realm.Put(Shop, ("a", "1")).Head;
        monitor.OnHead(head, Now);
        monitor.OnProof(Shop, head);
        monitor.Tick([Shop]);
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.True(monitor.Tell(Shop)); // a report is written in that moment
        var next = _realm.Beat();
        monitor.OnHead(next, _clock.GetUtcNow());
        monitor.OnProof(Shop, next);

        Assert.True(monitor.Tick([Shop]));
        Assert.False(monitor.Tick([Shop]));
    }

    [Fact]
    public async Task Before_the_first_head_it_is_stale()
    {
        await using var rig = Rig();

        Assert.True(rig.Follower.Freshness.IsStale);
        Assert.True(rig.Follower.Freshness.IsStaleFor(Shop));
    }

    [Fact]
    public async Task With_heartbeats_and_proofs_it_stays_fresh_for_hours()
    {
        await using var rig = Rig().Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));

        for (var beat = 0; beat < 360; beat++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            var head = _realm.Beat();
            await Eventually.HoldsAsync(() => rig.Follower.NewestHead!.IssuedAt == head.IssuedAt, "the head");
            Assert.False(rig.Follower.Freshness.IsStaleFor(Shop), $"stale at beat {beat}");
        }
        Assert.Single(rig.Changes);
    }

    [Fact]
    public async Task A_chain_of_relays_stays_fresh_to_its_end()
    {
        // Given five tiers, each with the hub's defaults
        var parent = A;
        await using var chain = new Chain();
        FollowerRig? last = null;
        for (var tier = 0; tier < 5; tier++)
        {
            last = chain.Keep(new FollowerRig(_realm.Anchor, _network, _clock, [parent], role: Role.Relay, id: $"tier-{tier}"));
            last.Start(tier == 4 ? [Shop] : []);
            var hub = chain.Keep(new HubRig(last.Follower, _realm.Anchor, _clock, id: $"tier-{tier}"));
            parent = MemoryNetwork.Address($"tier-{tier}");
            _network.Listen(parent, hub.Hub);
        }
        await last!.HoldsAsync(_realm.Put(Shop, ("a", "1")));

        // When nothing changes for an hour
        for (var beat = 0; beat < 360; beat++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            _realm.Beat();
            await Eventually.SettleAsync();
            await Eventually.SettleAsync();
            if (beat > 12) Assert.False(last.Follower.Freshness.IsStaleFor(Shop), $"stale at beat {beat}");
        }
    }

    [Fact]
    public async Task A_chain_of_relays_holds_no_expired_proof_when_heads_live_for_five_heartbeats()
    {
        // Given an origin whose heads live for 5 s, and five tiers below
        _realm.Authority.Lifetime = TimeSpan.FromSeconds(5);
        _realm.Authority.Heartbeat = TimeSpan.FromSeconds(1);
        var parent = A;
        await using var chain = new Chain();
        FollowerRig? last = null;
        for (var tier = 0; tier < 5; tier++)
        {
            last = chain.Keep(new FollowerRig(_realm.Anchor, _network, _clock, [parent], role: Role.Relay, id: $"tier-{tier}"));
            last.Start(tier == 4 ? [Shop] : []);
            var relays = new FanOutOptions { ServerId = $"tier-{tier}", ServerRole = "relay", ProofInterval = TimeSpan.Zero };
            var hub = chain.Keep(new HubRig(last.Follower, _realm.Anchor, _clock, relays, $"tier-{tier}"));
            parent = MemoryNetwork.Address($"tier-{tier}");
            _network.Listen(parent, hub.Hub);
        }
        await last!.HoldsAsync(_realm.Put(Shop, ("a", "1")));

        // When nothing changes for two minutes, then the last tier's proof is never older than two heartbeats: a latecomer gets no expired head
        for (var beat = 0; beat < 120; beat++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            _realm.Beat();
            var now = _clock.GetUtcNow();
            await Eventually.HoldsAsync(() => last.Follower.NewestHead!.IssuedAt == now, $"the head of beat {beat}");
            var due = now - TimeSpan.FromSeconds(2);
            if (beat > 2) await Eventually.HoldsAsync(() => last.Follower.Find(Shop)!.Head.IssuedAt >= due, $"a fresh proof at beat {beat}");
        }
    }

    [Fact]
    public async Task A_parent_that_sends_heads_but_no_proofs_makes_the_namespace_stale_after_180_seconds() =>
        Assert.InRange(await StaleAfterAsync(_ => []), TimeSpan.FromSeconds(180), TimeSpan.FromSeconds(190));

    [Fact]
    public async Task A_parent_that_repeats_an_old_proof_to_hide_a_change_makes_the_namespace_stale_after_180_seconds() =>
        Assert.InRange(await StaleAfterAsync(first => [Frames.Freshness(first.Head, first)]), TimeSpan.FromSeconds(180), TimeSpan.FromSeconds(190));

    [Fact]
    public async Task A_clock_that_is_set_hides_no_staleness_and_makes_none()
    {
        var local = new SteppedClock(_clock);
        await using var rig = new FollowerRig(_realm.Anchor, _network, local, [A]).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));

        local.Offset = TimeSpan.FromDays(-3_000);
        Assert.False(rig.Follower.Freshness.IsStaleFor(Shop));
        local.Offset = TimeSpan.FromDays(3_000);
        Assert.False(rig.Follower.Freshness.IsStaleFor(Shop));
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(30));
        local.Offset = TimeSpan.FromDays(-3_000);

        Assert.True(rig.Follower.Freshness.IsStaleFor(Shop));
    }

    [Fact]
    public async Task A_parent_whose_heads_have_expired_serves_a_newcomer_who_says_at_once_that_it_is_stale()
    {
        // Given an origin that died an hour ago
        var version = _realm.Put(Shop, ("a", "1"));
        _clock.Advance(TimeSpan.FromHours(1));

        await using var rig = Rig().Start(Shop);
        await rig.HoldsAsync(version);

        Assert.True(rig.Follower.Freshness.IsStale);
        await _clock.AdvanceUntilAsync(() => _hub.Reports.Snapshot().Namespaces is [{ Cohorts: [{ Count: 1, Stale: 1 }] }], TimeSpan.FromSeconds(5), "the report says so");
    }

    [Fact]
    public async Task Behind_an_expired_head_a_holder_stays_where_it_is_and_asks_ever_more_slowly()
    {
        // Given a follower that was away while the origin made its last change and died
        var store = new MemoryReplicaStore();
        var held = _realm.Put(Shop, ("a", "1"));
        await using (var before = Rig(store).Start(Shop)) await before.HoldsAsync(held);
        var last = _realm.Put(Shop, ("a", "2"));
        _clock.Advance(TimeSpan.FromHours(1));

        // When it comes back
        await using var rig = Rig(store).Start(Shop);
        await Eventually.HoldsAsync(() => rig.Follower.OwnReport.Snapshot().Namespaces is [{ Instances: [{ Refusal.Code: "expired" }] }], "the refusal");
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(100));

        // Then it keeps what it has, and does not pull the same update every second
        Assert.Equal(held.Revision, rig.Follower.Find(Shop)!.Revision);
        Assert.InRange(_network.LinksTo(A)[^1].Downward.Count(FrameType.Update), 4, 9);
        _realm.Beat();
        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop)!.Revision == last.Revision, TimeSpan.FromSeconds(70), "the origin is back");
    }

    /// <summary>How long a namespace stays fresh under a parent that passes on heads, but of the proofs only what <paramref name="proofs"/> gives.</summary>
    private async Task<TimeSpan> StaleAfterAsync(Func<NamespaceVersion, IReadOnlyList<Freshness>> proofs)
    {
        var first = _realm.Put(Shop, ("a", "1"));
        RawPeer? parent = null;
        var address = MemoryNetwork.Address("withholding");
        _network.Script(address, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            await peer.SendAsync(FrameType.Update, Frames.Update(first));
            parent = peer;
        });
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [address]).Start(Shop);
        await rig.HoldsAsync(first);
        await Eventually.HoldsAsync(() => parent is not null, "the parent");
        _realm.Put(Shop, ("a", "the change that is kept back"));

        var passed = TimeSpan.Zero;
        while (!rig.Follower.Freshness.IsStaleFor(Shop) && passed < TimeSpan.FromMinutes(9))
        {
            Assert.False(rig.Follower.Freshness.IsStale);
            _clock.Advance(TimeSpan.FromSeconds(5));
            passed += TimeSpan.FromSeconds(5);
            var head = _realm.Beat();
            foreach (var proof in proofs(first)) await parent!.SendAsync(FrameType.Freshness, proof);
            await parent!.SendAsync(FrameType.Freshness, Frames.Freshness(head));
            await Eventually.HoldsAsync(() => rig.Follower.NewestHead!.IssuedAt == head.IssuedAt, "the head");
        }
        return passed;
    }

    private FollowerRig Rig(MemoryReplicaStore? store = null) => new(_realm.Anchor, _network, _clock, [A], store);

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _hub.DisposeAsync();
        _realm.Dispose();
    }

    private sealed class Chain : IAsyncDisposable
    {
        private readonly Stack<IAsyncDisposable> _kept = new();

        public T Keep<T>(T part) where T : IAsyncDisposable
        {
            _kept.Push(part);
            return part;
        }

        public async ValueTask DisposeAsync()
        {
            while (_kept.TryPop(out var part)) await part.DisposeAsync();
        }
    }

    /// <summary>A local clock that someone sets, over a monotonic one that nobody can.</summary>
    private sealed class SteppedClock(TimeProvider steady) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => steady.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => steady.GetUtcNow() + Offset;

        public override long GetTimestamp() => steady.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => steady.CreateTimer(callback, state, dueTime, period);
    }
}
