// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Core.Access;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Role = Heliograph.Core.Access.Role;

namespace Heliograph.Origin.Access;

/// <summary>Who may subscribe to what at the origin: the realm's roles, for the identity that the connection or a token proves.</summary>
internal sealed class RealmSyncAuthorizer(Credentials credentials, Authentication authentication) : ISyncAuthorizer
{
    /// <inheritdoc/>
    public PeerIdentity? Identify(PeerIdentity peer, Hello hello)
    {
        if (hello.BearerToken.IsEmpty) return peer.Kind == PeerKind.Anonymous ? null : peer;
        return authentication.SubjectOfToken(Encoding.ASCII.GetString(hello.BearerToken.Span)) is { } subject ? new(subject, PeerKind.Token) : null;
    }

    /// <inheritdoc/>
    public bool MayRead(PeerIdentity peer, NamespaceName name) =>
        name != NamespaceName.Credentials && credentials.Policy.For(peer.Subject).On(name) >= Role.Reader;
}
