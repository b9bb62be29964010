// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.Net;

/// <summary>The file by which a unix socket is found.</summary>
public static class UnixSocketFile
{
    /// <summary>
    /// Makes room for a socket of that name. A process that was killed leaves its file behind, and the next could not bind; it is removed if it is a
    /// socket and nobody answers there. Linux only: elsewhere a file that is left over must be removed by hand.
    /// </summary>
    /// <exception cref="IOException">Another process listens there, or the file is something else. It is left alone.</exception>
    public static void RemoveStale(string path)
    {
        if (!File.Exists(path)) return;
        if (!OperatingSystem.IsLinux() || !NativeFiles.IsSocket(path)) throw new IOException($"{path} exists and is not a socket that can be taken over.");
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException exception)
        {
            throw new IOException($"{path}: it cannot be told whether another process listens there: {exception.Message}", exception);
        }
        throw new IOException($"{path}: another process listens there.");
    }
}
