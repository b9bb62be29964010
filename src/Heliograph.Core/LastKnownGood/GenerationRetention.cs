// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.LastKnownGood;

/// <summary>Which files of a namespace may go.</summary>
public static class GenerationRetention
{
    /// <summary>Generations kept, the current one included; <c>STABLE</c>'s is kept besides.</summary>
    public const int GenerationsKept = 3;

    /// <summary>Ending of files that are being written. One found at start was left by a crash.</summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>Names to delete: left-overs, and generations that nothing needs. Never what <c>CURRENT</c> or <c>STABLE</c> points to, never a name that is not ours.</summary>
    /// <param name="names">All names in the namespace's directory.</param>
    /// <param name="current">Where <c>CURRENT</c> points; <see langword="null"/> if nowhere: then no generation goes.</param>
    /// <param name="stable">Where <c>STABLE</c> points.</param>
    /// <param name="kept">How many to keep: fewer than <see cref="GenerationsKept"/> when the disk is full.</param>
    public static IReadOnlyList<string> Deletable(IReadOnlyList<string> names, Generation? current, Generation? stable, int kept = GenerationsKept)
    {
        var keep = new HashSet<Generation>();
        if (current is { } newest)
        {
            // A generation above CURRENT was never activated: its writer died, or failed, before it could move the pointer.
            keep.UnionWith(names.Select(Snapshot).OfType<Generation>().Where(generation => generation.CompareTo(newest) <= 0).OrderDescending().Take(kept));
            keep.Add(newest);
            if (stable is { } proven) keep.Add(proven);
        }
        return [.. names.Where(name => name.EndsWith(TemporarySuffix, StringComparison.Ordinal)
            || (current is not null && (Snapshot(name) ?? Delta(name)) is { } generation && !keep.Contains(generation)))];
    }

    private static Generation? Snapshot(string name) => Generation.TryParse(name, out var generation) ? generation : null;

    private static Generation? Delta(string name) => Generation.TryParseDelta(name, out var generation) ? generation : null;
}
