// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Hosting.Tests.Sync;

/// <summary>What stands on the wire, seen without a gRPC library: what another language's implementation sends and gets.</summary>
public sealed class GrpcBytesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("00 00000000", StatusCode.InvalidArgument, "empty")]
    [InlineData("00 00000002 08 00", StatusCode.InvalidArgument, "type 0")]
    [InlineData("00 00000002 12 00", StatusCode.InvalidArgument, "no type")]
    [InlineData("00 00000005 12 01 61 08 01", StatusCode.InvalidArgument, "the message before the type")]
    [InlineData("00 00000007 08 01 12 01 61 18 01", StatusCode.InvalidArgument, "a third field")]
    [InlineData("00 00000004 08 01 12 05", StatusCode.InvalidArgument, "a message longer than its envelope")]
    [InlineData("00 00000006 08 01 12 01 61 61", StatusCode.InvalidArgument, "a message shorter than its envelope")]
    [InlineData("00 0000000c 08 ffffffffffffffffffff ff", StatusCode.InvalidArgument, "a number without end")]
    [InlineData("01 00000005 08 01 12 01 61", StatusCode.Unimplemented, "compressed")]
    [InlineData("00 7fffffff 08", StatusCode.ResourceExhausted, "2 GiB announced")]
    [InlineData("00 ffffffff 08", StatusCode.ResourceExhausted, "4 GiB announced")]
    [InlineData("00 00000005 08 01 12", StatusCode.InvalidArgument, "cut off in the header")]
    [InlineData("00 00000015 08 01 12 11 61", StatusCode.InvalidArgument, "cut off in the message")]
    public async Task Bytes_that_hold_no_frame_end_the_call_and_the_status_says_why(string hex, StatusCode expected, string what)
    {
        // Given an acceptor that reads to the end
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        var sending = SendAsync(tier, new ByteArrayContent(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));
        var accepted = await tier.Acceptor.NextAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => accepted.Connection.ReadExactlyAsync(100));
        accepted.Done.SetResult();

        // Then
        var (status, body) = await sending;
        Assert.True(expected == status, $"{what}: {status}");
        Assert.Empty(body);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public async Task Frames_cut_anywhere_on_their_way_arrive_as_they_were(int pieceBytes)
    {
        // Given frames of some sizes, as protobuf writes them
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0");
        Envelope[] envelopes = [.. new[] { 0, 1, 127, 128, 2_000 }.Select((size, i) => new Envelope { Type = i == 2 ? 200u : 3u, Message = ByteString.CopyFrom([.. Enumerable.Range(0, size).Select(n => (byte)n)]) })];
        byte[] sent = [.. envelopes.SelectMany(Prefixed)];

        // When they come in pieces
        var sending = SendAsync(tier, new InPieces(sent, pieceBytes));
        var accepted = await tier.Acceptor.NextAsync();
        foreach (var envelope in envelopes)
        {
            var frame = await accepted.Connection.ReadExactlyAsync(Frame.HeaderBytes + envelope.Message.Length);
            Assert.Equal(envelope.Message.Length + 1, BinaryPrimitives.ReadInt32BigEndian(frame));
            Assert.Equal(envelope.Type, frame[4]);
            Assert.Equal(envelope.Message.ToByteArray(), frame[Frame.HeaderBytes..]);
        }
        Assert.Equal(0, await accepted.Connection.ReadAsync(new byte[1], Cancel));

        // And when the same frames are written back in pieces, they are byte for byte what protobuf writes
        byte[] frames = [.. envelopes.SelectMany(envelope => NativeFrame((byte)envelope.Type, envelope.Message.Span))];
        for (var at = 0; at < frames.Length; at += pieceBytes) await accepted.Connection.WriteAsync(frames.AsMemory(at, Math.Min(pieceBytes, frames.Length - at)), Cancel);
        accepted.Done.SetResult();

        // Then
        var (status, body) = await sending;
        Assert.Equal(StatusCode.OK, status);
        Assert.Equal(sent, body);
    }

    [Fact]
    public async Task Another_service_or_method_is_not_there_and_HTTP1_does_not_reach_this_one()
    {
        await using var tier = await new TestTier().StartAsync("grpc+tcp://127.0.0.1:0", "http://127.0.0.1:0");
        using var client = Client(tier);
        foreach (var path in new[] { "/heliograph.sync.v1.Sync/Other", "/other.Service/Connect" })
        {
            using var response = await client.PostAsync(path, Typed(new ByteArrayContent([])), Cancel);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode); // which gRPC's clients read as unimplemented
        }
        using var http = tier.Http();
        using var refused = await http.PostAsync("/heliograph.sync.v1.Sync/Connect", Typed(new ByteArrayContent([])), Cancel);
        Assert.False(refused.IsSuccessStatusCode);
        Assert.True(tier.Acceptor.IsEmpty);
    }

    private static byte[] Prefixed(Envelope envelope)
    {
        var bytes = envelope.ToByteArray();
        byte[] prefix = new byte[5];
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), bytes.Length);
        return [.. prefix, .. bytes];
    }

    private static byte[] NativeFrame(byte type, ReadOnlySpan<byte> message)
    {
        byte[] frame = [0, 0, 0, 0, type, .. message];
        BinaryPrimitives.WriteInt32BigEndian(frame, message.Length + 1);
        return frame;
    }

    private static async Task<(StatusCode Status, byte[] Body)> SendAsync(TestTier tier, HttpContent content)
    {
        using var client = Client(tier);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/heliograph.sync.v1.Sync/Connect") { Content = Typed(content), Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        var body = await response.Content.ReadAsByteArrayAsync(Cancel);
        return ((StatusCode)int.Parse(response.TrailingHeaders.GetValues("grpc-status").Single(), System.Globalization.CultureInfo.InvariantCulture), body);
    }

    private static HttpClient Client(TestTier tier) => new()
    {
        BaseAddress = new($"http://{tier.Endpoints.All[0].Address}"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static HttpContent Typed(HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return content;
    }

    /// <summary>A body that is sent in pieces, each flushed.</summary>
    private sealed class InPieces(byte[] bytes, int pieceBytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var at = 0; at < bytes.Length; at += pieceBytes)
            {
                await stream.WriteAsync(bytes.AsMemory(at, Math.Min(pieceBytes, bytes.Length - at)), Cancel);
                await stream.FlushAsync(Cancel);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
