// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using Heliograph.Replication.Ports;

namespace Heliograph.Platform.Net;

/// <summary>A connection over a stream on a socket: plain or TLS.</summary>
/// <remarks>Writes go to the stream as they are given: the kernel (or TLS) takes the only copy. Once broken it stays broken.</remarks>
public sealed class StreamConnection(Stream stream, Socket socket, string peer) : IConnection
{
    private volatile bool _broken;

    /// <inheritdoc/>
    public string Peer => peer;

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty) throw new ArgumentException("A read needs room for at least one byte.", nameof(buffer));
        ThrowIfBroken();
        try
        {
            return await stream.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            throw Broken(exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ThrowIfBroken();
        try
        {
            await stream.WriteAsync(bytes, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Abort(); // part of the bytes may be on their way: what followed would not be a frame
            throw;
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            throw Broken(exception);
        }
    }

    /// <inheritdoc/>
    public void Abort()
    {
        _broken = true;
        socket.Close(0); // a reset, not a goodbye: pending reads and writes fail at once, here and there
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _broken = true;
        return stream.DisposeAsync();
    }

    // NotSupportedException and InvalidOperationException: what SslStream says after it failed or while it is being disposed.
    private static bool IsBreak(Exception exception) => exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException or NotSupportedException;

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
