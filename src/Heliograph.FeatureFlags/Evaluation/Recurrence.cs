// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.FeatureFlags.Evaluation;

/// <summary>How a time window comes again: every so many days, or on days of every so many weeks; without end, until a date, or so many times.</summary>
/// <remarks>Days and weeks are counted at the offset from UTC of the window's start: there is no daylight saving in a flag.</remarks>
public sealed record Recurrence
{
    private const long PlaceMax = 100_000; // centuries: it has no end that anyone will see

    /// <summary>Days or weeks from one to the next, 1 or more.</summary>
    public int Interval { get; init; } = 1;

    /// <summary>On which days of a week; empty: by days, not by weeks.</summary>
    public IReadOnlyList<DayOfWeek> Days { get; init; } = [];

    /// <summary>Which day a week begins with; matters when weeks are skipped.</summary>
    public DayOfWeek FirstDayOfWeek { get; init; } = DayOfWeek.Sunday;

    /// <summary>No occurrence begins after it.</summary>
    public DateTimeOffset? EndDate { get; init; }

    /// <summary>How many occurrences there are.</summary>
    public long? Occurrences { get; init; }

    /// <summary>Whether the window is open.</summary>
    /// <param name="start">Beginning of the first occurrence.</param>
    /// <param name="length">How long each lasts.</param>
    /// <param name="now">When.</param>
    public bool IsOpen(DateTimeOffset start, TimeSpan length, DateTimeOffset now)
    {
        if (now < start) return false;
        var (begun, number) = Days.Count == 0 ? LastByDays(start, now) : LastByWeeks(start, now);
        return now < begun + length && (EndDate is not { } end || begun <= end) && (Occurrences is not { } most || number <= most);
    }

    /// <summary>After how long everything repeats.</summary>
    public TimeSpan Period => TimeSpan.FromDays(Days.Count == 0 ? Interval : 7 * Interval);

    /// <summary>Beginnings that together, each repeated after <see cref="Period"/>, are all there are from the first on.</summary>
    /// <param name="start">Beginning of the first occurrence.</param>
    public IEnumerable<DateTimeOffset> Beginnings(DateTimeOffset start)
    {
        if (Days.Count == 0) return [start];
        var firstWeek = start - TimeSpan.FromDays(OffsetOf(start.DayOfWeek));
        return Offsets().Select(offset => firstWeek + TimeSpan.FromDays(offset));
    }

    /// <summary>When the last occurrence begins; <see langword="null"/> if there is no last one.</summary>
    /// <param name="start">Beginning of the first occurrence.</param>
    public DateTimeOffset? LastBeginning(DateTimeOffset start)
    {
        DateTimeOffset? last = EndDate is { } end ? (Days.Count == 0 ? LastByDays(start, end) : LastByWeeks(start, end)).Begun : null;
        if (Occurrences is not { } count) return last;
        var offsets = Offsets();
        var place = count - 1 + (Days.Count == 0 ? 0 : offsets.IndexOf(OffsetOf(start.DayOfWeek))); // counted from the first day of the first week
        if (place > PlaceMax) return last;
        var numbered = Days.Count == 0
            ? start + place * Period
            : start - TimeSpan.FromDays(OffsetOf(start.DayOfWeek)) + place / offsets.Count * Period + TimeSpan.FromDays(offsets[(int)(place % offsets.Count)]);
        return last < numbered ? last : numbered;
    }

    /// <summary>Why such a recurrence makes no sense; <see langword="null"/> if it does.</summary>
    /// <param name="start">Beginning of the first occurrence.</param>
    /// <param name="length">How long each lasts.</param>
    public string? Fault(DateTimeOffset start, TimeSpan length)
    {
        if (Days.Count > 0 && !Days.Contains(start.DayOfWeek)) return "Start must be on one of DaysOfWeek: it is the first occurrence";
        if (length > ShortestGap()) return "a window must not be longer than the time until the next one begins";
        return EndDate < start ? "EndDate is before Start" : null;
    }

    private (DateTimeOffset Begun, long Number) LastByDays(DateTimeOffset start, DateTimeOffset now)
    {
        var count = (now - start).Ticks / (Interval * TimeSpan.TicksPerDay);
        return (start + new TimeSpan(count * Interval * TimeSpan.TicksPerDay), count + 1);
    }

    private (DateTimeOffset Begun, long Number) LastByWeeks(DateTimeOffset start, DateTimeOffset now)
    {
        var offsets = Offsets();
        var firstWeek = start - TimeSpan.FromDays(OffsetOf(start.DayOfWeek)); // the first week's first day, at the time of day at which every occurrence begins
        var skipped = offsets.IndexOf(OffsetOf(start.DayOfWeek)); // days of the first week that lie before the start
        var span = 7L * Interval * TimeSpan.TicksPerDay;
        for (var week = (now - firstWeek).Ticks / span; ; week--)
        {
            for (var day = offsets.Count - 1; day >= 0; day--)
            {
                var begun = firstWeek + new TimeSpan(week * span) + TimeSpan.FromDays(offsets[day]);
                if (begun <= now && begun >= start) return (begun, week * offsets.Count + day + 1 - skipped);
            }
        }
    }

    /// <summary>The time between two beginnings, where it is shortest.</summary>
    private TimeSpan ShortestGap()
    {
        if (Days.Count == 0) return TimeSpan.FromDays(Interval);
        var offsets = Offsets();
        var days = 7 * Interval - offsets[^1] + offsets[0]; // from the last of one week to the first of the next that counts
        for (var i = 1; i < offsets.Count; i++) days = Math.Min(days, offsets[i] - offsets[i - 1]);
        return TimeSpan.FromDays(days);
    }

    private List<int> Offsets() => [.. Days.Select(OffsetOf).Distinct().Order()];

    private int OffsetOf(DayOfWeek day) => ((int)day - (int)FirstDayOfWeek + 7) % 7;
}
