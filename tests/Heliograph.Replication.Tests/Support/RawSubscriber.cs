// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Tests.Support;

/// <summary>A subscriber of a hub that reads only when the test does.</summary>
internal sealed class RawSubscriber : IAsyncDisposable
{
    private RawSubscriber(MemoryLink link, Task serving) => (Link, Serving, Peer) = (link, serving, new RawPeer(link.Follower));

    public MemoryLink Link { get; }

    public RawPeer Peer { get; }

    /// <summary>The hub's service of this connection; ends with it.</summary>
    public Task Serving { get; }

    /// <summary>Connects without a word.</summary>
    public static RawSubscriber Connect(FanOutHub hub, string id = "raw", int capacityBytes = MemoryLink.CapacityBytes, PeerIdentity? peer = null)
    {
        var link = new MemoryLink(id, capacityBytes);
        return new RawSubscriber(link, Task.Run(async () =>
        {
            await using var connection = link.Server;
            await hub.AcceptAsync(connection, peer ?? new PeerIdentity(id, PeerKind.Certificate), CancellationToken.None);
        }));
    }

    /// <summary>Connects and is welcomed.</summary>
    public static async Task<RawSubscriber> JoinAsync(FanOutHub hub, Hash256 logId, string id = "raw", Role role = Role.Client, int capacityBytes = MemoryLink.CapacityBytes)
    {
        var subscriber = Connect(hub, id, capacityBytes);
        await subscriber.Peer.HelloAsync(logId, id, role);
        return subscriber;
    }

    public async ValueTask DisposeAsync()
    {
        Link.Cut();
        await Serving;
    }
}
