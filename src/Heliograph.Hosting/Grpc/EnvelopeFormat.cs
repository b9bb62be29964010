// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Hosting.Grpc;

/// <summary>
/// A frame on a gRPC stream:
/// <c>u8 0 (not compressed) | u32 length after this field | 08 | varint type | 12 | varint message length | message</c>; without the last three if the
/// message is empty. That is gRPC's length-prefixed message with an <c>Envelope</c> in it, whose fields stand in the order of their numbers and are all.
/// </summary>
/// <remarks>So a frame that was encoded once for the native envelope needs only another beginning, and travels on as it comes, in pieces of any size.</remarks>
internal static class EnvelopeFormat
{
    /// <summary>Bytes of gRPC's own prefix: the compressed flag and the length.</summary>
    public const int PrefixBytes = 1 + sizeof(uint);

    /// <summary>Most bytes of an envelope in front of the message: two tags, type, length.</summary>
    public const int HeaderBytesMax = 1 + VarIntBytesMax + 1 + VarIntBytesMax;

    /// <summary>Largest envelope: a frame's message and what is in front of it.</summary>
    public const int EnvelopeBytesMax = Limits.FrameBytesMax + HeaderBytesMax;

    private const byte TypeTag = 0x08, MessageTag = 0x12;
    private const int VarIntBytesMax = 5;

    /// <summary>Writes prefix and header of a frame, and gives the bytes they took: at most <see cref="PrefixBytes"/> and <see cref="HeaderBytesMax"/>.</summary>
    public static int WriteBeginning(Span<byte> destination, byte type, int messageBytes)
    {
        var at = PrefixBytes;
        destination[at++] = TypeTag;
        at += WriteVarInt(destination[at..], type);
        if (messageBytes > 0)
        {
            destination[at++] = MessageTag;
            at += WriteVarInt(destination[at..], (uint)messageBytes);
        }
        destination[0] = 0;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(destination[1..], at - PrefixBytes + messageBytes);
        return at;
    }

    /// <summary>Reads the header of an envelope of <paramref name="envelopeBytes"/>, of which the first bytes are at hand, as many as a header can have.</summary>
    /// <returns>The header's length; 0 if it is none.</returns>
    public static int ReadHeader(ReadOnlySpan<byte> source, int envelopeBytes, out uint type, out int messageBytes)
    {
        (type, messageBytes) = (0, 0);
        if (source.IsEmpty || source[0] != TypeTag) return 0;
        var at = 1;
        if (!TryReadVarInt(source, ref at, out type)) return 0;
        if (at == envelopeBytes) return at;
        if (at >= source.Length || source[at++] != MessageTag || !TryReadVarInt(source, ref at, out var length)) return 0;
        messageBytes = (int)Math.Min(length, int.MaxValue);
        return at + (long)length == envelopeBytes ? at : 0;
    }

    private static int WriteVarInt(Span<byte> destination, uint value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) destination[at++] = (byte)(value | 0x80);
        destination[at++] = (byte)value;
        return at;
    }

    private static bool TryReadVarInt(ReadOnlySpan<byte> source, ref int at, out uint value)
    {
        value = 0;
        for (var shift = 0; shift < 7 * VarIntBytesMax && at < source.Length; shift += 7)
        {
            var b = source[at++];
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80) return true;
        }
        return false;
    }
}
