// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Access;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.FanOut;

/// <summary>Gives relays and agents the reader keys of the namespaces that they are subscribed to, each once a stream unless it changes.</summary>
internal sealed class ReaderKeyDelivery(IReaderKeySource source, IReadOnlySet<string> ownSubjects)
{
    /// <summary>
    /// Whether the peer is one that checks access keys itself, and has proven to be: by the realm's certificate of a relay or an agent, or by having this process's
    /// own user. What it says of itself proves nothing: an application, a token and another user of this host never get a reader key.
    /// </summary>
    private bool IsEntitled(PeerIdentity peer, Hello hello) =>
        hello.WantsReaderKeys && hello.Role is Role.Agent or Role.Relay && peer.Kind switch
        {
            PeerKind.Local => ownSubjects.Contains(peer.Subject),
            PeerKind.Certificate => peer.Subject.Split('/') is ["spiffe:", "", _, "relay" or "agent", ..],
            _ => false,
        };

    /// <summary>Lets the subscriber be given what it has not been given yet.</summary>
    /// <param name="subscriber">Who.</param>
    /// <param name="names">Of these namespaces; <see langword="null"/>: of all that it is subscribed to.</param>
    public void Deliver(Subscriber subscriber, IEnumerable<NamespaceName>? names)
    {
        if (!IsEntitled(subscriber.Peer, subscriber.Hello)) return;
        foreach (var cursor in names?.Select(subscriber.Find) ?? subscriber.Cursors)
        {
            if (cursor is null || source.Find(cursor.Channel.Name) is not { } key || cursor.ReaderKeyGiven.Span.SequenceEqual(key.Span)) continue;
            cursor.ReaderKeyGiven = key;
            cursor.MarkReaderKeyDue();
        }
    }
}
