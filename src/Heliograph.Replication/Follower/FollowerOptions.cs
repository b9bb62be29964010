// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Following;

/// <summary>How a follower finds its parents and how long it waits for what.</summary>
public sealed class FollowerOptions
{
    /// <summary>Where to follow, nearest first. At least one; two or more, so that the loss of one is no loss.</summary>
    public required IReadOnlyList<ParentAddress> Parents { get; init; }

    /// <summary>What this follower is to its parents.</summary>
    public required Role Role { get; init; }

    /// <summary>Who this follower is.</summary>
    public required Instance Instance { get; init; }

    /// <summary>What an instance tells the agent of its host about itself; <see langword="null"/> for a tier, and for an instance that tells nothing.</summary>
    public RunReport? Run { get; init; }

    /// <summary>An API token for parents to whom the connection itself proves nobody; empty for none. Never logged.</summary>
    public ReadOnlyMemory<byte> BearerToken { get; init; }

    /// <summary>Takes the reader keys that a parent gives; <see langword="null"/>: none are asked for.</summary>
    public Access.IReaderKeySink? ReaderKeys { get; init; }

    /// <summary>Where the follower counts what it does. Default: its own.</summary>
    public Counting.FollowerCounts Counts { get; init; } = new();

    /// <summary>How long a subscription outlives its last subscriber. Default 60 s: a rolling restart finds everything still there.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Without a fresh head for this long the replica is stale, and says so. Default 30 s: three heartbeats.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a parent may bring no first fresh head, while another is known. Default: as <see cref="StaleAfter"/>. Relays, which may have each other for parents, give it half of that: when all of them come
    /// back before the origin does, they find only each other, and everyone below waits until one of them looks again.
    /// </summary>
    public TimeSpan? FirstHeadWithin { get; init; }

    /// <summary>Without a fresh proof for this long a namespace is stale, and without a word about it the parent is asked again. Default 180 s: three rounds of proofs.</summary>
    public TimeSpan NamespaceStaleAfter { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>How long a parent may take to answer the hello. Default 10 s.</summary>
    public TimeSpan HelloDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Least time between two reports. Default 250 ms: four a second.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest spread of reports that a parent's request is obeyed for. Default 1 minute: a hostile relay must not silence them.</summary>
    public TimeSpan ReportSpreadMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After how long a namespace that the parent refused, or did not answer for, is asked for again, and the longest wait before an update that was refused here is. Default 30 s.</summary>
    public TimeSpan RefusedRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ceiling of the first wait after a failed connection; each wait is drawn between 0 and the ceiling. Default 250 ms.</summary>
    public TimeSpan BackoffFloor { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Ceiling of every later wait, which doubles until here. Default 10 s: when everything above comes back, a follower is back within that time and the hello's; the server's own pacing bounds the storm.</summary>
    public TimeSpan BackoffCeiling { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection that lived so long resets the wait. Default 60 s.</summary>
    public TimeSpan BackoffResetAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest wait that a parent's drain is obeyed for. Default 2 minutes: a hostile relay must not silence its clients.</summary>
    public TimeSpan DrainWaitMax { get; init; } = TimeSpan.FromMinutes(2);
}
