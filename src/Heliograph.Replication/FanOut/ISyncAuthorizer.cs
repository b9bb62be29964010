// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.FanOut;

/// <summary>Who may subscribe to what. Deny by default.</summary>
public interface ISyncAuthorizer
{
    /// <summary>Who the peer is, once it has said hello (a token in the hello counts where the connection proves nobody); <see langword="null"/> to refuse the stream.</summary>
    PeerIdentity? Identify(PeerIdentity peer, Hello hello);

    /// <summary>Whether the peer may read the namespace now. Asked at each subscription, and again for all of them when the realm's policy changes.</summary>
    bool MayRead(PeerIdentity peer, NamespaceName name);

    /// <summary>Whether the peer may be given the log's entries verbatim: all of them, whatever namespace they are of. Asked at each request. Default no.</summary>
    bool MayReadLog(PeerIdentity peer) => false;

    /// <summary>Hears that a peer was refused: a namespace that it asked for, or (<see langword="null"/>) the stream itself. Must be cheap and must not throw.</summary>
    void OnDenied(PeerIdentity peer, NamespaceName? name) { }
}
