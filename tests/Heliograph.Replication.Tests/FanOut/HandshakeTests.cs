// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Counting;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.FanOut;

/// <summary>Who gets in, and what ends a stream.</summary>
public sealed class HandshakeTests : IAsyncDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");

    private readonly FakeTimeProvider _clock = new();
    private readonly TestRealm _realm;
    private readonly HubRig _hub;

    public HandshakeTests()
    {
        _realm = new TestRealm(_clock);
        _realm.Put(Shop, ("a", "1"));
        _hub = new HubRig(_realm, _realm.Anchor, _clock, new FanOutOptions { ServerId = "relay-7", ServerRole = "relay", SubscribersMax = 2 });
    }

    [Fact]
    public async Task A_hello_is_answered_with_a_welcome_and_the_newest_head()
    {
        await using var subscriber = RawSubscriber.Connect(_hub.Hub);

        var welcome = await subscriber.Peer.HelloAsync(_realm.Anchor.LogId);

        Assert.Equal((1u, "relay-7", "relay", 10u), (welcome.Protocol, welcome.ServerId, welcome.ServerRole, welcome.HeartbeatSeconds));
        Assert.Equal(_realm.Anchor.LogId.ToArray(), welcome.LogId.ToByteArray());
        var freshness = await subscriber.Peer.ReadAsync(FrameType.Freshness, Freshness.Parser);
        Assert.Equal(_realm.NewestHead!.Bytes.ToArray(), freshness.SignedHead.ToByteArray());
        Assert.Equal(2, _hub.Hub.Counts.Frames);
        Assert.True(_hub.Hub.Counts.Bytes > _realm.NewestHead!.Bytes.Length + welcome.CalculateSize());
    }

    [Fact]
    public async Task A_version_that_is_not_spoken_is_refused_with_the_reason() =>
        await RefusedAsync("protocol", hello => (hello.ProtocolMin, hello.ProtocolMax) = (2, 9));

    [Fact]
    public async Task A_follower_of_another_log_is_refused_with_the_reason() =>
        await RefusedAsync("wrong_log", hello => hello.LogId = ByteString.CopyFrom(new byte[32]));

    [Fact]
    public async Task A_follower_without_a_log_is_refused() => await RefusedAsync("wrong_log", hello => hello.LogId = ByteString.Empty);

    [Fact]
    public async Task Nobody_is_refused_with_the_reason()
    {
        _hub.IsClosed = true;

        await RefusedAsync("not_authorized", hello => { });
    }

    [Fact]
    public async Task A_silent_connection_is_ended_at_the_hello_deadline()
    {
        await using var subscriber = RawSubscriber.Connect(_hub.Hub);
        await Eventually.SettleAsync();

        await _clock.AdvanceUntilAsync(() => subscriber.Serving.IsCompleted, TimeSpan.FromSeconds(11), "the end");

        Assert.True(subscriber.Serving.IsCompletedSuccessfully);
        Assert.Equal(0, _hub.Hub.SubscriberCount);
    }

    [Fact]
    public async Task A_first_frame_that_is_no_hello_ends_the_stream()
    {
        await using var subscriber = RawSubscriber.Connect(_hub.Hub);
        await subscriber.Peer.SubscribeAsync(Shop);

        await subscriber.Serving;
    }

    [Fact]
    public async Task A_second_hello_ends_the_stream()
    {
        await using var subscriber = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId);
        await subscriber.Peer.SendAsync(FrameType.Hello, RawPeer.HelloOf(_realm.Anchor.LogId));

        await subscriber.Serving;
        Assert.Equal(0, _hub.Hub.SubscriberCount);
    }

    [Theory]
    [InlineData("00000000")] // no type
    [InlineData("7FFFFFFF02")] // 2 GiB
    [InlineData("0001000102")] // one byte more than a client may send
    [InlineData("0000000302FFFF")] // a subscribe that is no message
    [InlineData("000000060201020A0141")] // cut inside
    [InlineData("0000000602" + "0A030A0141")] // a namespace 'A'
    [InlineData("0000000603" + "0A032E2E2E")] // unsubscribe '...'
    [InlineData("0000000504" + "FFFFFFFF")] // a status that is no message
    public async Task Malformed_frames_end_the_stream_and_harm_no_one_else(string hex)
    {
        await using var bystander = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, "bystander");
        await bystander.Peer.SubscribeAsync(Shop);
        await using var subscriber = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId);

        await subscriber.Peer.SendBytesAsync(Convert.FromHexString(hex));
        await subscriber.Serving;

        using var replica = new RawReplica(bystander.Peer, Shop, _realm.Anchor, _clock);
        await replica.NextAsync();
        await replica.ReachAsync(_realm.Put(Shop, ("a", "2")).Revision);
        Assert.Equal(1, _hub.Hub.SubscriberCount);
    }

    [Fact]
    public async Task Frames_of_a_later_version_are_passed_over()
    {
        await using var subscriber = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId);

        await subscriber.Peer.SendBytesAsync([0, 0, 0, 3, 77, 1, 2]);
        await subscriber.Peer.SubscribeAsync(Shop);

        await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);
    }

    [Fact]
    public async Task One_subscriber_too_many_is_asked_to_go_elsewhere()
    {
        await using var first = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, "first");
        await using var second = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, "second");
        await using var third = RawSubscriber.Connect(_hub.Hub);

        await third.Peer.SendAsync(FrameType.Hello, RawPeer.HelloOf(_realm.Anchor.LogId));

        var drain = await third.Peer.ReadAsync(FrameType.Drain, Drain.Parser);
        Assert.InRange(drain.NotBeforeMs, 0u, 10_000u);
        Assert.Equal((2, 1), (_hub.Hub.Counts.Connected, _hub.Hub.Counts.Refusals(PeerRefusal.Shed)));
        Assert.Null(await third.Peer.ReadAsync());
    }

    [Fact]
    public async Task A_draining_hub_sends_everyone_away_spread_over_the_window_and_takes_no_one()
    {
        await using var first = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, "first");
        await using var second = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, "second");

        _hub.Hub.Drain("restart", TimeSpan.FromSeconds(30));

        var (one, other) = (await first.Peer.ReadAsync(FrameType.Drain, Drain.Parser), await second.Peer.ReadAsync(FrameType.Drain, Drain.Parser));
        Assert.NotEqual(one.NotBeforeMs, other.NotBeforeMs);
        Assert.All([one, other], drain => Assert.InRange(drain.NotBeforeMs, 0u, 30_000u));
        await first.DisposeAsync();
        await using var late = RawSubscriber.Connect(_hub.Hub);
        await late.Peer.SendAsync(FrameType.Hello, RawPeer.HelloOf(_realm.Anchor.LogId));
        await late.Peer.ReadAsync(FrameType.Drain, Drain.Parser);
    }

    private async Task RefusedAsync(string code, Action<Hello> alter)
    {
        await using var subscriber = RawSubscriber.Connect(_hub.Hub);
        var hello = RawPeer.HelloOf(_realm.Anchor.LogId);
        alter(hello);

        await subscriber.Peer.SendAsync(FrameType.Hello, hello);

        var refused = await subscriber.Peer.ReadAsync(FrameType.Refused, Refused.Parser);
        Assert.Equal((code, ""), (refused.Code, refused.Namespace));
        Assert.Equal(code, Assert.Single(Enum.GetValues<PeerRefusal>(), reason => _hub.Hub.Counts.Refusals(reason) == 1) switch { PeerRefusal.Protocol => "protocol", PeerRefusal.WrongLog => "wrong_log", PeerRefusal.NotAuthorized => "not_authorized", var other => other.ToString() });
        Assert.NotEmpty(refused.Detail);
        Assert.Null(await subscriber.Peer.ReadAsync()); // and the stream ends
        Assert.Equal(0, _hub.Hub.SubscriberCount);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _realm.Dispose();
    }
}
