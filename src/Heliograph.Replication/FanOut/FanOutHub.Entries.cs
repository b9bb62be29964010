// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Entries;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.FanOut;

// Streams for entries of the log: their hello says so, and they are no subscribers.
public sealed partial class FanOutHub
{
    /// <summary>Serves the log's entries to those who want nothing else; set where the log is kept. <see langword="null"/> elsewhere: the welcome says so.</summary>
    public EntryServer? Entries { get; init; }

    /// <summary>Serves a stream for entries until it ends; <see langword="false"/> if it is none, or there are none here.</summary>
    private async Task<bool> ServesEntriesAsync(IConnection connection, FrameDecoder decoder, PeerIdentity peer, Hello hello, uint protocol, CancellationToken cancellationToken)
    {
        if (!hello.WantsEntries || Entries is not { } entries) return false;
        _logger.EntriesWanted(hello.Instance?.Id ?? "", peer.Subject, connection.Peer);
        await entries.ServeAsync(connection, decoder, peer, WelcomeTo(hello, protocol), cancellationToken);
        return true;
    }

    private Welcome WelcomeTo(Hello hello, uint protocol) => new()
    {
        Protocol = protocol,
        ServerId = _options.ServerId,
        ServerRole = _options.ServerRole,
        LogId = hello.LogId,
        HeartbeatSeconds = _source.NewestHead?.Content.HeartbeatSeconds ?? 0,
    };
}
