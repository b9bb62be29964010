// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Heliograph.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>A follower and a real hub over a wire in memory.</summary>
public sealed class FollowingTests : FollowerScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart"), Other = NamespaceName.Parse("shop.other");
    private static readonly ParentAddress A = MemoryNetwork.Address("a"), B = MemoryNetwork.Address("b");

    public FollowingTests() : base(A) { }

    [Fact]
    public async Task It_gets_what_it_wants_and_keeps_level()
    {
        var version = _realm.Put(Shop, ("a", "1"));
        await using var rig = Rig();
        var (snapshots, changes) = (0, 0);
        rig.Follower.Counts.Applied = applied => _ = applied.IsChange ? changes++ : snapshots++;
        rig.Start(Shop);
        await rig.HoldsAsync(version);

        for (var i = 0; i < 20; i++)
        {
            version = _realm.Put(Shop, ("a", $"{i}"), ($"b{i}", "x"), ($"b{i - 1}", null));
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            await rig.HoldsAsync(version);
        }

        Assert.False(rig.WentBack);
        Assert.Equal(A, rig.Follower.ConnectedParent);
        await Eventually.HoldsAsync(() => (snapshots, changes, rig.Follower.Counts.Updates, rig.Follower.Counts.Sessions, rig.Follower.Counts.Lost) == (1, 20, 21, 1, 0), "one snapshot and twenty changes are counted"); // they are seen before they are
    }

    [Fact]
    public async Task A_namespace_that_is_wanted_later_comes_on_the_same_stream()
    {
        await using var rig = Rig().Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));

        rig.Follower.Want(Other);

        await rig.HoldsAsync(_realm.Put(Other, ("x", "1")));
        Assert.Single(_network.LinksTo(A));
    }

    [Fact]
    public async Task Eight_mebibytes_come_in_chunks_and_whole()
    {
        var version = _realm.Put(Shop, [.. Enumerable.Range(0, 64).Select(i => ($"k{i}", (string?)new string((char)('a' + (i % 26)), 128 << 10)))]);

        await using var rig = Rig().Start(Shop);
        await rig.HoldsAsync(version);

        Assert.Equal(33, _network.LinksTo(A)[0].Downward.Count(FrameType.UpdateChunk)); // 256 KiB each
        Assert.Single(rig.Changes);
        var changed = _realm.Put(Shop, ("k7", "short"));
        await rig.HoldsAsync(changed);
        Assert.Equal(33, _network.LinksTo(A)[0].Downward.Count(FrameType.UpdateChunk)); // a delta
    }

    [Fact]
    public async Task A_change_in_the_middle_of_a_snapshot_comes_behind_it()
    {
        // Given a snapshot that is stuck on its way
        _network.OnLink = (_, link) => link.Downward.Hold();
        var first = _realm.Put(Shop, [.. Enumerable.Range(0, 20).Select(i => ($"k{i}", (string?)new string('x', 50_000)))]);
        await using var rig = Rig().Start(Shop);
        await Eventually.HoldsAsync(() => _network.LinksTo(A) is [var link] && link.Downward.WaitingBytes > 0, "the welcome");
        var wire = _network.LinksTo(A)[0].Downward;
        wire.Release();
        await Eventually.HoldsAsync(() => wire.Count(FrameType.Update) == 1, "the beginning");
        wire.Hold();

        // When the namespace changes meanwhile
        var second = _realm.Put(Shop, ("k1", "changed"));
        wire.Release();

        // Then nothing is mixed and the change arrives
        await rig.HoldsAsync(second);
        Assert.All(rig.Changes, version => Assert.True(version.Records.Root == first.StateRoot || version.Records.Root == second.StateRoot));
        Assert.False(rig.WentBack);
    }

    [Fact]
    public async Task Everything_is_durable_before_it_is_visible()
    {
        var store = new MemoryReplicaStore();
        await using var rig = Rig(store);
        using var watching = rig.Follower.Observe(new Watching(version => Assert.Equal(version.Revision, store.Stored(version.Name)!.Revision)));
        rig.Start(Shop);

        for (var i = 0; i < 5; i++)
        {
            var version = _realm.Put(Shop, ("a", $"{i}"));
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            await rig.HoldsAsync(version);
        }

        Assert.True(rig.IsRunning);
    }

    [Fact]
    public async Task On_a_full_disk_it_keeps_what_it_has_says_so_and_goes_on_when_there_is_room()
    {
        // Given a follower whose disk fills up
        var store = new MemoryReplicaStore();
        await using var rig = Rig(store).Start(Shop);
        var first = _realm.Put(Shop, ("a", "1"));
        await rig.HoldsAsync(first);
        store.Fault = FileFault.Full;

        // When a change comes
        var second = _realm.Put(Shop, ("a", "2"));
        await Eventually.HoldsAsync(() => Refusals(rig).Contains("not_persisted"), "the refusal is reported");

        // Then what was there is served, and the change is taken once there is room
        Assert.Equal(first.Revision, rig.Follower.Find(Shop)!.Revision);
        store.Fault = null;
        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop)!.Revision == second.Revision, TimeSpan.FromSeconds(10), "the change", TimeSpan.FromMilliseconds(250));
        Assert.Empty(Refusals(rig));
    }

    [Fact]
    public async Task Where_changes_never_stop_what_a_full_disk_held_up_still_comes_and_the_disk_is_named_meanwhile()
    {
        // Given a follower whose disk is full, below an author who changes something every second
        var store = new MemoryReplicaStore();
        await using var rig = Rig(store).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        store.Fault = FileFault.Full;
        var changes = 1;
        void ChangeOn() => _realm.Put(Shop, ("a", $"{++changes}"));
        ChangeOn();
        await Eventually.HoldsAsync(() => Refusals(rig).Contains("not_persisted"), "the refusal is reported");
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(20), ChangeOn);

        // When there is room again, and the changes go on
        Assert.Equal(["not_persisted"], Refusals(rig));
        Assert.Equal(1, rig.Follower.RefusedCount);
        store.Fault = null;
        var held = rig.Follower.Find(Shop)!.Revision;

        // Then it gets level all the same, within the longest wait between two tries
        await _clock.AdvanceUntilAsync(() =>
        {
            ChangeOn();
            return rig.Follower.Find(Shop)!.Revision != held;
        }, TimeSpan.FromSeconds(60), "a change that is held up no longer");
        await Eventually.HoldsAsync(() => !Refusals(rig).Any(), "nothing is refused any more");
        Assert.Equal(0, rig.Follower.RefusedCount);
    }

    [Fact]
    public async Task A_wire_that_breaks_while_it_is_stopped_ends_it_as_stopped()
    {
        using var stop = new CancellationTokenSource();
        await using var rig = new FollowerRig(_realm.Anchor, new BreakingDialer(stop), _clock, [A]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.Follower.RunAsync(stop.Token));
    }

    /// <summary>Its connection breaks in the moment in which the follower is told to stop, as one does that is closed at the same time.</summary>
    private sealed class BreakingDialer(CancellationTokenSource stop) : IDialer
    {
        public ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken)
        {
            stop.Cancel();
            throw new IOException("The connection is closed.");
        }
    }

    [Fact]
    public async Task A_restart_begins_with_what_is_on_disk_before_any_parent_answers()
    {
        var store = new MemoryReplicaStore();
        var version = _realm.Put(Shop, ("a", "1"));
        await using (var first = Rig(store).Start(Shop)) await first.HoldsAsync(version);
        _network.Kill(A);
        _clock.Advance(TimeSpan.FromDays(300));

        await using var second = Rig(store);
        await second.Follower.LoadAsync(TestContext.Current.CancellationToken);

        Assert.Equal("1", TestAuthority.ValueOf(second.Follower.Find(Shop)!, "a"));
        Assert.True(second.Follower.Freshness.IsStaleFor(Shop));
        second.Start(Shop);
        _network.Listen(A, _hub.Hub);
        var next = _realm.Put(Shop, ("a", "2"));
        await _clock.AdvanceUntilAsync(() => second.Follower.Find(Shop)!.Revision == next.Revision, TimeSpan.FromSeconds(60), "the change");
        Assert.Equal(1, _network.LinksTo(A)[^1].Downward.Count(FrameType.Update));
    }

    [Fact]
    public async Task What_is_held_is_asked_for_before_what_is_not_so_that_a_stream_that_is_full_carries_it()
    {
        // Given a follower that holds a namespace, and then wants as many others as a stream carries, none of which is there
        await using var rig = Rig().Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        foreach (var i in Enumerable.Range(0, Limits.SubscriptionsMax)) rig.Follower.Want(NamespaceName.Parse($"a.n{i}"));

        // When it has to connect again
        _network.LinksTo(A)[0].Cut();
        var next = _realm.Put(Shop, ("a", "2"));

        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop)!.Revision == next.Revision, TimeSpan.FromSeconds(20), "the change");
        Assert.Equal(2, _network.LinksTo(A).Count);
    }

    [Fact]
    public async Task Failover_goes_to_the_next_parent_and_never_back_in_time()
    {
        await using var other = new HubRig(_realm, _realm.Anchor, _clock, id: "other");
        _network.Listen(B, other.Hub);
        await using var rig = Rig(parents: [A, B]).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));

        for (var round = 0; round < 6; round++)
        {
            var (lost, next, hub) = round % 2 == 0 ? (A, B, _hub) : (B, A, other);
            _network.Kill(lost);
            var version = _realm.Put(Shop, ("a", $"round {round}"));
            await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop)!.Revision == version.Revision, TimeSpan.FromSeconds(120), $"round {round}");
            Assert.Equal(next, rig.Follower.ConnectedParent);
            _network.Listen(lost, hub.Hub);
        }
        Assert.False(rig.WentBack);
        Assert.Equal(7, rig.Changes.Count);
    }

    [Fact]
    public async Task A_parent_that_is_behind_changes_nothing_until_it_has_caught_up()
    {
        // Given a parent that stands two changes behind
        var behind = new FrozenSource(_realm);
        await using var stale = new HubRig(behind, _realm.Anchor, _clock, id: "behind");
        _network.Listen(B, stale.Hub);
        await using var rig = Rig(parents: [A, B]).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        behind.Freeze(Shop);
        _realm.Put(Shop, ("a", "2"));
        var held = _realm.Put(Shop, ("a", "3"));
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        await rig.HoldsAsync(held);

        // When the follower has to go there
        _network.Kill(A);
        await _clock.AdvanceUntilAsync(() => rig.Follower.ConnectedParent == B, TimeSpan.FromSeconds(10), "the other parent");
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(3));

        // Then it keeps what it has, and goes on when the parent does
        Assert.Equal(held.Revision, rig.Follower.Find(Shop)!.Revision);
        Assert.Equal(B, rig.Follower.ConnectedParent);
        var next = _realm.Put(Shop, ("a", "4"));
        behind.Thaw();
        await rig.HoldsAsync(next);
        Assert.False(rig.WentBack);
    }

    [Fact]
    public async Task The_last_unsubscribe_and_the_linger_make_one_upstream_unsubscribe()
    {
        // Given a relay with two subscribers of one namespace
        var relayed = MemoryNetwork.Address("relay");
        await using var relay = Rig(role: Role.Relay).Start();
        await using var hub = new HubRig(relay.Follower, _realm.Anchor, _clock, id: "relay");
        _network.Listen(relayed, hub.Hub);
        await using var first = Rig(parents: [relayed]).Start(Shop);
        await using var second = Rig(parents: [relayed]).Start(Shop);
        var version = _realm.Put(Shop, ("a", "1"));
        await first.HoldsAsync(version);
        await second.HoldsAsync(version);
        var upstream = _network.LinksTo(A)[0].Upward;
        Assert.Equal(1, upstream.Count(FrameType.Subscribe));

        // When both leave, and a third comes and goes within the linger
        await first.StopAsync();
        await second.StopAsync();
        await KeepBeatingAsync(TimeSpan.FromSeconds(30));
        await using (var third = Rig(parents: [relayed]).Start(Shop)) await third.HoldsAsync(version);
        await KeepBeatingAsync(TimeSpan.FromSeconds(58));
        Assert.Equal(0, upstream.Count(FrameType.Unsubscribe));

        // Then the parent hears of it once, a minute after the last
        await KeepBeatingAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((1, 1), (upstream.Count(FrameType.Subscribe), upstream.Count(FrameType.Unsubscribe)));
        await Eventually.HoldsAsync(() => _realm.Wants == 0, "the parent's interest ends");
    }

    [Fact]
    public async Task Namespaces_by_the_hundred_arrive_over_two_relays_and_every_reader_sees_whole_changesets()
    {
        await using var relay = Rig(role: Role.Relay).Start();
        await using var hub = new HubRig(relay.Follower, _realm.Anchor, _clock, id: "relay");
        _network.Listen(B, hub.Hub);
        await using var rig = Rig(parents: [B]);
        NamespaceName[] names = [.. Enumerable.Range(0, 300).Select(i => NamespaceName.Parse($"team{i}.service"))];
        foreach (var name in names) _realm.Put(name, ("x", "0"), ("y", "0"));
        rig.Start(names);
        await Eventually.HoldsAsync(() => rig.Follower.Versions.Count == names.Length, "all of them");

        var random = new Random(3);
        for (var i = 1; i <= 400; i++)
        {
            _realm.Put(names[random.Next(names.Length)], ("x", $"{i}"), ("y", $"{i}"));
            if (i % 20 == 0) _clock.Advance(TimeSpan.FromMilliseconds(5));
        }
        await _clock.AdvanceUntilAsync(() => names.All(name => rig.Follower.Find(name)!.Revision == _realm.Find(name)!.Revision), TimeSpan.FromSeconds(20), "level", TimeSpan.FromMilliseconds(5));

        Assert.False(rig.WentBack);
        Assert.All(rig.Changes, version => Assert.Equal(TestAuthority.ValueOf(version, "x"), TestAuthority.ValueOf(version, "y")));
    }

    [Fact]
    public async Task A_thousand_subscriptions_reports_and_all_fit_into_the_frames_of_a_client()
    {
        NamespaceName[] names = [.. Enumerable.Range(0, Limits.SubscriptionsMax).Select(i => NamespaceName.Parse($"{new string('n', 100)}.{i}"))];
        foreach (var name in names) _realm.Put(name, ("x", "0"));

        await using var rig = Rig().Start(names);
        await Eventually.HoldsAsync(() => rig.Follower.Versions.Count == names.Length, "all of them");
        await _clock.AdvanceUntilAsync(() => _hub.Reports.Snapshot().Namespaces.Count == names.Length, TimeSpan.FromSeconds(20), "the reports", TimeSpan.FromMilliseconds(250));

        Assert.Single(_network.LinksTo(A));
    }

    [Fact]
    public async Task An_observer_that_throws_does_not_end_the_following()
    {
        await using var rig = Rig();
        var thrown = 0;
        using var faulty = rig.Follower.Observe(new Watching(_ => throw new InvalidOperationException($"A reader broke, time {++thrown}.")));
        rig.Start(Shop);
        var first = _realm.Put(Shop, ("a", "1"));
        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop) is not null && thrown > 0, TimeSpan.FromSeconds(10), "the first");

        var second = _realm.Put(Shop, ("a", "2"));
        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop)!.Revision == second.Revision, TimeSpan.FromSeconds(60), "the second");

        Assert.True(rig.IsRunning);
        Assert.NotEqual(first.Revision, second.Revision);
    }

    private async Task KeepBeatingAsync(TimeSpan by)
    {
        for (var moved = TimeSpan.Zero; moved < by; moved += TimeSpan.FromSeconds(1))
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            if ((int)moved.TotalSeconds % 10 == 0) _realm.Beat();
            await Eventually.SettleAsync();
        }
    }

    private static IEnumerable<string> Refusals(FollowerRig rig) =>
        rig.Follower.OwnReport.Snapshot().Namespaces.SelectMany(status => status.Instances).Where(instance => instance.Refusal is not null).Select(instance => instance.Refusal.Code);

    private FollowerRig Rig(IReplicaStore? store = null, IReadOnlyList<ParentAddress>? parents = null, Role role = Role.Client) =>
        new(_realm.Anchor, _network, _clock, parents ?? [A], store, role);
}
