// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Protocol.Wire;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>How the fleet of one seed is set up: every limit that is an option is drawn, mostly small, so that what is rare in the field is common here.</summary>
public sealed class FleetOptions
{
    /// <summary>Draws the options of a seed.</summary>
    public FleetOptions(SimScheduler scheduler)
    {
        var random = scheduler.NewRandom("options");
        HasTwoOrigins = random.Chance(0.4);
        HeartbeatSeconds = random.Pick([1, 2, 2, 3]);
        HeadLifetime = random.Pick([TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10)]);
        BatchEntriesMax = random.Pick([2, 3, 256]);
        QueueMax = random.Pick([3, 4_096]);
        ChangesRetainedMax = random.Pick([2, 8, 1_024]);
        KeysRetainedMax = random.Pick([10, 65_536]);
        SnapshotsAtOnceMax = random.Pick([1, 256]);
        SubscribersMax = random.Pick([4, 100_000]);
        Shards = random.Pick([1, 1, 3]);
        ChannelLinger = random.Pick([TimeSpan.Zero, TimeSpan.FromSeconds(5)]);
        Crowd = random.Chance(0.1) ? 80 : 0;
        Linger = random.Pick([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)]);
        HistoryBytesMax = random.Pick([0, 4_096, 64L << 20]);
        FreshnessInterval = random.Pick([TimeSpan.FromSeconds(3), TimeSpan.FromHours(1)]);
        BulkValueBytes = random.Pick([20, 400, 20_000]);
        RefusedRetry = random.Pick([TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(20)]);
        BackoffCeiling = random.Pick([TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10)]);
        ChangeEvery = random.Pick([TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1)]);
        Follows = random.Pick<IReadOnlyList<NamespacePattern>>([[], [], [NamespacePattern.Parse("preview.*"), NamespacePattern.Parse("pay.*")], [NamespacePattern.Realm]]);
        JoinedProofsMin = random.Pick([2, 65]);
    }

    /// <summary>Whether two origins share the store, one of them leading.</summary>
    public bool HasTwoOrigins { get; }

    /// <summary>How often heads are signed.</summary>
    public int HeartbeatSeconds { get; }

    /// <summary>How long followers may advance under a head.</summary>
    public TimeSpan HeadLifetime { get; }

    /// <summary>Most entries appended at once.</summary>
    public int BatchEntriesMax { get; }

    /// <summary>Most submissions that wait.</summary>
    public int QueueMax { get; }

    /// <summary>Changes that a hub remembers.</summary>
    public int ChangesRetainedMax { get; }

    /// <summary>Keys that a hub remembers.</summary>
    public int KeysRetainedMax { get; }

    /// <summary>Snapshots that a hub writes at once.</summary>
    public int SnapshotsAtOnceMax { get; }

    /// <summary>Subscribers that a relay takes.</summary>
    public int SubscribersMax { get; }

    /// <summary>Loops that a hub writes with.</summary>
    public int Shards { get; }

    /// <summary>How long an origin's hub remembers changes without a subscriber.</summary>
    public TimeSpan ChannelLinger { get; }

    /// <summary>Namespaces beside those that are written to: one client wants all of them.</summary>
    public int Crowd { get; }

    /// <summary>How long interest lingers.</summary>
    public TimeSpan Linger { get; }

    /// <summary>Bytes of the past that an origin keeps in memory.</summary>
    public long HistoryBytesMax { get; }

    /// <summary>How often a fresher head alone is written to disk.</summary>
    public TimeSpan FreshnessInterval { get; }

    /// <summary>Size of the larger values.</summary>
    public int BulkValueBytes { get; }

    /// <summary>How long an author rests, typically.</summary>
    public TimeSpan ChangeEvery { get; }

    /// <summary>How long a follower waits at most before it asks again for what was refused.</summary>
    public TimeSpan RefusedRetry { get; }

    /// <summary>How long a follower waits at most before it connects again.</summary>
    public TimeSpan BackoffCeiling { get; }

    /// <summary>What the relay on the second level follows whether or not anyone asks.</summary>
    public IReadOnlyList<NamespacePattern> Follows { get; }

    /// <summary>Namespaces of a stream from which on their proofs are joined.</summary>
    public int JoinedProofsMin { get; }

    /// <summary>Without a fresh head for so long everything is stale.</summary>
    public TimeSpan StaleAfter => TimeSpan.FromSeconds(3 * HeartbeatSeconds);

    /// <summary>A follower's options.</summary>
    public FollowerOptions Follower(string id, Role role, IReadOnlyList<ParentAddress> parents) => new()
    {
        Parents = parents,
        Role = role,
        BearerToken = id == FleetWorld.TokenBearer ? FleetWorld.TokenOf(id) : default,
        Instance = new Instance { Id = id, Service = "shop", Region = id.EndsWith('1') ? "north" : "south", Ring = role == Role.Client ? "early" : "", Host = id },
        Linger = Linger,
        StaleAfter = StaleAfter,
        NamespaceStaleAfter = TimeSpan.FromSeconds(12 * HeartbeatSeconds),
        HelloDeadline = TimeSpan.FromSeconds(4),
        RefusedRetry = RefusedRetry,
        BackoffCeiling = BackoffCeiling,
        BackoffResetAfter = TimeSpan.FromSeconds(10),
        DrainWaitMax = TimeSpan.FromSeconds(5),
    };

    /// <summary>A hub's options.</summary>
    public FanOutOptions Hub(string id, string role) => new()
    {
        ServerId = id,
        ServerRole = role,
        SubscribersMax = role == "relay" ? SubscribersMax : 100_000,
        Shards = Shards,
        ChannelLinger = role == "origin" ? ChannelLinger : TimeSpan.Zero,
        SnapshotsAtOnceMax = SnapshotsAtOnceMax,
        HelloDeadline = TimeSpan.FromSeconds(4),
        WriteDeadline = TimeSpan.FromSeconds(10),
        ProofInterval = role == "origin" ? TimeSpan.FromSeconds(5 * HeartbeatSeconds) : TimeSpan.Zero,
        ChangesRetainedMax = ChangesRetainedMax,
        KeysRetainedMax = KeysRetainedMax,
        JoinedProofsMin = JoinedProofsMin,
    };

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(HasTwoOrigins ? 2 : 1)} origin(s), heartbeat {HeartbeatSeconds} s, head lifetime {HeadLifetime}, batch {BatchEntriesMax}, queue {QueueMax}, ring {ChangesRetainedMax}/{KeysRetainedMax}, "
        + $"values {BulkValueBytes} B, a change every {ChangeEvery.TotalMilliseconds} ms, retry {RefusedRetry.TotalSeconds} s, backoff {BackoffCeiling.TotalSeconds} s, crowd {Crowd}, proofs joined from {JoinedProofsMin}, follows {string.Join(" and ", Follows)}";
}
