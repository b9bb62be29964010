// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using CsCheck;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Xunit;

namespace Heliograph.Replication.Tests.Protocol;

public sealed class FrameDecoderTests
{
    private static readonly Gen<(byte Type, byte[] Message)[]> Frames =
        Gen.Select(Gen.Byte, Gen.OneOf(Gen.Byte.Array[0, 20], Gen.Byte.Array[1_000, 1_100], Gen.Byte.Array[5_000, 9_000])).Array[1, 8];

    [Fact]
    public void Frames_come_out_as_they_went_in_however_the_stream_is_cut() => Gen.Select(Frames, Gen.Int[1, 3_000].Array[1, 20]).Sample((frames, cuts) =>
    {
        var stream = frames.SelectMany(frame => Bytes(frame.Type, frame.Message)).ToArray();
        var decoder = new FrameDecoder();
        var read = new List<(byte, byte[])>();

        for (var (at, turn) = (0, 0); at < stream.Length; turn++)
        {
            at += Fill(decoder, stream.AsSpan(at), cuts[turn % cuts.Length]);
            while (decoder.TryRead(out var type, out var message)) read.Add(((byte)type, message.ToArray()));
        }

        Assert.Equal(frames.Select(frame => (frame.Type, Convert.ToHexString(frame.Message))), read.Select(frame => (frame.Item1, Convert.ToHexString(frame.Item2))));
    });

    [Fact]
    public void Frames_fed_byte_by_byte_come_out_whole()
    {
        byte[] stream = [.. Bytes(17, new byte[300]), .. Bytes(19, []), .. Bytes(200, [7])];
        var decoder = new FrameDecoder();
        var read = new List<int>();

        for (var at = 0; at < stream.Length; at++)
        {
            Fill(decoder, stream.AsSpan(at), 1);
            while (decoder.TryRead(out _, out var message)) read.Add(message.Length);
        }

        Assert.Equal([300, 0, 1], read);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(101u)]
    [InlineData(0x8000_0000u)]
    [InlineData(uint.MaxValue)]
    public void A_length_of_zero_or_over_the_limit_ends_the_stream(uint length)
    {
        var decoder = new FrameDecoder(frameBytesMax: 100);
        var header = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(header, length);
        Fill(decoder, header, 4);

        Assert.Throws<ProtocolException>(() => decoder.TryRead(out _, out _));
        Assert.Throws<ProtocolException>(() => decoder.GetBuffer()); // not read further, and nothing reserved for it
    }

    [Fact]
    public void A_frame_of_the_largest_size_passes()
    {
        var decoder = new FrameDecoder();
        var frame = Frame.Encode(FrameType.UpdateChunk, Chunk(Frame.MessageBytesMax));
        Assert.Equal(sizeof(uint) + Limits.FrameBytesMax, frame.Length);

        for (var at = 0; at < frame.Length;) at += Fill(decoder, frame.AsSpan(at), 60_000);

        Assert.True(decoder.TryRead(out _, out var message));
        Assert.Equal(Frame.MessageBytesMax, message.Length);
    }

    [Fact]
    public void A_message_over_the_limit_is_not_encoded() => Assert.Throws<ArgumentException>(() => Frame.Encode(FrameType.UpdateChunk, Chunk(Frame.MessageBytesMax + 1)));

    [Fact]
    public void Random_bytes_give_frames_or_a_protocol_exception_within_bounded_memory() => Gen.Byte.Array[0, 4_000].Sample(bytes =>
    {
        const int FrameBytesMax = 2_000;
        var decoder = new FrameDecoder(FrameBytesMax);
        try
        {
            for (var at = 0; at < bytes.Length;)
            {
                at += Fill(decoder, bytes.AsSpan(at), 500);
                while (decoder.TryRead(out _, out var message)) Assert.InRange(message.Length, 0, FrameBytesMax - 1);
                Assert.InRange(decoder.GetBuffer().Length, 1, 2 * FrameBytesMax);
            }
        }
        catch (ProtocolException)
        {
            // the one way to fail
        }
    });

    [Fact]
    public void An_idle_decoder_gives_the_room_of_a_large_frame_back()
    {
        var decoder = new FrameDecoder();
        var frame = Bytes(18, new byte[500_000]);
        for (var at = 0; at < frame.Length;) at += Fill(decoder, frame.AsSpan(at), 16_384);
        Assert.True(decoder.TryRead(out _, out _));

        Assert.InRange(decoder.GetBuffer().Length, 1, 1_024);
    }

    [Fact]
    public void More_than_was_offered_cannot_be_claimed()
    {
        var decoder = new FrameDecoder();
        var room = decoder.GetBuffer().Length;

        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Advance(room + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Advance(-1));
    }

    private static UpdateChunk Chunk(int messageBytes)
    {
        var chunk = new UpdateChunk { Records = ByteString.CopyFrom(new byte[messageBytes - 10]) };
        chunk.Records = ByteString.CopyFrom(new byte[messageBytes - 10 + messageBytes - chunk.CalculateSize()]);
        Assert.Equal(messageBytes, chunk.CalculateSize());
        return chunk;
    }

    private static byte[] Bytes(byte type, byte[] message)
    {
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)message.Length + 1);
        frame[4] = type;
        message.CopyTo(frame, 5);
        return frame;
    }

    private static int Fill(FrameDecoder decoder, ReadOnlySpan<byte> bytes, int atMost)
    {
        var buffer = decoder.GetBuffer().Span;
        var count = Math.Min(Math.Min(bytes.Length, atMost), buffer.Length);
        bytes[..count].CopyTo(buffer);
        decoder.Advance(count);
        return count;
    }
}
