// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;

namespace Heliograph.Yardstick.Wires;

/// <summary>Encodes the few HTTP/2 frames that a client with one or two calls sends (RFC 9113), and headers without a table (RFC 7541, literal only).</summary>
internal static class Http2Frames
{
    public const byte Data = 0, Headers = 1, Settings = 4, Ping = 6, WindowUpdate = 8;
    public const byte EndStream = 1, EndHeaders = 4, Acknowledge = 1;
    public const int HeaderBytes = 9;

    /// <summary>What opens a connection: windows of nearly a gigabyte, so that none is ever refilled during a run. Slightly flattering to every HTTP/2 server.</summary>
    public static byte[] Preface { get; } =
    [
        .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
        .. Frame(Settings, 0, 0, [0, 4, 0x3f, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 0]), // INITIAL_WINDOW_SIZE, HEADER_TABLE_SIZE 0
        .. Frame(WindowUpdate, 0, 0, [0x3f, 0xff, 0, 0]),
    ];

    /// <summary>A frame.</summary>
    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> body)
    {
        var frame = new byte[HeaderBytes + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length << 8 | type);
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        body.CopyTo(frame.AsSpan(HeaderBytes));
        return frame;
    }

    /// <summary>The headers that open a gRPC call.</summary>
    public static byte[] OpenCall(int stream, string path, bool isTls)
    {
        using var block = new MemoryStream();
        block.Write([0x83, (byte)(isTls ? 0x87 : 0x86)]); // :method POST, :scheme
        block.WriteByte(0x04);
        Text(path);
        block.WriteByte(0x01);
        Text("localhost");
        block.Write([0x0f, 0x10]); // content-type
        Text("application/grpc");
        block.WriteByte(0);
        Text("te");
        Text("trailers");
        return Frame(Headers, EndHeaders, stream, block.ToArray());

        void Text(string text)
        {
            block.WriteByte((byte)text.Length);
            block.Write(Encoding.ASCII.GetBytes(text));
        }
    }

    /// <summary>A gRPC message in a frame.</summary>
    public static byte[] Message(int stream, ReadOnlySpan<byte> message, bool isLast)
    {
        var body = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body.AsSpan(5));
        return Frame(Data, isLast ? EndStream : (byte)0, stream, body);
    }

    /// <summary>A gRPC call with one message.</summary>
    public static byte[] Call(int stream, string path, ReadOnlySpan<byte> message, bool isLast, bool isTls) => [.. OpenCall(stream, path, isTls), .. Message(stream, message, isLast)];
}
