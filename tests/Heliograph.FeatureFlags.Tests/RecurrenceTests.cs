// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.FeatureFlags.Evaluation;

namespace Heliograph.FeatureFlags.Tests;

/// <summary>Windows that come again. 1 September 2023 was a Friday.</summary>
public sealed class RecurrenceTests
{
    private static readonly DateTimeOffset s_friday = At("2023-09-01T09:00:00+08:00");
    private static readonly TimeSpan s_workday = TimeSpan.FromHours(8);

    [Theory]
    [InlineData("2023-09-01T08:59:59+08:00", false)] // before the first
    [InlineData("2023-09-01T09:00:00+08:00", true)]
    [InlineData("2023-09-01T16:59:59+08:00", true)]
    [InlineData("2023-09-01T17:00:00+08:00", false)]
    [InlineData("2023-09-02T10:00:00+08:00", false)] // every other day
    [InlineData("2023-09-03T10:00:00+08:00", true)]
    [InlineData("2023-09-03T02:00:00Z", true)] // the same instant
    [InlineData("2033-09-03T10:00:00+08:00", false)]
    public void By_days_it_is_open_every_so_many_days(string now, bool isOpen) =>
        Assert.Equal(isOpen, new Recurrence { Interval = 2 }.IsOpen(s_friday, s_workday, At(now)));

    [Theory]
    [InlineData("2023-09-01T10:00:00+08:00", true)] // Friday, the first
    [InlineData("2023-09-02T10:00:00+08:00", false)]
    [InlineData("2023-09-04T10:00:00+08:00", false)] // Monday of the week after: with Sunday first it is a week that is skipped
    [InlineData("2023-09-08T10:00:00+08:00", false)]
    [InlineData("2023-09-11T10:00:00+08:00", true)] // Monday two weeks on
    [InlineData("2023-09-15T10:00:00+08:00", true)]
    [InlineData("2023-09-18T10:00:00+08:00", false)]
    public void By_weeks_it_is_open_on_the_days_of_every_so_many_weeks(string now, bool isOpen) =>
        Assert.Equal(isOpen, new Recurrence { Interval = 2, Days = [DayOfWeek.Monday, DayOfWeek.Friday] }.IsOpen(s_friday, s_workday, At(now)));

    [Theory]
    [InlineData(DayOfWeek.Monday, "2023-09-04T10:00:00+08:00", false)] // Sunday was the last day of the first week: the next Monday is skipped
    [InlineData(DayOfWeek.Monday, "2023-09-11T10:00:00+08:00", true)]
    [InlineData(DayOfWeek.Sunday, "2023-09-04T10:00:00+08:00", true)] // Sunday was the first day: Monday belongs to the same week
    [InlineData(DayOfWeek.Sunday, "2023-09-11T10:00:00+08:00", false)]
    public void Which_day_a_week_begins_with_decides_which_weeks_are_skipped(DayOfWeek first, string now, bool isOpen) =>
        Assert.Equal(isOpen, new Recurrence { Interval = 2, Days = [DayOfWeek.Monday, DayOfWeek.Sunday], FirstDayOfWeek = first }.IsOpen(At("2023-09-03T09:00:00+08:00"), s_workday, At(now)));

    [Theory]
    [InlineData("2023-09-03T10:00:00+08:00", true)] // the third
    [InlineData("2023-09-04T10:00:00+08:00", false)]
    public void After_so_many_times_it_stays_closed(string now, bool isOpen) =>
        Assert.Equal(isOpen, new Recurrence { Occurrences = 3 }.IsOpen(s_friday, s_workday, At(now)));

    [Theory]
    [InlineData("2023-09-01T10:00:00+08:00", true)] // 1: Friday
    [InlineData("2023-09-04T10:00:00+08:00", true)] // 2: Monday
    [InlineData("2023-09-08T10:00:00+08:00", true)] // 3: Friday
    [InlineData("2023-09-11T10:00:00+08:00", false)]
    public void Occurrences_of_weeks_are_counted_from_the_first_on(string now, bool isOpen) =>
        Assert.Equal(isOpen, new Recurrence { Days = [DayOfWeek.Monday, DayOfWeek.Friday], Occurrences = 3 }.IsOpen(s_friday, s_workday, At(now)));

    [Fact]
    public void The_last_occurrence_begins_by_the_end_date_and_may_last_beyond_it()
    {
        var until = new Recurrence { EndDate = At("2023-09-02T09:00:00+08:00") };
        Assert.True(until.IsOpen(s_friday, s_workday, At("2023-09-02T16:00:00+08:00")));
        Assert.False(until.IsOpen(s_friday, s_workday, At("2023-09-03T10:00:00+08:00")));
    }

    [Fact]
    public void What_makes_no_sense_is_named()
    {
        Assert.NotNull(new Recurrence { Days = [DayOfWeek.Monday] }.Fault(s_friday, s_workday));
        Assert.NotNull(new Recurrence().Fault(s_friday, TimeSpan.FromHours(25)));
        Assert.NotNull(new Recurrence { Days = [DayOfWeek.Friday, DayOfWeek.Saturday] }.Fault(s_friday, TimeSpan.FromHours(25)));
        Assert.NotNull(new Recurrence { EndDate = s_friday.AddDays(-1) }.Fault(s_friday, s_workday));
        Assert.Null(new Recurrence { Days = [DayOfWeek.Friday] }.Fault(s_friday, TimeSpan.FromDays(7)));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
