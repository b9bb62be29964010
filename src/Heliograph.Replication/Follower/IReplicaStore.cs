// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;

namespace Heliograph.Replication.Following;

/// <summary>Where a follower keeps what it holds, so that it starts without anyone.</summary>
public interface IReplicaStore
{
    /// <summary>The newest version on disk that <paramref name="check"/> lets pass, with the floor; <see langword="null"/> when nothing was ever kept.</summary>
    ValueTask<StoredReplica?> LoadAsync(NamespaceName name, Func<NamespaceVersion, Refusal?> check, CancellationToken cancellationToken);

    /// <summary>Makes a version durable, and then the floor that it stands for. Only when this returns may the version be activated.</summary>
    /// <param name="previous">What is held now; <see langword="null"/> for nothing.</param>
    /// <param name="next">What will be held: newer content, or the same content under a fresher head.</param>
    /// <param name="cancellationToken">Gives up; then nothing has changed that a reader would see.</param>
    /// <exception cref="Ports.FileStoreException">It is not durable; what was before still is.</exception>
    ValueTask PersistAsync(NamespaceVersion? previous, NamespaceVersion next, CancellationToken cancellationToken);

    /// <summary>Forgets a namespace that was proven to be deleted, but not its floor, which is raised to the head that shows the deletion.</summary>
    /// <exception cref="Ports.FileStoreException">It could not be made durable; the next start may find it again, and learns of the deletion again.</exception>
    ValueTask RemoveAsync(NamespaceName name, SignedHead head, CancellationToken cancellationToken);

    /// <summary>Forgets floors of namespaces that were deleted so long ago that nothing of their past can be replayed. Never throws for the disk's sake.</summary>
    /// <param name="newestIssuedAt">When the newest verified head was signed: like the time of the deletion, the origin's and not this host's, whose clock may be wrong.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask ForgetRemovedAsync(DateTimeOffset newestIssuedAt, CancellationToken cancellationToken) => default;

    /// <summary>What was trusted when this was kept last, on top of what the trust file says. Damage never fails it: then the file's word stands.</summary>
    ValueTask<RealmTrust> LoadTrustAsync(RealmTrust pinned, CancellationToken cancellationToken);

    /// <summary>Makes roots and transitions durable. Only when this returns may they be trusted.</summary>
    /// <exception cref="Ports.FileStoreException">They are not durable; what was before still is.</exception>
    ValueTask PersistTrustAsync(RealmTrust trust, CancellationToken cancellationToken);

    /// <summary>The namespaces that something is kept of.</summary>
    ValueTask<IReadOnlyList<NamespaceName>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>What was found on disk.</summary>
/// <param name="Version">The newest version that is whole and verified; <see langword="null"/> if none is.</param>
/// <param name="Floor">What was accepted before and is never gone below.</param>
/// <param name="Damage">What was found damaged on the way, for the log; empty when all was well.</param>
public sealed record StoredReplica(NamespaceVersion? Version, Floor Floor, IReadOnlyList<string> Damage);

/// <summary>Keeps nothing: for a client that has an agent on its host.</summary>
public sealed class NoReplicaStore : IReplicaStore
{
    /// <inheritdoc/>
    public ValueTask<StoredReplica?> LoadAsync(NamespaceName name, Func<NamespaceVersion, Refusal?> check, CancellationToken cancellationToken) => new((StoredReplica?)null);

    /// <inheritdoc/>
    public ValueTask PersistAsync(NamespaceVersion? previous, NamespaceVersion next, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NamespaceName name, SignedHead head, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    public ValueTask<RealmTrust> LoadTrustAsync(RealmTrust pinned, CancellationToken cancellationToken) => new(pinned);

    /// <inheritdoc/>
    public ValueTask PersistTrustAsync(RealmTrust trust, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NamespaceName>> ListAsync(CancellationToken cancellationToken) => new((IReadOnlyList<NamespaceName>)[]);
}
