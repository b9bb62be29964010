// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Tests.Support;
using Heliograph.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.FanOut;

/// <summary>A change is serialized once, however many listen; and whoever is behind costs nothing.</summary>
public sealed class EncodeOnceTests : IAsyncDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");

    private readonly FakeTimeProvider _clock = new();
    private readonly TestRealm _realm;
    private HubRig _hub;

    public EncodeOnceTests()
    {
        _realm = new TestRealm(_clock);
        _hub = new HubRig(_realm, _realm.Anchor, _clock);
    }

    private FanOutHub Hub => _hub.Hub;

    [Fact]
    public async Task A_thousand_subscribers_and_one_change_make_one_serialization()
    {
        // Given a thousand subscribers that hold the namespace
        _realm.Put(Shop, ("a", "1"));
        var subscribers = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => RawSubscriber.JoinAsync(Hub, _realm.Anchor.LogId, $"i{i}")));
        foreach (var subscriber in subscribers) await subscriber.Peer.SubscribeAsync(Shop);
        foreach (var subscriber in subscribers) await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);
        Assert.Equal(1, Hub.Encodings); // one snapshot for all of them

        // When one setting changes
        var second = _realm.Put(Shop, ("a", "2"));
        var updates = new List<Update>();
        foreach (var subscriber in subscribers) updates.Add(await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser));

        // Then it is serialized once
        Assert.Equal(2, Hub.Encodings);
        Assert.All(updates, update => Assert.Equal(updates[0], update));
        Assert.Equal(second.Revision, new Revision((int)updates[0].Base.Epoch, (long)updates[0].Base.Sequence).Next());
        Assert.Equal(1_000, Hub.SubscriberCount);
        await LeaveAsync(subscribers);
    }

    [Fact]
    public async Task A_change_to_one_key_of_many_travels_alone()
    {
        _realm.Put(Shop, [.. Enumerable.Range(0, 2_000).Select(i => ($"key{i}", (string?)"some value"))]);
        await using var subscriber = await RawSubscriber.JoinAsync(Hub, _realm.Anchor.LogId);
        await subscriber.Peer.SubscribeAsync(Shop);
        using var replica = Replica(subscriber);
        await replica.NextAsync();
        var before = subscriber.Link.Downward.WrittenBytes;

        var changed = _realm.Put(Shop, ("key7", "another value"));
        await replica.ReachAsync(changed.Revision);

        Assert.InRange(subscriber.Link.Downward.WrittenBytes - before, 1, 2_000);
    }

    [Fact]
    public async Task A_subscriber_that_stops_reading_costs_a_slice_and_catches_up_in_one_step()
    {
        // Given a subscriber in step, and a neighbour
        _realm.Put(Shop, ("a", "0"));
        await using var slow = await RawSubscriber.JoinAsync(Hub, _realm.Anchor.LogId, "slow", capacityBytes: 4_096);
        await using var quick = await RawSubscriber.JoinAsync(Hub, _realm.Anchor.LogId, "quick");
        using var slowReplica = Replica(slow);
        using var quickReplica = Replica(quick);
        await slow.Peer.SubscribeAsync(Shop);
        await quick.Peer.SubscribeAsync(Shop);
        await slowReplica.NextAsync();
        await quickReplica.NextAsync();

        // When it stops reading while 200 changes come
        var last = slowReplica.Current!;
        for (var i = 1; i <= 200; i++)
        {
            last = _realm.Put(Shop, ("a", $"{i}"), ($"b{i % 10}", new string('x', 1_000)));
            _clock.Advance(TimeSpan.FromMilliseconds(10)); // each is a change of its own
            await quickReplica.ReachAsync(last.Revision);
            Assert.InRange(Hub.WaitingBytesMax, 0, (16 << 10) + 1_024); // a slice, and a head
        }
        var encodings = Hub.Encodings;

        // Then it catches up with a step or two that skip what lies between
        await slowReplica.ReachAsync(last.Revision);
        Assert.InRange(slowReplica.Bases.Count, 2, 8);
        Assert.All(slowReplica.Bases.Skip(1), begins => Assert.NotNull(begins)); // deltas
        Assert.InRange(Hub.Encodings - encodings, 0, 2);
        Assert.Equal("200", TestAuthority.ValueOf(slowReplica.Current!, "a"));
    }

    [Fact]
    public async Task Changes_that_come_faster_than_the_join_interval_are_joined()
    {
        _realm.Put(Shop, ("a", "0"));
        await using var subscriber = await RawSubscriber.JoinAsync(Hub, _realm.Anchor.LogId);
        using var replica = Replica(subscriber);
        await subscriber.Peer.SubscribeAsync(Shop);
        await replica.NextAsync();
        var first = _realm.Put(Shop, ("a", "1")); // at once, for it was quiet
        await replica.ReachAsync(first.Revision);

        var last = first;
        for (var i = 2; i < 50; i++) last = _realm.Put(Shop, ("a", $"{i}"));
        await _clock.AdvanceUntilAsync(() => Hub.Encodings >= 3, TimeSpan.FromSeconds(1), "the joined delta", TimeSpan.FromMilliseconds(1));
        await replica.ReachAsync(last.Revision);

        Assert.Equal([null, new Revision(1, 1), first.Revision], replica.Bases);
        Assert.Equal(3, Hub.Encodings);
    }

    [Fact]
    public async Task A_cursor_older_than_the_retained_changes_gets_a_snapshot()
    {
        await RestartAsync(new FanOutOptions { ServerId = "h", ServerRole = "relay", ChangesRetainedMax = 4 });
        var old = _realm.Put(Shop, ("a", "0"));
        await using var first = await JoinAsync();
        var versions = new List<NamespaceVersion>();
        for (var i = 1; i <= 6; i++) versions.Add(_realm.Put(Shop, ("a", $"{i}")));

        Assert.Equal([null], await BasesAsync(old)); // six steps behind
        Assert.Equal([null], await BasesAsync(versions[0])); // five
        Assert.Equal([versions[1].Revision], await BasesAsync(versions[1])); // four: retained
        Assert.Equal([versions[4].Revision], await BasesAsync(versions[4]));
    }

    [Fact]
    public async Task A_cursor_older_than_the_retained_keys_gets_a_snapshot()
    {
        await RestartAsync(new FanOutOptions { ServerId = "h", ServerRole = "relay", KeysRetainedMax = 10 });
        var old = _realm.Put(Shop, ("a", "0"));
        await using var first = await JoinAsync();
        _realm.Put(Shop, [.. Enumerable.Range(0, 8).Select(i => ($"x{i}", (string?)"1"))]);
        var newer = _realm.Find(Shop)!;
        _realm.Put(Shop, [.. Enumerable.Range(0, 8).Select(i => ($"y{i}", (string?)"1"))]);

        Assert.Equal([null], await BasesAsync(old));
        Assert.Equal([newer.Revision], await BasesAsync(newer));
    }

    [Fact]
    public async Task A_cursor_inside_a_joined_step_is_brought_forward_rightly()
    {
        // Given a hub that saw three entries as one step, in which a key changed there and back
        var before = _realm.Put(Shop, ("a", "old"), ("b", "1"));
        await using var first = await JoinAsync();
        var inside = default(NamespaceVersion);
        _realm.Quietly(authority => inside = authority.Put(Shop, ("a", "new"), ("b", "2")));
        var after = _realm.Put(Shop, ("a", "old"));

        // When a subscriber comes that another parent had brought into the middle of it
        var bases = await BasesAsync(inside!); // checks the root

        // Then what it gets is right; and who stood before the step gets a delta
        Assert.Equal([null], bases);
        Assert.Equal([before.Revision], await BasesAsync(before));
        Assert.Equal([], await BasesAsync(after));
    }

    [Fact]
    public async Task A_subscriber_ahead_of_this_tier_is_sent_nothing_until_the_tier_has_caught_up()
    {
        _realm.Put(Shop, ("a", "1"));
        await using var subscriber = await RawSubscriber.JoinAsync(Hub, _realm.Anchor.LogId);
        await subscriber.Peer.SubscribeAsync(Shop, new Revision(1, 2));

        _realm.Put(Shop, ("a", "2"));
        var third = _realm.Put(Shop, ("a", "3"));
        await _clock.AdvanceUntilAsync(() => subscriber.Link.Downward.Count(FrameType.Update) > 0, TimeSpan.FromSeconds(1), "an update", TimeSpan.FromMilliseconds(1));

        var update = await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);
        Assert.Equal(third.StateBytes.ToArray(), update.NamespaceState.ToByteArray());
    }

    [Fact]
    public async Task The_changes_of_a_namespace_outlive_its_last_subscriber_for_the_channel_linger()
    {
        await RestartAsync(new FanOutOptions { ServerId = "h", ServerRole = "origin", ChannelLinger = TimeSpan.FromSeconds(60) });
        var old = _realm.Put(Shop, ("a", "1"));
        await (await JoinAsync()).DisposeAsync();
        _realm.Put(Shop, ("a", "2"));
        Assert.Equal(1, _realm.Wants);

        Assert.Equal([old.Revision], await BasesAsync(old)); // came back in time: a delta

        await _clock.AdvanceUntilAsync(() => _realm.Wants == 0, TimeSpan.FromSeconds(63), "the channel is let go");
        Assert.Equal([null], await BasesAsync(old)); // too late: a snapshot
    }

    [Fact]
    public async Task Without_linger_the_last_unsubscribe_ends_the_want_at_once()
    {
        _realm.Put(Shop, ("a", "1"));
        await using var first = await JoinAsync();
        await using var second = await JoinAsync();
        Assert.Equal(1, _realm.Wants);

        await first.Peer.SendAsync(FrameType.Unsubscribe, new Unsubscribe { Namespaces = { Shop.Value } });
        await first.Peer.SendAsync(FrameType.Unsubscribe, new Unsubscribe { Namespaces = { Shop.Value, "never.subscribed" } });
        await Eventually.SettleAsync();
        Assert.Equal(1, _realm.Wants);
        await second.Peer.SendAsync(FrameType.Unsubscribe, new Unsubscribe { Namespaces = { Shop.Value } });

        await Eventually.HoldsAsync(() => _realm.Wants == 0, "nobody wants it");
    }

    /// <summary>The bases of the updates that a subscriber gets who holds <paramref name="held"/>, until it is in step.</summary>
    private async Task<List<Revision?>> BasesAsync(NamespaceVersion held)
    {
        await using var subscriber = await RawSubscriber.JoinAsync(Hub, _realm.Anchor.LogId);
        using var replica = Replica(subscriber);
        replica.Restore(held);
        await subscriber.Peer.SubscribeAsync(Shop, held.Revision);
        await replica.ReachAsync(_realm.Find(Shop)!.Revision);
        return replica.Bases;
    }

    /// <summary>A subscriber that keeps the channel alive.</summary>
    private async Task<RawSubscriber> JoinAsync()
    {
        var subscriber = await RawSubscriber.JoinAsync(Hub, _realm.Anchor.LogId, "keeper");
        await subscriber.Peer.SubscribeAsync(Shop);
        await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);
        return subscriber;
    }

    private RawReplica Replica(RawSubscriber subscriber) => new(subscriber.Peer, Shop, _realm.Anchor, _clock);

    private async Task RestartAsync(FanOutOptions options)
    {
        await _hub.DisposeAsync();
        _hub = new HubRig(_realm, _realm.Anchor, _clock, options);
    }

    private static async Task LeaveAsync(IEnumerable<RawSubscriber> subscribers)
    {
        foreach (var subscriber in subscribers) await subscriber.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _realm.Dispose();
    }
}
