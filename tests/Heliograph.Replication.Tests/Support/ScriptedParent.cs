// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Tests.Support;

/// <summary>A parent that does what a test tells it, connection by connection.</summary>
internal static class ScriptedParent
{
    /// <summary>Each connection is given to <paramref name="script"/>; when it returns, the connection stays open until its follower leaves.</summary>
    public static void Script(this MemoryNetwork network, ParentAddress address, Func<RawPeer, int, Task> script)
    {
        var connections = 0;
        network.Listen(address, async (link, token) =>
        {
            await using var connection = link.Server;
            var peer = new RawPeer(connection);
            await script(peer, connections++);
            while (await peer.ReadAsync() is not null && !token.IsCancellationRequested) { }
        });
    }
}
