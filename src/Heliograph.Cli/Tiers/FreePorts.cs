// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;

namespace Heliograph.Cli.Tiers;

/// <summary>Loopback ports that nobody uses right now.</summary>
internal static class FreePorts
{
    /// <summary>Takes distinct ports. They are free when this returns, not reserved: whoever binds them must still be ready to fail.</summary>
    public static IReadOnlyList<int> Take(int count)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < count; i++) // all are held until the last is known, or one port would be given twice
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            }
            return [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }
}
