// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
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
        else world.Judge(() => world.Backwards.Floor(host.Name, name.Value, stored?.Floor.Revision ?? Revision.None));
        return stored;
    }

    /// <inheritdoc/>
    public ValueTask PersistAsync(NamespaceVersion? previous, NamespaceVersion next, CancellationToken cancellationToken) => store.PersistAsync(previous, next, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveAsync(NamespaceName name, SignedHead head, CancellationToken cancellationToken) => store.RemoveAsync(name, head, cancellationToken);

    /// <inheritdoc/>
    public ValueTask ForgetRemovedAsync(DateTimeOffset newestIssuedAt, CancellationToken cancellationToken) => store.ForgetRemovedAsync(newestIssuedAt, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<RealmTrust> LoadTrustAsync(RealmTrust pinned, CancellationToken cancellationToken)
    {
        var trust = await store.LoadTrustAsync(pinned, cancellationToken);
        if (host.Disk.WasDamaged || world.Faults.IsOn(Faults.Fault.ReadError) || world.Faults.IsOn(Faults.Fault.StaleRead)) world.Roots.Forget(host.Name); // what cannot be read counts as not there
        else world.Judge(() => world.Roots.Loaded(host.Name, trust));
        return trust;
    }

    /// <inheritdoc/>
    public ValueTask PersistTrustAsync(RealmTrust trust, CancellationToken cancellationToken) => store.PersistTrustAsync(trust, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NamespaceName>> ListAsync(CancellationToken cancellationToken) => store.ListAsync(cancellationToken);
}
