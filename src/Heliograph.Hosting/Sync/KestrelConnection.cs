// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Connections;

namespace Heliograph.Hosting.Sync;

/// <summary>A connection that Kestrel accepted. Its pipe is the only queue, and it is bounded: a write waits while the pipe is full.</summary>
/// <param name="context">The connection.</param>
/// <param name="peer">Who is at the other end, for logs.</param>
internal sealed class KestrelConnection(ConnectionContext context, string peer) : IConnection
{
    /// <summary>A larger write goes through the pipe in pieces, each waiting for room: the pipe would take a frame of 1 MiB whole.</summary>
    private const int SliceBytes = 16 << 10;

    private readonly PipeReader _input = context.Transport.Input;
    private readonly PipeWriter _output = context.Transport.Output;
    private volatile bool _broken;

    public string Peer => peer;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty) throw new ArgumentException("A read needs room for at least one byte.", nameof(buffer));
        ThrowIfBroken();
        try
        {
            var result = await _input.ReadAsync(cancellationToken);
            if (result.Buffer.IsEmpty) return result.IsCompleted ? 0 : throw new IOException($"{peer}: the read was interrupted.");
            var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
            var part = result.Buffer.Slice(0, count);
            part.CopyTo(buffer.Span);
            _input.AdvanceTo(part.End); // from here on its segments may be another's: its length is not to be asked for
            return count;
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            throw Broken(exception);
        }
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > SliceBytes || _broken) return WriteSlicesAsync(bytes, cancellationToken);
        ValueTask<FlushResult> flush;
        try
        {
            flush = _output.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            throw Broken(exception);
        }
        if (!flush.IsCompletedSuccessfully) return new(FinishAsync(flush));
        Check(flush.Result); // room in the pipe: nothing was allocated and nobody waits
        return default;
    }

    public void Abort()
    {
        _broken = true;
        context.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_broken) await _output.CompleteAsync(); // what was written is still sent; Kestrel closes then
        _broken = true;
    }

    private async ValueTask WriteSlicesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ThrowIfBroken();
        for (var rest = bytes; !rest.IsEmpty; rest = rest[Math.Min(SliceBytes, rest.Length)..])
            await WriteAsync(rest[..Math.Min(SliceBytes, rest.Length)], cancellationToken);
    }

    private async Task FinishAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            Check(await flush);
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            throw Broken(exception);
        }
        catch (OperationCanceledException)
        {
            Abort(); // what followed would not be a frame
            throw;
        }
    }

    private void Check(FlushResult result)
    {
        if (!result.IsCompleted && !result.IsCanceled) return;
        _broken = true;
        throw new IOException($"{peer}: the other side takes no more.");
    }

    // ConnectionAbortedException is an OperationCanceledException, but nobody cancelled: the connection is gone.
    private static bool IsBreak(Exception exception) =>
        exception is ConnectionAbortedException or IOException or SocketException or ObjectDisposedException or InvalidOperationException or NotSupportedException;

    private void ThrowIfBroken()
    {
        if (_broken) throw new IOException($"{peer}: the connection is closed.");
    }

    private IOException Broken(Exception exception)
    {
        _broken = true;
        return exception as IOException ?? new IOException($"{peer}: the connection broke: {exception.Message}", exception);
    }
}
