// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.SnapshotFiles;

/// <summary>How a store of last-known-good behaves.</summary>
public sealed class LastKnownGoodOptions
{
    /// <summary>
    /// How often a fresher head of an unchanged namespace is written down. Default 1 hour: three flushes an hour for each
    /// namespace. By as much, and no more, the floor by head may fall across a restart; the floor by revision never does.
    /// </summary>
    public TimeSpan FreshnessInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long the floor of a deleted namespace is kept. Default 30 days: four times the age up to which a replica that holds
    /// nothing takes a head (<see cref="Core.Replicas.NamespaceReplica.FirstHeadAgeMax"/>), so nothing of its past can be replayed. Counted between two
    /// signed times, that of the deletion's head and that of the newest head found at a start: a host's wrong clock must not shorten it. An origin's may;
    /// so it only counts beyond <see cref="RemovedFloorsMin"/>.
    /// </summary>
    public TimeSpan RemovedFloorKept { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Floors of deleted namespaces that are kept whatever their age, those deleted last. Default 1,000: 4 MiB in blocks of 4 KiB.</summary>
    public int RemovedFloorsMin { get; init; } = 1_000;

    /// <summary>
    /// Whether this process is the one writer of the directory. The host knows: it holds the lock. A reader changes nothing
    /// on the disk and advances in memory only, so across its restart it may start from what the writer had got to.
    /// </summary>
    public bool IsWriter { get; init; } = true;
}
