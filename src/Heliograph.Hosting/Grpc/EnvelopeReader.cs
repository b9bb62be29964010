// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Hosting.Grpc;

/// <summary>Turns the messages of a gRPC stream into a stream of native frames, as they come: nothing is gathered, so that a peer costs here what it costs over the native envelope.</summary>
/// <remarks>Not thread-safe. Whether a frame is too long for its sender is for the acceptor to say, which sees its length before its message.</remarks>
/// <param name="input">The request's body.</param>
/// <param name="token">The call's API token, to stand in the hello, where the acceptor looks for it; <see langword="null"/> for none.</param>
internal sealed class EnvelopeReader(PipeReader input, byte[]? token)
{
    private const int HelloBytesMax = 64 << 10;

    private readonly byte[] _header = new byte[Frame.HeaderBytes];
    private byte[]? _token = token; // until the hello has come
    private ReadOnlyMemory<byte> _ready;
    private int _messageLeft;

    /// <summary>Reads the next bytes of the native stream, at least one; 0 at its end.</summary>
    /// <exception cref="CallFaultException">The peer sent something that is no frame, or broke off in the middle of one.</exception>
    /// <exception cref="IOException">The read was interrupted.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (_ready.IsEmpty)
        {
            var result = await input.ReadAsync(cancellationToken);
            if (result.IsCanceled) throw new IOException("The read was interrupted.");
            var (data, isEnd) = (result.Buffer, result.IsCompleted);
            if (_messageLeft > 0 && !data.IsEmpty) return TakeMessage(data, buffer.Span);
            var isBegun = _messageLeft == 0 && TryBegin(ref data);
            input.AdvanceTo(data.Start, isBegun ? data.Start : data.End);
            if (isBegun || !isEnd) continue;
            if (data.IsEmpty && _messageLeft == 0) return 0;
            throw new CallFaultException(StatusCode.InvalidArgument, "The stream ended in the middle of a message.");
        }
        var count = Math.Min(_ready.Length, buffer.Length);
        _ready[..count].CopyTo(buffer);
        _ready = _ready[count..];
        return count;
    }

    private int TakeMessage(in ReadOnlySequence<byte> data, Span<byte> buffer)
    {
        var count = (int)Math.Min(Math.Min(_messageLeft, buffer.Length), data.Length);
        var part = data.Slice(0, count);
        part.CopyTo(buffer);
        input.AdvanceTo(part.End); // from here on the part's segments may be another's
        _messageLeft -= count;
        return count;
    }

    /// <summary>Reads the beginning of a message, if enough of it has come, and moves behind it.</summary>
    private bool TryBegin(ref ReadOnlySequence<byte> data)
    {
        var reader = new SequenceReader<byte>(data);
        if (!reader.TryRead(out var compressed) || !reader.TryReadBigEndian(out int length)) return false;
        if (compressed != 0) throw new CallFaultException(StatusCode.Unimplemented, "Messages are not compressed here.");
        if ((uint)length > EnvelopeFormat.EnvelopeBytesMax) throw TooLarge();
        var header = (Span<byte>)stackalloc byte[Math.Min(length, EnvelopeFormat.HeaderBytesMax)];
        if (!reader.TryCopyTo(header)) return false;
        var headerBytes = EnvelopeFormat.ReadHeader(header, length, out var type, out var messageBytes);
        if (headerBytes == 0 || type is 0 or > byte.MaxValue) throw new CallFaultException(StatusCode.InvalidArgument, "A message came that is no frame: an Envelope holds a type from 1 to 255 and a message, in this order, and nothing else.");
        if (messageBytes > Frame.MessageBytesMax) throw TooLarge();
        var rest = data.Slice(EnvelopeFormat.PrefixBytes + headerBytes);
        if (_token is { } token)
        {
            if (messageBytes > HelloBytesMax) throw TooLarge();
            if (rest.Length < messageBytes) return false;
            (_token, _ready) = (null, WithToken((FrameType)type, rest.Slice(0, messageBytes), token));
            data = rest.Slice(messageBytes);
            return true;
        }
        BinaryPrimitives.WriteUInt32BigEndian(_header, (uint)messageBytes + sizeof(byte));
        _header[sizeof(uint)] = (byte)type;
        (_ready, _messageLeft, data) = (_header, messageBytes, rest);
        return true;
    }

    private static byte[] WithToken(FrameType type, in ReadOnlySequence<byte> message, byte[] token)
    {
        if (type != FrameType.Hello) throw new CallFaultException(StatusCode.InvalidArgument, $"The first frame was of type {(byte)type}, not a hello.");
        Hello hello;
        try
        {
            hello = Hello.Parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new CallFaultException(StatusCode.InvalidArgument, "The hello is malformed.");
        }
        if (!hello.BearerToken.IsEmpty && !hello.BearerToken.Span.SequenceEqual(token)) throw new CallFaultException(StatusCode.Unauthenticated, "Metadata and hello hold two different tokens.");
        hello.BearerToken = ByteString.CopyFrom(token);
        return Frame.Encode(FrameType.Hello, hello);
    }

    private static CallFaultException TooLarge() => new(StatusCode.ResourceExhausted, $"A frame has at most {Limits.FrameBytesMax} bytes, a hello {HelloBytesMax}.");
}
