// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Heliograph.Hosting.Tests.Sync;

/// <summary>The hub behind real listeners: a subscriber over gRPC is served as one over the native envelope.</summary>
public sealed class GrpcHubTests : IAsyncDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");

    private readonly TestTier _tier = new();
    private readonly TestRealm _realm;
    private readonly HubRig _hub;

    public GrpcHubTests()
    {
        _realm = new TestRealm(_tier.Time);
        _hub = new HubRig(_realm, _realm.Anchor, _tier.Time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(400)] // half a megabyte: a snapshot in chunks, each written in slices
    public async Task Subscribers_of_both_envelopes_on_one_port_get_equal_bytes_that_were_encoded_once(int settings)
    {
        // Given a native and a gRPC subscriber on one TLS port
        await StartAsync("tls://127.0.0.1:0");
        _realm.Put(Shop, [.. Enumerable.Range(0, settings).Select(i => ($"key{i}", (string?)new string('v', 1_300)))]);
        using var agent = _tier.Authority.Issue(Platform.Pki.SpiffeId.Agent("shop", "host-1"));
        await using var overNative = await _tier.DialAsync(_tier.Tls, agent);
        await using var overGrpc = await _tier.DialAsync(_tier.Grpc, agent);
        var (native, grpc) = (new RawPeer(overNative), new RawPeer(overGrpc));
        foreach (var (peer, id) in new[] { (native, "native"), (grpc, "grpc") })
        {
            await peer.HelloAsync(_realm.Anchor.LogId, id);
            await peer.SubscribeAsync(Shop);
        }
        var (first, firstOverGrpc) = (await UpdateAsync(native), await UpdateAsync(grpc));

        // When a setting changes
        _realm.Put(Shop, ("key0", "new"));
        var (second, secondOverGrpc) = (await UpdateAsync(native), await UpdateAsync(grpc));

        // Then both got the same frames, and each was encoded once
        Assert.Equal(first, firstOverGrpc);
        Assert.Equal(second, secondOverGrpc);
        Assert.InRange(first.Sum(frame => frame.Length), settings * 1_300, settings * 1_300 + 50_000);
        Assert.Equal(settings > 50, first.Count > 1);
        Assert.Equal(2, _hub.Hub.Encodings);
        Assert.Equal(2, _hub.Hub.SubscriberCount);
    }

    [Fact]
    public async Task A_client_that_sends_more_than_a_client_may_is_cut_off_before_its_message_is_taken()
    {
        await StartAsync("grpc+tcp://127.0.0.1:0");
        using var channel = Channel();
        using var call = Call(channel);
        await call.RequestStream.WriteAsync(Hello(), Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        var writing = call.RequestStream.WriteAsync(new Envelope { Type = (uint)FrameType.Status, Message = ByteString.CopyFrom(new byte[70 << 10]) }, Cancel);
        Assert.Equal(StatusCode.Aborted, await EndAsync(call));
        await Record.ExceptionAsync(() => writing);
        await Eventually.HoldsAsync(() => _hub.Hub.SubscriberCount == 0, "the subscriber has left");
    }

    [Fact]
    public async Task A_peer_that_is_refused_is_told_by_a_frame_and_by_the_status()
    {
        _hub.IsClosed = true;
        await StartAsync("grpc+tcp://127.0.0.1:0");
        using var channel = Channel();
        using var call = Call(channel);
        await call.RequestStream.WriteAsync(Hello(), Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        Assert.Equal("not_authorized", Refused.Parser.ParseFrom(call.ResponseStream.Current.Message).Code);
        Assert.Equal(StatusCode.Unauthenticated, await EndAsync(call));

        _hub.IsClosed = false;
        using var other = Call(channel);
        await other.RequestStream.WriteAsync(Hello(Hash256.Zero), Cancel);
        Assert.True(await other.ResponseStream.MoveNext(Cancel));
        Assert.Equal("wrong_log", Refused.Parser.ParseFrom(other.ResponseStream.Current.Message).Code);
        Assert.Equal(StatusCode.FailedPrecondition, await EndAsync(other));
    }

    [Theory]
    [InlineData("Bearer one", "", true)]
    [InlineData("bearer one", "one", true)]
    [InlineData("Bearer one", "two", false)]
    [InlineData("Basic one", "", false)]
    [InlineData("Bearer ", "", false)]
    public async Task A_token_in_the_metadata_stands_in_the_hello_and_two_that_differ_are_none(string authorization, string inHello, bool isTaken)
    {
        await _tier.StartAsync("grpc+tcp://127.0.0.1:0"); // the scripted acceptor sees what a hub would
        using var channel = Channel();
        using var call = Call(channel, new Metadata { { "authorization", authorization } });
        var hello = new Hello { ProtocolMin = 1, ProtocolMax = 1, BearerToken = ByteString.CopyFromUtf8(inHello), Instance = new() { Id = "i1" } };
        await Record.ExceptionAsync(() => call.RequestStream.WriteAsync(new Envelope { Type = 1, Message = hello.ToByteString() }, Cancel));
        if (!isTaken)
        {
            if (inHello.Length > 0)
            {
                var accepted = await _tier.Acceptor.NextAsync();
                await Assert.ThrowsAnyAsync<IOException>(async () => await accepted.Connection.ReadAsync(new byte[1], Cancel));
                accepted.Done.SetResult();
            }
            Assert.Equal(StatusCode.Unauthenticated, await EndAsync(call));
            return;
        }
        var peer = new RawPeer((await _tier.Acceptor.NextAsync()).Connection);
        hello.BearerToken = ByteString.CopyFromUtf8("one");
        Assert.Equal(hello, await peer.ReadAsync(FrameType.Hello, Protocol.Wire.Hello.Parser));
        await call.RequestStream.WriteAsync(new Envelope { Type = 3, Message = ByteString.CopyFromUtf8("") }, Cancel);
        Assert.Equal(FrameType.Unsubscribe, (await peer.ReadAsync())!.Value.Type); // what follows the hello goes through as it is
    }

    [Fact]
    public async Task A_server_that_drains_says_so_on_every_call_and_its_stopping_ends_them()
    {
        // Given two calls on one connection
        await StartAsync("grpc+tcp://127.0.0.1:0");
        using var channel = Channel();
        using var first = Call(channel);
        using var second = Call(channel);
        foreach (var call in new[] { first, second })
        {
            await call.RequestStream.WriteAsync(Hello(), Cancel);
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
        }

        // When it drains, then each is asked to go, and a newcomer is turned away
        _hub.Hub.Drain("a newer build comes", TimeSpan.FromSeconds(2));
        foreach (var call in new[] { first, second })
        {
            do Assert.True(await call.ResponseStream.MoveNext(Cancel));
            while (call.ResponseStream.Current.Type != (uint)FrameType.Drain);
            var drain = Drain.Parser.ParseFrom(call.ResponseStream.Current.Message);
            Assert.Equal("a newer build comes", drain.Reason);
            Assert.InRange(drain.NotBeforeMs, 0u, 2_000u);
        }
        using var late = Call(channel);
        await late.RequestStream.WriteAsync(Hello(), Cancel);
        Assert.True(await late.ResponseStream.MoveNext(Cancel));
        Assert.Equal((uint)FrameType.Drain, late.ResponseStream.Current.Type);
        Assert.Equal(StatusCode.Unavailable, await EndAsync(late));

        // And when it stops, then whoever stayed is told, and nobody has to be waited for
        var stopping = _tier.StopAsync();
        Assert.Equal(StatusCode.Unavailable, await EndAsync(first));
        Assert.Equal(StatusCode.Unavailable, await EndAsync(second));
        await stopping;
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_holds_one_slice_and_is_cut_off()
    {
        // Given a snapshot of 8 MiB, and a subscriber over gRPC that reads none of it
        _realm.Put(Shop, [.. Enumerable.Range(0, 64).Select(i => ($"key{i}", (string?)new string('v', 128 << 10)))]);
        await StartAsync("grpc+tcp://127.0.0.1:0");
        using var channel = Channel();
        using var call = Call(channel);
        await call.RequestStream.WriteAsync(Hello(), Cancel);
        await call.RequestStream.WriteAsync(new Envelope { Type = (uint)FrameType.Subscribe, Message = new Subscribe { Subscriptions = { new Subscription { Namespace = Shop.Value } } }.ToByteString() }, Cancel);
        await Eventually.HoldsAsync(() => _hub.Hub.WaitingBytesMax > 0, "a write waits for the subscriber");
        Assert.InRange(_hub.Hub.WaitingBytesMax, 1, 64 << 10);

        // When the write deadline has passed
        await _tier.Time.AdvanceUntilAsync(() => _hub.Hub.SubscriberCount == 0, TimeSpan.FromMinutes(10), "it was cut off");

        // Then the call has ended at its side as well
        var reading = EndAsync(call);
        await _tier.Time.AdvanceUntilAsync(() => reading.IsCompleted, TimeSpan.FromMinutes(1), "its call was reset");
        Assert.NotEqual(StatusCode.OK, await reading);
    }

    private async Task StartAsync(string endpoint) => await _tier.StartAsync(null, services => services.AddSingleton<ISyncAcceptor>(_hub.Hub), null, endpoint);

    private GrpcChannel Channel() => GrpcChannel.ForAddress($"http://{_tier.Endpoints.Of(ListenProtocol.Grpc).Address}");

    private static AsyncDuplexStreamingCall<Envelope, Envelope> Call(GrpcChannel channel, Metadata? metadata = null) =>
        channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, null, new CallOptions(metadata, cancellationToken: Cancel));

    private Envelope Hello(Hash256? logId = null) => new() { Type = (uint)FrameType.Hello, Message = RawPeer.HelloOf(logId ?? _realm.Anchor.LogId).ToByteString() };

    /// <summary>Reads to the end and gives the status.</summary>
    private static async Task<StatusCode> EndAsync(AsyncDuplexStreamingCall<Envelope, Envelope> call)
    {
        try
        {
            while (await call.ResponseStream.MoveNext(Cancel)) { }
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }

    /// <summary>The frames of the next update.</summary>
    private static async Task<List<byte[]>> UpdateAsync(RawPeer peer)
    {
        var frames = new List<byte[]>();
        long announced = -1, come = 0;
        while (come != announced)
        {
            var (type, message) = (await peer.ReadAsync())!.Value;
            if (type == FrameType.Update) (announced, come) = ((long)Update.Parser.ParseFrom(message).StreamBytes, Update.Parser.ParseFrom(message).Records.Length);
            else if (type == FrameType.UpdateChunk) come += UpdateChunk.Parser.ParseFrom(message).Records.Length;
            else continue; // a head in between
            frames.Add(message);
        }
        return frames;
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _tier.DisposeAsync();
        _realm.Dispose();
    }
}
