// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Core.Access;
using Heliograph.Origin.Audit;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Role = Heliograph.Core.Access.Role;

namespace Heliograph.Origin.Access;

/// <summary>Who may subscribe to what at the origin: the realm's roles, for the identity that the connection or a token proves.</summary>
internal sealed class RealmSyncAuthorizer(Credentials credentials, Authentication authentication, AuditTrail audit) : ISyncAuthorizer
{
    /// <inheritdoc/>
    public PeerIdentity? Identify(PeerIdentity peer, Hello hello)
    {
        if (hello.BearerToken.IsEmpty) return peer.Kind == PeerKind.Anonymous ? null : peer;
        return authentication.SubjectOfToken(Encoding.ASCII.GetString(hello.BearerToken.Span)) is { } subject ? new(subject, PeerKind.Token) : null;
    }

    /// <inheritdoc/>
    /// <remarks>Whoever has any role may read the realm itself: every replica needs its policy.</remarks>
    public bool MayRead(PeerIdentity peer, NamespaceName name)
    {
        if (name.IsPrivate) return false;
        var roles = credentials.Policy.For(peer.Subject);
        return (name == NamespaceName.Realm ? roles.Highest : roles.On(name)) >= Role.Reader;
    }

    /// <inheritdoc/>
    public bool MayReadLog(PeerIdentity peer) => credentials.Policy.For(peer.Subject).On(NamespaceName.Log) >= Role.Reader;

    /// <inheritdoc/>
    public void OnDenied(PeerIdentity peer, NamespaceName? name) => audit.Denied(new(
        name is null ? null : peer.Subject, name is null ? "none" : peer.Kind.ToString().ToLowerInvariant(), null, null, name is null ? "sync hello" : "sync subscribe", name, "not_authorized"));
}
