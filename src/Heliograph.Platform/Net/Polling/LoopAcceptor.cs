// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Heliograph.Platform.Net.Polling;

/// <summary>Accepts connections at a listening socket and spreads them over loops.</summary>
[SupportedOSPlatform("linux")]
public sealed class LoopAcceptor : ILoopMember, IDisposable
{
    private const int AtOnceMax = 256; // then the loop looks after others

    private readonly Socket _listening;
    private readonly IReadOnlyList<SocketLoop> _loops;
    private readonly LoopAcceptorOptions _options;
    private readonly Action<LoopConnection, uint?> _accepted;
    private readonly Action<IOException> _failed;
    private int _next;

    /// <summary>Listens from now on.</summary>
    /// <param name="listening">The bound socket; closed with this.</param>
    /// <param name="loops">At least one.</param>
    /// <param name="options">What an accepted socket is given.</param>
    /// <param name="accepted">Takes a connection and, at a unix socket, the user at its other end. On a loop's thread; must not throw or wait.</param>
    /// <param name="failed">Hears why one could not be accepted: the process has no descriptors left, or the kernel no memory. It is tried again with the next.</param>
    public LoopAcceptor(Socket listening, IReadOnlyList<SocketLoop> loops, LoopAcceptorOptions options, Action<LoopConnection, uint?> accepted, Action<IOException> failed)
    {
        (_listening, _loops, _options, _accepted, _failed) = (listening, loops, options, accepted, failed);
        listening.Blocking = false;
        listening.Listen(options.Backlog);
        loops[0].Add(this, listening.SafeHandle, LinuxSockets.In);
    }

    ulong ILoopMember.Token { get; set; }

    /// <summary>Accepts no more.</summary>
    public void Dispose()
    {
        _loops[0].Remove(this);
        _listening.Dispose();
    }

    bool ILoopMember.OnReady(uint events)
    {
        try
        {
            for (var i = 0; i < AtOnceMax; i++)
            {
                var (socket, peer) = LinuxSockets.Accept(_listening.SafeHandle);
                if (socket is null) return false;
                Welcome(socket, peer);
            }
        }
        catch (ObjectDisposedException)
        {
            return false; // it listens no more
        }
        catch (IOException exception)
        {
            _failed(exception);
            return false;
        }
        return true;
    }

    private void Welcome(SocketDescriptor socket, IPEndPoint? peer)
    {
        try
        {
            uint? user = null;
            if (peer is null)
            {
                LinuxSockets.SetBuffers(socket, _options.SendBytes, _options.ReceiveBytes); // a unix socket does not inherit them
                user = LinuxSockets.UserOf(socket);
            }
            else LinuxSockets.SetNoDelay(socket);
            var name = peer?.ToString() ?? (user is null ? "unix" : $"unix:uid={user}");
            _accepted(new LoopConnection(socket, _loops[(int)((uint)_next++ % _loops.Count)], name, _options.CompletesInline), user);
        }
        catch (IOException)
        {
            socket.Dispose(); // it went away at once
        }
    }
}

/// <summary>What an accepted socket is given.</summary>
/// <param name="Backlog">Connections that may wait to be accepted; the kernel may allow fewer.</param>
/// <param name="SendBytes">Bytes in the kernel that wait to be sent. Of unix sockets: TCP inherits what the listening socket has.</param>
/// <param name="ReceiveBytes">Bytes in the kernel that wait to be read. Of unix sockets.</param>
/// <param name="CompletesInline">Whether a read is completed in the loop's thread: cheaper, but the reader must then never wait for anything else in it.</param>
public sealed record LoopAcceptorOptions(int Backlog, int SendBytes, int ReceiveBytes, bool CompletesInline);
