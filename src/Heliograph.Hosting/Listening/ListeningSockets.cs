// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using Heliograph.Platform.Net;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Heliograph.Hosting.Listening;

/// <summary>Makes the sockets that are listened at, with bounded buffers, and unix sockets that only those may use who should.</summary>
internal static class ListeningSockets
{
    /// <summary>Binds a socket. Nobody can connect yet: Kestrel listens afterwards.</summary>
    public static Socket Bind(EndPoint endpoint, ListenerOptions options)
    {
        var path = (endpoint as UnixDomainSocketEndPoint)?.ToString();
        if (path is not null) UnixSocketFile.RemoveStale(path);
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        try
        {
            if (path is not null && !OperatingSystem.IsWindows()) File.SetUnixFileMode(path, options.UnixSocketMode);
            SetBuffers(socket, options); // accepted TCP sockets inherit them
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sets the kernel's share of what a peer may cost.</summary>
    public static void SetBuffers(Socket socket, ListenerOptions options)
    {
        socket.SendBufferSize = options.SocketSendBytes;
        socket.ReceiveBufferSize = options.SocketReceiveBytes;
    }
}
