// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Pki;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Tests.Support;

namespace Heliograph.Hosting.Tests.Sync;

public sealed class GrpcEnvelopeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_frames_reach_the_same_acceptor_over_each_envelope()
    {
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0", "tcp://127.0.0.1:0", "grpc+tcp://127.0.0.1:0");
        using var agent = tier.Authority.Issue(SpiffeId.Agent("shop", "host-1"));
        var hello = Frame.Encode(FrameType.Hello, new Hello { ProtocolMin = 1, ProtocolMax = 1, Instance = new() { Id = "i1" } });
        var welcome = Frame.Encode(FrameType.Welcome, new Welcome { Protocol = 1, ServerId = "r1" });
        string[] addresses = [tier.Tls, tier.Grpc, tier.Endpoints.Of(ListenProtocol.Sync).ToString(), tier.Endpoints.Of(ListenProtocol.Grpc).ToString()];
        foreach (var address in addresses)
        {
            await using var connection = await tier.DialAsync(address, agent);
            var accepted = await tier.Acceptor.NextAsync();
            await connection.WriteAsync(hello, Cancel);
            Assert.Equal(hello, await accepted.Connection.ReadExactlyAsync(hello.Length));
            await accepted.Connection.WriteAsync(welcome, Cancel);
            Assert.Equal(welcome, await connection.ReadExactlyAsync(welcome.Length));
            Assert.Equal(address.Contains("+tcp", StringComparison.Ordinal) || address.StartsWith("tcp", StringComparison.Ordinal) ? "local" : "spiffe://shop/agent/host-1", accepted.Peer.Subject);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Frames_of_every_size_and_slicing_arrive_as_they_were(bool upward)
    {
        // Given the largest frame, the smallest, and many between
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        await using var connection = await tier.DialAsync(tier.Endpoints.All[0].ToString());
        var accepted = await tier.Acceptor.NextAsync();
        var (from, to) = upward ? (connection, accepted.Connection) : (accepted.Connection, connection);
        var random = new Random(7);
        using var stream = new MemoryStream();
        foreach (var size in new[] { 0, 1, 5, 1_023, 16_384, 70_000, Frame.MessageBytesMax, 3 }) stream.Write(RawFrame(random, size));
        var bytes = stream.ToArray();

        // When they are written in slices that heed no frame's end
        var writing = Task.Run(async () =>
        {
            for (var at = 0; at < bytes.Length;)
            {
                var count = Math.Min(random.Next(1, 16 << 10), bytes.Length - at);
                await from.WriteAsync(bytes.AsMemory(at, count), Cancel);
                at += count;
            }
        }, Cancel);
        var read = await to.ReadExactlyAsync(bytes.Length);
        await writing;

        // Then
        Assert.True(bytes.AsSpan().SequenceEqual(read));
    }

    [Fact]
    public async Task Several_whole_frames_in_one_write_and_the_beginning_of_the_next_are_told_apart()
    {
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        using var channel = Channel(tier);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, null, new CallOptions(cancellationToken: Cancel));
        var accepted = await tier.Acceptor.NextAsync();
        byte[] frames = [.. RawFrame(new(1), 10), .. RawFrame(new(2), 0), .. RawFrame(new(3), 20)];
        await accepted.Connection.WriteAsync(frames.AsMemory(..^5), Cancel);
        await accepted.Connection.WriteAsync(frames.AsMemory(^5..), Cancel);
        foreach (var size in new[] { 10, 0, 20 })
        {
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
            Assert.Equal((19u, size), (call.ResponseStream.Current.Type, call.ResponseStream.Current.Message.Length));
        }
    }

    [Theory]
    [InlineData(0u, 1, StatusCode.InvalidArgument)]
    [InlineData(256u, 1, StatusCode.InvalidArgument)]
    [InlineData(1u, Frame.MessageBytesMax + 1, StatusCode.ResourceExhausted)]
    [InlineData(1u, 4 << 20, StatusCode.ResourceExhausted)]
    public async Task An_envelope_that_holds_no_frame_ends_the_call_and_the_status_says_why(uint type, int size, StatusCode expected)
    {
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        using var channel = Channel(tier);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, null, new CallOptions(cancellationToken: Cancel));
        var accepted = await tier.Acceptor.NextAsync();
        var writing = call.RequestStream.WriteAsync(new Envelope { Type = type, Message = ByteString.CopyFrom(new byte[size]) }, Cancel);
        await Assert.ThrowsAnyAsync<IOException>(async () => await accepted.Connection.ReadAsync(new byte[16], Cancel));
        accepted.Done.SetResult();
        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel));
        Assert.Equal(expected, end.StatusCode);
        await Record.ExceptionAsync(() => writing); // a large one is not taken whole
    }

    [Fact]
    public async Task A_follower_that_ends_or_breaks_its_call_is_seen()
    {
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        using var channel = Channel(tier);
        using (var ending = channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, null, new CallOptions(cancellationToken: Cancel)))
        {
            var accepted = await tier.Acceptor.NextAsync();
            await ending.RequestStream.CompleteAsync();
            Assert.Equal(0, await accepted.Connection.ReadAsync(new byte[1], Cancel));
            accepted.Done.SetResult();
        }
        await using var connection = await tier.DialAsync(tier.Endpoints.All[0].ToString());
        var broken = await tier.Acceptor.NextAsync();
        var reading = broken.Connection.ReadAsync(new byte[1], Cancel).AsTask();
        connection.Abort();
        await Assert.ThrowsAnyAsync<IOException>(() => reading);
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.ReadAsync(new byte[1], Cancel));
    }

    [Fact]
    public async Task A_server_that_aborts_or_finishes_ends_the_followers_read()
    {
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        await using var finished = await tier.DialAsync(tier.Endpoints.All[0].ToString());
        (await tier.Acceptor.NextAsync()).Done.SetResult();
        Assert.Equal(0, await finished.ReadAsync(new byte[1], Cancel));
        await using var aborted = await tier.DialAsync(tier.Endpoints.All[0].ToString());
        var reading = aborted.ReadAsync(new byte[1], Cancel).AsTask();
        (await tier.Acceptor.NextAsync()).Connection.Abort();
        await tier.Time.AdvanceUntilAsync(() => reading.IsCompleted, TimeSpan.FromMinutes(1), "the acceptor did not end, and the call was reset");
        await Assert.ThrowsAnyAsync<IOException>(() => reading);
    }

    [Fact]
    public async Task A_read_that_is_given_up_is_a_cancellation_on_both_sides_and_not_a_fault_of_the_peer()
    {
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        await using var connection = await tier.DialAsync(tier.Endpoints.All[0].ToString());
        var accepted = await tier.Acceptor.NextAsync();
        foreach (var side in new[] { accepted.Connection, connection })
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var reading = side.ReadAsync(new byte[1], patience.Token).AsTask();
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }
    }

    [Fact]
    public async Task A_connection_that_outlives_its_call_reaches_into_no_other()
    {
        // Given a call that has ended, and another on the same HTTP/2 connection, which may have got its pipes
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        using var channel = Channel(tier);
        using var ended = channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, null, new CallOptions(cancellationToken: Cancel));
        var old = await tier.Acceptor.NextAsync();
        await ended.RequestStream.CompleteAsync();
        old.Done.SetResult();
        Assert.False(await ended.ResponseStream.MoveNext(Cancel));
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, null, new CallOptions(cancellationToken: Cancel));
        var accepted = await tier.Acceptor.NextAsync();
        var reading = accepted.Connection.ReadExactlyAsync(Frame.HeaderBytes + 1);

        // When someone still writes to the first, and aborts it
        await Assert.ThrowsAnyAsync<IOException>(async () => await old.Connection.WriteAsync(RawFrame(new(1), 10), Cancel));
        old.Connection.Abort();

        // Then the other goes on, both ways
        await accepted.Connection.WriteAsync(RawFrame(new(2), 3), Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        Assert.Equal(3, call.ResponseStream.Current.Message.Length);
        await call.RequestStream.WriteAsync(new Envelope { Type = 2, Message = ByteString.CopyFromUtf8("u") }, Cancel);
        Assert.Equal([0, 0, 0, 2, 2, (byte)'u'], await reading);
    }

    [Theory]
    [InlineData("grpc+tcp://10.0.0.1:80")]
    [InlineData("grpc://localhost")]
    [InlineData("grpc://user:secret@localhost:80")]
    public async Task What_may_not_be_dialled_is_refused_before_any_connection(string address)
    {
        await using var tier = new TestTier();
        var failure = await Assert.ThrowsAsync<IOException>(async () => await tier.DialAsync(address));
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_is_an_IOException()
    {
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        var address = tier.Endpoints.All[0].ToString();
        await tier.StopAsync();
        await Assert.ThrowsAsync<IOException>(async () => await tier.DialAsync(address));
    }

    private static GrpcChannel Channel(TestTier tier) => GrpcChannel.ForAddress($"http://{tier.Endpoints.All[0].Address}");

    private static byte[] RawFrame(Random random, int size)
    {
        var bytes = new byte[Frame.HeaderBytes + size];
        random.NextBytes(bytes);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, size + 1);
        bytes[4] = (byte)FrameType.Freshness;
        return bytes;
    }
}
