// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Heads;

/// <summary>The time by which heads expire: the local clock, raised in memory only by verified heads, and by no more than a day.</summary>
/// <remarks>
/// A host whose clock stands at 1970 learns the time from the first head it verifies, within <see cref="RaiseMax"/>; a thief of a
/// head key cannot push a fleet's time further than that. Staleness and leases do not use it: they run on the monotonic clock.
/// </remarks>
public sealed class TrustedClock(TimeProvider time)
{
    /// <summary>The furthest that heads may move the time beyond the local clock: 24 hours.</summary>
    public static readonly TimeSpan RaiseMax = TimeSpan.FromHours(24);

    private DateTimeOffset _newestIssuedAt = DateTimeOffset.MinValue;

    /// <summary>Now: never before the newest verified head was issued, unless that lies more than <see cref="RaiseMax"/> ahead of the local clock.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var local = time.GetUtcNow();
            if (_newestIssuedAt <= local) return local;
            var highest = local <= DateTimeOffset.MaxValue - RaiseMax ? local + RaiseMax : DateTimeOffset.MaxValue;
            return _newestIssuedAt < highest ? _newestIssuedAt : highest;
        }
    }

    /// <summary>Takes note of a head whose signature was verified, and which is of no earlier revision than any before it.</summary>
    /// <remarks>One of an earlier revision is no witness: it may come from a time when the origin's clock ran ahead, and whoever repeats it would stop the follower.</remarks>
    /// <param name="issuedAt">When it was signed, by the origin's clock.</param>
    /// <param name="isNewer">
    /// Whether it is of a later revision than every head before it. Then it was signed after them, whatever their times say, and its time counts
    /// alone: an origin whose clock ran ahead for a while must not leave followers that hold everything since for expired.
    /// </param>
    public void Observe(DateTimeOffset issuedAt, bool isNewer)
    {
        if (isNewer || issuedAt > _newestIssuedAt) _newestIssuedAt = issuedAt;
    }
}
