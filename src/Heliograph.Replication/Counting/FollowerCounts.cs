// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;

namespace Heliograph.Replication.Counting;

/// <summary>Something that a follower has just activated.</summary>
/// <param name="Version">What is served from now on.</param>
/// <param name="IsChange">Whether it came as a change to what was held; <see langword="false"/> for a first or a repeated snapshot, which says nothing of how fast changes come.</param>
public readonly record struct AppliedUpdate(NamespaceVersion Version, bool IsChange);

/// <summary>What a follower has done since it was made, in numbers. Thread-safe; nothing is allocated by counting.</summary>
public sealed class FollowerCounts
{
    private readonly long[] _updatesRefused = new long[Enum.GetValues<RefusalCode>().Length], _headsRefused = new long[Enum.GetValues<RefusalCode>().Length];
    private long _sessions, _lost, _renewed, _updates;

    /// <summary>Hears of each update once it is durable and served, in the follower's own loop: it must be quick, and must not throw. Set before following begins.</summary>
    public Action<AppliedUpdate>? Applied { get; set; }

    /// <summary>Sessions with a parent that began: the parent had answered the hello.</summary>
    public long Sessions => Volatile.Read(ref _sessions);

    /// <summary>Sessions that ended, and tries that did not come to be one; not those whose connection was only made anew.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Sessions that ended because the parent asked for a new connection to itself: the old one had reached its age.</summary>
    public long Renewed => Volatile.Read(ref _renewed);

    /// <summary>Updates that were activated.</summary>
    public long Updates => Volatile.Read(ref _updates);

    /// <summary>Updates that were not accepted, or could not be made durable.</summary>
    public long UpdatesRefused(RefusalCode code) => Volatile.Read(ref _updatesRefused[(int)code]);

    /// <summary>Heads, proofs and contents that cannot be true: the parent was left for them. Any at all is a reason to wake someone.</summary>
    public long HeadsRefused(RefusalCode code) => Volatile.Read(ref _headsRefused[(int)code]);

    internal void SessionBegan() => Interlocked.Increment(ref _sessions);

    internal void SessionEnded() => Interlocked.Increment(ref _lost);

    internal void SessionRenewed() => Interlocked.Increment(ref _renewed);

    internal void UpdateRefused(RefusalCode code) => Interlocked.Increment(ref _updatesRefused[(int)code]);

    internal void HeadRefused(RefusalCode code) => Interlocked.Increment(ref _headsRefused[(int)code]);

    internal void WasApplied(NamespaceVersion version, bool isChange)
    {
        Interlocked.Increment(ref _updates);
        Applied?.Invoke(new(version, isChange));
    }
}
