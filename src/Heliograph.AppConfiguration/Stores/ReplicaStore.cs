// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Replicas;

namespace Heliograph.AppConfiguration.Stores;

/// <summary>Stores as a relay or an agent holds them, verified. A store that is asked for is followed from then on.</summary>
internal sealed class ReplicaStore(INamespaceSource source, TimeProvider time) : IStoreReplica
{
    private static readonly TimeSpan s_waitMax = TimeSpan.FromSeconds(2), s_look = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public StoreState? Find(NamespaceName name) => source.Find(name) is { } version ? new StoreState(version.Revision, version.Records, version.Head.IssuedAt) : null;

    /// <inheritdoc/>
    public async ValueTask<bool> ReachAsync(NamespaceName name, Revision revision, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (Find(name) is not { } state || state.Revision.IsBefore(revision))
        {
            if (time.GetElapsedTime(started) >= s_waitMax) return false;
            await Task.Delay(s_look, time, cancellationToken);
        }
        return true;
    }
}
