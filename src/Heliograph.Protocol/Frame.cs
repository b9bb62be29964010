// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Google.Protobuf;

namespace Heliograph.Protocol;

/// <summary>A frame on the wire, big-endian: <c>u32 length after this field | u8 type | message</c>.</summary>
public static class Frame
{
    /// <summary>Bytes in front of the message.</summary>
    public const int HeaderBytes = sizeof(uint) + sizeof(byte);

    /// <summary>Largest message in a frame.</summary>
    public const int MessageBytesMax = Limits.FrameBytesMax - sizeof(byte);

    /// <summary>A whole frame in an array of its own: encoded once, written to everyone who wants it.</summary>
    /// <exception cref="ArgumentException">The message does not fit into a frame.</exception>
    public static byte[] Encode(FrameType type, IMessage message)
    {
        var size = message.CalculateSize();
        if (size > MessageBytesMax) throw new ArgumentException($"A {type} frame of {size} bytes is over the limit of {MessageBytesMax}.", nameof(message));
        var frame = new byte[HeaderBytes + size];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(size + sizeof(byte)));
        frame[sizeof(uint)] = (byte)type;
        message.WriteTo(frame.AsSpan(HeaderBytes));
        return frame;
    }
}
