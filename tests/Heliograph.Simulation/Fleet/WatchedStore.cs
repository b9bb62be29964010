// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Replication.Following;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>A follower's store as it is, with someone who looks at what is found at a start.</summary>
/// <remarks>What was lost without any damage to the disk was never made durable, and that is a broken promise; what was lost with it is declared.</remarks>
internal sealed class WatchedStore(FleetWorld world, SimHost host, IReplicaStore store) : IReplicaStore
{
    /// <inheritdoc/>
    public async ValueTask<StoredReplica?> LoadAsync(NamespaceName name, Func<NamespaceVersion, Refusal?> check, CancellationToken cancellationToken)
    {
        var stored = await store.LoadAsync(name, check, cancellationToken);
        foreach (var damage in stored?.Damage ?? []) world.Scheduler.Tell(host.Name, $"finds damage: {damage}");
        if (host.Disk.WasDamaged) world.Backwards.Forget(host.Name, name.Value);
        else if (stored is not null) world.Backwards.Floor(host.Name, name.Value, stored.Floor.Revision);
        else world.Backwards.Floor(host.Name, name.Value, Revision.None);
        return stored;
    }

    /// <inheritdoc/>
    public ValueTask PersistAsync(NamespaceVersion? previous, NamespaceVersion next, CancellationToken cancellationToken) => store.PersistAsync(previous, next, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NamespaceName name, Revision head, CancellationToken cancellationToken) => store.RemoveAsync(name, head, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NamespaceName>> ListAsync(CancellationToken cancellationToken) => store.ListAsync(cancellationToken);
}
