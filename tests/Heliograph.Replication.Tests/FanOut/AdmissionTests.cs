// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Counting;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.FanOut;

/// <summary>More want to be served than are: who waits is kept alive, who is sent away comes back when told, and who does not obey gains nothing.</summary>
public sealed class AdmissionTests : IDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    private static readonly ParentAddress Parent = MemoryNetwork.Address("full");

    private readonly FakeTimeProvider _clock = new();
    private readonly TestRealm _realm;

    public AdmissionTests()
    {
        _realm = new TestRealm(_clock);
        _realm.Put(NamespaceName.Realm, ("policy", "1"));
        _realm.Put(Shop, [.. Enumerable.Range(0, 20).Select(i => ($"k{i}", (string?)new string('x', 50_000)))]);
    }

    [Fact]
    public async Task Who_waits_for_its_snapshot_hears_heads_meanwhile()
    {
        // Given one place for snapshots, which is taken, and another subscriber that waits for it
        await using var hub = Hub(new() { ServerId = "h", ServerRole = "relay", SnapshotsAtOnceMax = 1 });
        await using var first = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "first", capacityBytes: 4_096);
        await first.Peer.SubscribeAsync(Shop);
        await Eventually.HoldsAsync(() => first.Link.Downward.WaitingBytes == 4_096, "the place is taken");
        await using var waiting = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "waiting");
        await waiting.Peer.SubscribeAsync(Shop);
        await waiting.Peer.ReadAsync(FrameType.Freshness, Freshness.Parser); // with the welcome

        // When heads are made meanwhile
        for (var beat = 0; beat < 2; beat++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            _realm.Beat();

            // Then it has each of them, and so does not leave for another parent, and its place in the row
            var head = await waiting.Peer.ReadAsync(FrameType.Freshness, Freshness.Parser);
            Assert.Equal(_realm.NewestHead!.Bytes.ToArray(), head.SignedHead.ToByteArray());
            Assert.Equal(0, waiting.Link.Downward.Count(FrameType.Update));
        }

        // And when the place comes free, its snapshot
        first.Link.Cut();
        using var replica = new RawReplica(waiting.Peer, Shop, _realm.Anchor, _clock);
        await replica.NextAsync();
        Assert.Equal(0, hub.Hub.SnapshotsNow);
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_takes_no_place_along()
    {
        // Given one place for snapshots, which is taken, and two that wait
        await using var hub = Hub(new() { ServerId = "h", ServerRole = "relay", SnapshotsAtOnceMax = 1 });
        await using var first = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "first", capacityBytes: 4_096);
        await first.Peer.SubscribeAsync(Shop);
        await Eventually.HoldsAsync(() => first.Link.Downward.WaitingBytes == 4_096, "the place is taken");
        var second = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "second");
        await second.Peer.SubscribeAsync(Shop);
        await Eventually.SettleAsync();
        await using var third = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "third");
        await third.Peer.SubscribeAsync(Shop);
        await Eventually.SettleAsync();

        // When the one before the last breaks off, learns of it at the next head, and the first leaves
        second.Link.Cut();
        _clock.Advance(TimeSpan.FromSeconds(10));
        _realm.Beat();
        await Eventually.SettleAsync();
        first.Link.Cut();

        // Then the last gets its turn, and all places are free afterwards
        using var replica = new RawReplica(third.Peer, Shop, _realm.Anchor, _clock);
        await replica.NextAsync();
        await Eventually.HoldsAsync(() => hub.Hub.SnapshotsNow == 0, "all places are free");
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Who_does_not_wait_as_told_gains_nothing_and_takes_nothing_from_others()
    {
        // Given a full hub, and one that it sends away
        await using var hub = Hub(new() { ServerId = "h", ServerRole = "relay", SubscribersMax = 1 });
        await using var served = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "served");
        await served.Peer.SubscribeAsync(Shop);
        using var replica = new RawReplica(served.Peer, Shop, _realm.Anchor, _clock);
        await replica.NextAsync();

        // When that one comes back at once, again and again
        const int Tries = 100;
        for (var i = 0; i < Tries; i++)
        {
            await using var greedy = RawSubscriber.Connect(hub.Hub, "greedy");
            await greedy.Peer.SendAsync(FrameType.Hello, RawPeer.HelloOf(_realm.Anchor.LogId));
            await greedy.Peer.ReadAsync(FrameType.Drain, Drain.Parser);
            Assert.Null(await greedy.Peer.ReadAsync()); // and its connection is ended: it holds none
        }

        // Then it was never let in and nothing of it is left, and whoever is served goes on being served
        Assert.Equal((1, Tries), (hub.Hub.Counts.Connected, hub.Hub.Counts.Refusals(PeerRefusal.Shed)));
        Assert.Equal(1, hub.Hub.SubscriberCount);
        _realm.Put(Shop, ("k0", "new"));
        await replica.NextAsync();
    }

    [Fact]
    public async Task Followers_of_a_full_parent_come_back_no_earlier_than_each_was_told()
    {
        // Given a full hub, and forty followers that have no other parent
        const int Followers = 40;
        await using var hub = Hub(new() { ServerId = "h", ServerRole = "relay", SubscribersMax = 1 });
        await using var served = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId, "served");
        await using var network = new MemoryNetwork();
        var tries = new List<(string Id, TimeSpan At, TimeSpan NotBefore)>();
        var began = _clock.GetTimestamp();
        network.Listen(Parent, async (link, token) =>
        {
            await using var connection = link.Server;
            var at = _clock.GetElapsedTime(began);
            await hub.Hub.AcceptAsync(connection, new PeerIdentity("local", PeerKind.Local), token);
            var id = Hello.Parser.ParseFrom(link.Upward.Frames.First(frame => frame.Type == FrameType.Hello).Message).Instance.Id;
            var told = Drain.Parser.ParseFrom(link.Downward.Frames.First(frame => frame.Type == FrameType.Drain).Message).NotBeforeMs;
            lock (tries) tries.Add((id, at, at + TimeSpan.FromMilliseconds(told)));
        });
        var rigs = Enumerable.Range(0, Followers).Select(i => new FollowerRig(_realm.Anchor, network, _clock, [Parent], id: $"i{i}").Start(Shop)).ToList();
        await Eventually.HoldsAsync(() => Count() == Followers, "all were sent away");

        // When a minute passes
        await _clock.AdvanceInStepsAsync(TimeSpan.FromMinutes(1));
        foreach (var rig in rigs) await rig.DisposeAsync();

        // Then each came back, and never before it was told
        lock (tries)
        {
            foreach (var own in tries.GroupBy(one => one.Id).Select(group => group.OrderBy(one => one.At).ToList()))
            {
                Assert.InRange(own.Count, 2, 60);
                Assert.All(own.Zip(own.Skip(1)), pair => Assert.True(pair.Second.At >= pair.First.NotBefore, $"{pair.First.Id} came back at {pair.Second.At}, told {pair.First.NotBefore}"));
            }
            Assert.Equal(Followers, tries.Select(one => one.Id).Distinct().Count());
        }

        int Count()
        {
            lock (tries) return tries.Count;
        }
    }

    public void Dispose() => _realm.Dispose();

    private HubRig Hub(FanOutOptions options) => new(_realm, _realm.Anchor, _clock, options);
}
