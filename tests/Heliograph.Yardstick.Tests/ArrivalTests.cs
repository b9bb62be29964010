// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Tests;

/// <summary>Latency is of every change at every subscriber: one that was skipped counts until a newer one came, and what did not come is said.</summary>
public sealed class ArrivalTests
{
    [Fact]
    public void A_change_has_come_when_its_subscriber_stands_at_it_or_beyond()
    {
        // Given three changes, due a second ago and ordered half a second ago
        var now = Stopwatch.GetTimestamp();
        var log = new ArrivalLog(2);
        CommittedChange[] changes = [.. Enumerable.Range(101, 3).Select(sequence => new CommittedChange(new Revision(1, sequence), now - Stopwatch.Frequency, now - Stopwatch.Frequency / 2))];

        // When one subscriber gets them one by one, and the other only the second and the third as one
        foreach (var sequence in new[] { 101, 102, 103 }) log.Applied(0, new Revision(1, sequence));
        log.Applied(1, new Revision(1, 103));

        // Then all six have come, after their times
        var (fromDue, fromCommit) = (new LatencyHistogram(), new LatencyHistogram());
        Assert.Equal(0, log.Judge(changes, fromDue, fromCommit));
        Assert.Equal((6, 6), (fromDue.Count, fromCommit.Count));
        Assert.InRange(fromDue.Ms(0), 1_000, 60_000);
        Assert.Equal(500, fromDue.MaxMs - fromCommit.MaxMs, tolerance: 0.01);
        Assert.Equal((2, 2, 0), (log.Reached(101), log.Reached(103), log.Reached(104)));
    }

    [Fact]
    public void What_did_not_come_is_counted()
    {
        var log = new ArrivalLog(3);
        log.Applied(0, new Revision(1, 8));
        log.Applied(1, new Revision(1, 7));

        var lost = log.Judge([new(new Revision(1, 7), 0, 0), new(new Revision(1, 8), 0, 0)], new(), new());

        Assert.Equal(3, lost); // one change at the second, both at the third
        Assert.Equal(2, log.Reached(7));
    }

    [Fact]
    public void What_came_before_is_forgotten_but_not_where_everyone_stands()
    {
        var log = new ArrivalLog(1);
        log.Applied(0, new Revision(1, 7));
        log.Clear();

        Assert.Equal(1, log.Judge([new(new Revision(1, 7), 0, 0)], new(), new()));
        Assert.Equal(1, log.Reached(7));
    }

    [Fact]
    public void Shares_of_many_times_are_right_to_a_sixty_fourth_and_the_longest_exactly()
    {
        // Given times of all sizes, from a microsecond to minutes
        var random = new Random(7);
        long[] micros = [.. Enumerable.Range(0, 20_000).Select(_ => (long)Math.Exp(random.NextDouble() * Math.Log(200_000_000)))];
        var histogram = new LatencyHistogram();
        foreach (var time in micros) histogram.Add(time);
        Array.Sort(micros);

        // Then each share is that of the sorted ones, never too short
        foreach (var share in new[] { 0, 0.1, 0.5, 0.9, 0.99, 0.999 })
        {
            var exact = micros[(int)(share * micros.Length)] / 1_000.0;
            Assert.InRange(histogram.Ms(share), exact, exact * (1 + 1.0 / 64));
        }
        Assert.Equal(micros[^1] / 1_000.0, histogram.MaxMs);
        Assert.Equal(histogram.MaxMs, histogram.Ms(1));
    }

    [Fact]
    public void Of_nothing_there_is_no_share_and_less_than_nothing_is_nothing()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(double.NaN, histogram.Ms(0.5));
        histogram.Add(-3);
        Assert.Equal(0, histogram.Ms(0.5));
    }
}
