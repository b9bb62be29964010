// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Grpc;

/// <summary>A gRPC call to a parent as a connection of native frames, so that one follower speaks both envelopes. The parent's side is <see cref="ServedCall"/>.</summary>
/// <remarks>An envelope that comes becomes a frame's bytes, and bytes that are written are cut into frames again. Whole frames, which followers write, are passed on without copying; of one that is written in slices, up to 1 MiB is gathered.</remarks>
internal sealed class EnvelopeConnection(string peer, IAsyncStreamReader<Envelope> reader, IAsyncStreamWriter<Envelope> writer, Action abort, Func<ValueTask>? dispose = null) : IConnection
{
    private readonly FrameDecoder _partial = new();
    private readonly byte[] _header = new byte[Frame.HeaderBytes];
    private ReadOnlyMemory<byte> _incomingHeader, _incoming;
    private int _gathered;
    private volatile bool _broken;

    public string Peer => peer;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty) throw new ArgumentException("A read needs room for at least one byte.", nameof(buffer));
        if (_incomingHeader.IsEmpty && _incoming.IsEmpty && !await MoveNextAsync(cancellationToken)) return 0;
        return Take(ref _incomingHeader, buffer) is var header && header == buffer.Length ? header : header + Take(ref _incoming, buffer[header..]);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ThrowIfBroken();
        var rest = bytes;
        while (_gathered == 0 && TryCut(ref rest, out var type, out var message)) await SendAsync(type, message, cancellationToken);
        while (!rest.IsEmpty)
        {
            var room = _partial.GetBuffer();
            var count = Math.Min(room.Length, rest.Length);
            rest[..count].CopyTo(room);
            _partial.Advance(count);
            (rest, _gathered) = (rest[count..], _gathered + count);
            while (_partial.TryRead(out var type, out var message))
            {
                _gathered -= Frame.HeaderBytes + message.Length;
                await SendAsync(type, message.ToArray(), cancellationToken); // the decoder's buffer is used again before the call may have let go of it
            }
        }
    }

    public void Abort()
    {
        _broken = true;
        abort();
    }

    public ValueTask DisposeAsync()
    {
        _broken = true;
        return dispose?.Invoke() ?? default;
    }

    private static bool TryCut(ref ReadOnlyMemory<byte> bytes, out FrameType type, out ReadOnlyMemory<byte> message)
    {
        (type, message) = (default, default);
        if (bytes.Length < Frame.HeaderBytes) return false;
        var size = sizeof(uint) + (long)BinaryPrimitives.ReadUInt32BigEndian(bytes.Span);
        if (bytes.Length < size || size < Frame.HeaderBytes) return false; // what is not a frame at all is the decoder's to refuse
        (type, message) = ((FrameType)bytes.Span[sizeof(uint)], bytes[Frame.HeaderBytes..(int)size]);
        bytes = bytes[(int)size..];
        return true;
    }

    private async ValueTask SendAsync(FrameType type, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(new Envelope { Type = (uint)type, Message = UnsafeByteOperations.UnsafeWrap(message) }, cancellationToken); // frames are never changed once written
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            throw Ended(exception, cancellationToken);
        }
    }

    private async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        ThrowIfBroken();
        try
        {
            if (!await reader.MoveNext(cancellationToken)) return false;
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            throw Ended(exception, cancellationToken);
        }
        var envelope = reader.Current;
        if (envelope.Type is 0 or > byte.MaxValue || envelope.Message.Length > Frame.MessageBytesMax) throw new IOException($"{peer}: an envelope came that holds no frame.");
        BinaryPrimitives.WriteUInt32BigEndian(_header, (uint)envelope.Message.Length + sizeof(byte));
        _header[sizeof(uint)] = (byte)envelope.Type;
        (_incomingHeader, _incoming) = (_header, envelope.Message.Memory);
        return true;
    }

    private static int Take(ref ReadOnlyMemory<byte> from, Memory<byte> to)
    {
        var count = Math.Min(from.Length, to.Length);
        from[..count].CopyTo(to);
        from = from[count..];
        return count;
    }

    private static bool IsEnd(Exception exception) => exception is RpcException or IOException or InvalidOperationException or ObjectDisposedException or OperationCanceledException;

    private void ThrowIfBroken()
    {
        if (_broken) throw new IOException($"{peer}: the connection is closed.");
    }

    /// <summary>A call that ends shows as a cancellation that nobody here asked for, and one that was asked for may show as a call that ends.</summary>
    private Exception Ended(Exception exception, CancellationToken cancellationToken)
    {
        Abort(); // if it was a write that was given up, what followed would not be a frame
        return cancellationToken.IsCancellationRequested ? new OperationCanceledException(exception.Message, exception, cancellationToken)
            : exception as IOException ?? new IOException($"{peer}: the call ended: {(exception as RpcException)?.Status.Detail ?? exception.Message}", exception);
    }
}
