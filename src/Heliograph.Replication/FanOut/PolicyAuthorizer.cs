// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Role = Heliograph.Core.Access.Role;

namespace Heliograph.Replication.FanOut;

/// <summary>Enforces the roles of <c>heliograph.realm</c> at the revision that this tier holds. Deny by default; whoever has any role may read the realm itself.</summary>
/// <param name="source">Where the realm's policy is read.</param>
/// <param name="mayLocalRead">Whether a peer on this very host may read whatever this tier holds: so at an agent, which is its host's; not at origin and relay.</param>
/// <param name="identifyToken">Who a token belongs to; <see langword="null"/> where tokens cannot be checked.</param>
public sealed class PolicyAuthorizer(INamespaceSource source, bool mayLocalRead, Func<ReadOnlyMemory<byte>, string?>? identifyToken = null) : ISyncAuthorizer
{
    private readonly Lock _sync = new();
    private readonly Dictionary<string, SubjectRoles> _subjects = new(StringComparer.Ordinal);
    private MerkleMap? _realm;
    private RolePolicy _policy = RolePolicy.None;

    /// <inheritdoc/>
    public PeerIdentity? Identify(PeerIdentity peer, Hello hello)
    {
        if (peer.Kind is PeerKind.Certificate) return peer;
        if (hello.BearerToken.Length > 0 && identifyToken?.Invoke(hello.BearerToken.Memory) is { } subject) return new PeerIdentity(subject, PeerKind.Token);
        return peer.Kind == PeerKind.Local ? peer : null;
    }

    /// <inheritdoc/>
    public bool MayRead(PeerIdentity peer, NamespaceName name)
    {
        if (name.IsPrivate) return false;
        if (peer.Kind == PeerKind.Local && mayLocalRead) return true;
        var roles = RolesOf(peer.Subject);
        return name == NamespaceName.Realm ? roles.Highest >= Role.Reader : roles.On(name) >= Role.Reader;
    }

    /// <inheritdoc/>
    /// <remarks>By a role on <see cref="NamespaceName.Log"/> alone: being on this host is not enough.</remarks>
    public bool MayReadLog(PeerIdentity peer) => RolesOf(peer.Subject).On(NamespaceName.Log) >= Role.Reader;

    private SubjectRoles RolesOf(string subject)
    {
        lock (_sync)
        {
            var realm = source.Find(NamespaceName.Realm)?.Records;
            if (!ReferenceEquals(realm, _realm))
            {
                _realm = realm;
                _policy = realm is null ? RolePolicy.None : RolePolicy.From(realm);
                _subjects.Clear();
            }
            if (_subjects.TryGetValue(subject, out var known)) return known;
            return _subjects[subject] = _policy.For(subject);
        }
    }
}
