// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Following;

/// <summary>Which parent is next, and how long to wait before it: full jitter under a ceiling that only grows until a connection has proven itself.</summary>
internal sealed class ParentRotation(FollowerOptions options, Random random)
{
    private int _index;
    private int _failures;

    /// <summary>The parent to try.</summary>
    public ParentAddress Current => options.Parents[_index];

    /// <summary>After a connection that broke or was never made: moves to the next parent and draws the wait.</summary>
    /// <param name="lived">How long the connection lived.</param>
    public TimeSpan Fail(TimeSpan lived)
    {
        _index = (_index + 1) % options.Parents.Count;
        return Draw(lived);
    }

    /// <summary>After the end of a connection that only was old: the same parent again, at once.</summary>
    public TimeSpan Renew()
    {
        _failures = 0;
        return TimeSpan.Zero;
    }

    /// <summary>After a drain: moves to an alternate that the own list names, or to the next, and gives the wait: what was asked for, bounded, and never less than after a failure.</summary>
    public TimeSpan Drain(TimeSpan lived, IReadOnlyList<string> alternates, TimeSpan notBefore)
    {
        var named = Enumerable.Range(1, options.Parents.Count - 1)
            .Select(step => (_index + step) % options.Parents.Count)
            .Where(candidate => alternates.Contains(options.Parents[candidate].Address.OriginalString, StringComparer.Ordinal))
            .Take(1).ToList();
        _index = named.Count > 0 ? named[0] : (_index + 1) % options.Parents.Count;
        var drawn = Draw(lived); // parents that send each other's followers round in circles must not make them spin
        var asked = notBefore < options.DrainWaitMax ? notBefore : options.DrainWaitMax;
        return asked > drawn ? asked : drawn;
    }

    private TimeSpan Draw(TimeSpan lived)
    {
        if (lived >= options.BackoffResetAfter) _failures = 0;
        var ceiling = Math.Min(options.BackoffCeiling.TotalMilliseconds, options.BackoffFloor.TotalMilliseconds * Math.Pow(2, Math.Min(_failures, 20)));
        _failures++;
        return TimeSpan.FromMilliseconds(random.NextDouble() * ceiling);
    }
}
