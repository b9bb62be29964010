// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;

namespace Heliograph.AppConfiguration.Stores;

/// <summary>Where the face reads: a namespace's records as this tier has them, the sequencer's at the origin, a verified copy elsewhere.</summary>
public interface IStoreReplica
{
    /// <summary>The namespace now, or <see langword="null"/> if it is not there (yet).</summary>
    StoreState? Find(NamespaceName name);

    /// <summary>Waits until the namespace holds at least <paramref name="revision"/>, for a bounded time.</summary>
    /// <returns>Whether it does.</returns>
    ValueTask<bool> ReachAsync(NamespaceName name, Revision revision, CancellationToken cancellationToken);
}

/// <summary>A namespace at a revision.</summary>
/// <param name="Revision">Of the last entry that touched it.</param>
/// <param name="Records">All its records. The same instance as long as nothing changes.</param>
/// <param name="AsOf">When what is known of the realm was signed: nothing that is missing here is older.</param>
public readonly record struct StoreState(Revision Revision, MerkleMap Records, DateTimeOffset AsOf);
