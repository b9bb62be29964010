// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;
using Heliograph.Core.Heads;

namespace Heliograph.Replication.FanOut;

/// <summary>How a tier feeds its subscribers.</summary>
public sealed class FanOutOptions
{
    /// <summary>This server's id, as it appears in paths of reports and in logs.</summary>
    public required string ServerId { get; init; }

    /// <summary><c>origin</c>, <c>relay</c> or <c>agent</c>.</summary>
    public required string ServerRole { get; init; }

    /// <summary>The reader keys to give to relays and agents; <see langword="null"/>: none, as at an agent.</summary>
    public Access.IReaderKeySource? ReaderKeys { get; init; }

    /// <summary>
    /// Subjects of peers on this very host that may be given reader keys without a certificate, once they say that they are a relay or an agent: whoever has this
    /// process's own user. Default none: a peer is not one of the house for being on the same host.
    /// </summary>
    public IReadOnlySet<string> ReaderKeySubjects { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Subscribers served at once; further ones are asked to go elsewhere. Default 100,000.</summary>
    public int SubscribersMax { get; init; } = 100_000;

    /// <summary>Loops that write to subscribers side by side. Default 1; hosts give one a processor.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>Reports taken a second, over all subscribers: with every head they are told how far to spread theirs. Default 2,000: a few percent of a processor, and ten thousand instances are known within 5 s.</summary>
    public int ReportsPerSecondMax { get; init; } = 2_000;

    /// <summary>Snapshots written at once; further ones wait their turn. Default 256: about 70 MiB in flight at a typical 274 KiB.</summary>
    public int SnapshotsAtOnceMax { get; init; } = 256;

    /// <summary>How long a connection may take to say hello. Default 10 s.</summary>
    public TimeSpan HelloDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A subscriber that takes nothing for so long is disconnected. Default 30 s.</summary>
    public TimeSpan WriteDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Least pace at which a long update must be taken, in bytes a second, beyond one <see cref="WriteDeadline"/>: it holds one of <see cref="SnapshotsAtOnceMax"/> places. Default 32 KiB.</summary>
    public int SnapshotBytesPerSecondMin { get; init; } = 32 << 10;

    /// <summary>How long changes are joined when they come faster than this. Default 10 ms: at a thousand changes a second, ten cost one write; a change after a pause goes at once.</summary>
    public TimeSpan JoinInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Longest time between two proofs of a namespace that does not change. Default 60 s, and never more than a quarter of a head's life: below, the last proof must not expire before the next one comes.</summary>
    public TimeSpan ProofInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A stream with at least so many namespaces gets their proofs joined, if its hello takes that. Default 65.</summary>
    public int JoinedProofsMin { get; init; } = 65;

    /// <summary>How long proofs that become due for one stream are gathered before they are joined. Default 100 ms.</summary>
    public TimeSpan JoinedProofsGather { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Changes of a namespace that are remembered, so that a subscriber behind by less gets a delta. Default 1,024.</summary>
    public int ChangesRetainedMax { get; init; } = 1_024;

    /// <summary>Changed keys that are remembered over all retained changes of a namespace. Default 65,536.</summary>
    public int KeysRetainedMax { get; init; } = 65_536;

    /// <summary>
    /// How long what is remembered of a namespace's changes outlives its last subscriber. Default zero: at a relay and an agent the follower lingers. An
    /// origin sets it, so that its only subscriber in a namespace comes back to a delta, not to a snapshot.
    /// </summary>
    public TimeSpan ChannelLinger { get; init; } = TimeSpan.Zero;

    /// <summary>Where the hub counts what it does. Hubs of one node share one. Default: its own.</summary>
    public Counting.FanOutCounts Counts { get; init; } = new();

    /// <summary>Subscribers are numbered from here on. Hubs that share a fold of reports must not share numbers. Default 0.</summary>
    public long FirstSubscriberId { get; init; }

    /// <summary>The interval of proofs under heads that live as long as this one.</summary>
    internal TimeSpan ProofIntervalUnder(SignedHead head)
    {
        var quarter = (head.ExpiresAt - head.IssuedAt) / 4;
        return quarter < ProofInterval ? quarter : ProofInterval;
    }
}
