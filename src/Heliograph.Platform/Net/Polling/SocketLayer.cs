// SPDX-License-Identifier: Apache-2.0
using System.Runtime.Versioning;

namespace Heliograph.Platform.Net.Polling;

/// <summary>What lies between a connection and its socket. No call waits.</summary>
[SupportedOSPlatform("linux")]
internal abstract class SocketLayer : IDisposable
{
    /// <summary>Nothing: bytes go as they are.</summary>
    public static readonly SocketLayer Plain = new PlainLayer();

    /// <summary>Reads nothing: a read ends when something has happened at the socket since the last look.</summary>
    public static readonly SocketLayer Watching = new WatchingLayer();

    /// <summary>Whether a read may have waited for room to write.</summary>
    public virtual bool ReadsWhenThereIsRoom => false;

    /// <summary>Receives what is there: at least one byte, 0 at the end of the stream, -1 if nothing is to be had before the socket says more.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Room for at least one byte.</param>
    /// <param name="mayHaveMore">Whether there may be more that the socket will not announce again.</param>
    /// <exception cref="IOException">The connection broke.</exception>
    public abstract int Receive(SocketDescriptor socket, Span<byte> buffer, out bool mayHaveMore);

    /// <summary>Hands over as many bytes as there is room for. What is left must be handed over next, and unchanged.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public abstract int Send(SocketDescriptor socket, ReadOnlySpan<byte> bytes);

    /// <summary>Says that nothing more is sent.</summary>
    public virtual void EndSending(SocketDescriptor socket) => LinuxSockets.EndSending(socket);

    /// <summary>Frees what it holds, once nobody uses it any more.</summary>
    public virtual void Dispose() { }

    private sealed class PlainLayer : SocketLayer
    {
        public override int Receive(SocketDescriptor socket, Span<byte> buffer, out bool mayHaveMore)
        {
            var count = LinuxSockets.Receive(socket, buffer);
            mayHaveMore = count == buffer.Length;
            return count;
        }

        public override int Send(SocketDescriptor socket, ReadOnlySpan<byte> bytes) => LinuxSockets.Send(socket, bytes);
    }

    private sealed class WatchingLayer : SocketLayer
    {
        public override bool ReadsWhenThereIsRoom => true;

        public override int Receive(SocketDescriptor socket, Span<byte> buffer, out bool mayHaveMore)
        {
            mayHaveMore = false;
            return 1;
        }

        public override int Send(SocketDescriptor socket, ReadOnlySpan<byte> bytes) => throw new InvalidOperationException("Nothing is sent before the handshake is done.");
    }
}
