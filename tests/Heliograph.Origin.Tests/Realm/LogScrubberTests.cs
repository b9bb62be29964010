// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Origin.Realm;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Origin.Tests.Realm;

/// <summary>When the log is scrubbed, and what is remembered of it. The clock is moved by hand.</summary>
public sealed class LogScrubberTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly List<TimeSpan> _begun = [];
    private StoreAnswer<ScrubReport> _answer = new StoreAnswer<ScrubReport>.Done(new(7, 700));
    private readonly long _started;

    public LogScrubberTests() => _started = _time.GetTimestamp();

    [Fact]
    public async Task It_scrubs_within_an_hour_and_then_every_interval()
    {
        var scrubber = Scrubber(TimeSpan.FromHours(24));
        using var stop = new CancellationTokenSource();
        var running = scrubber.RunAsync(stop.Token);
        Assert.Equal(new ScrubOutcome("waiting"), scrubber.Last);

        for (var minute = 0; minute < 50 * 60; minute++) _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal([TimeSpan.FromHours(1), TimeSpan.FromHours(25), TimeSpan.FromHours(49)], _begun);
        Assert.Equal(("whole", 7, 700), (scrubber.Last.State, scrubber.Last.Entries, scrubber.Last.Bytes));
        Assert.Equal(new DateTimeOffset(2026, 1, 4, 4, 4, 5, TimeSpan.Zero), scrubber.Last.At);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task One_that_did_not_come_to_its_end_is_told_and_tried_again_soon()
    {
        _answer = new StoreAnswer<ScrubReport>.Unavailable("reads wait", TimeSpan.FromSeconds(1));
        var scrubber = Scrubber(TimeSpan.FromHours(24));
        using var stop = new CancellationTokenSource();
        var running = scrubber.RunAsync(stop.Token);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(("interrupted", "reads wait"), (scrubber.Last.State, scrubber.Last.Reason));

        _answer = new StoreAnswer<ScrubReport>.Done(new(1, 2));
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("whole", scrubber.Last.State);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Damage_is_the_last_word()
    {
        _answer = new StoreAnswer<ScrubReport>.Corrupt("Entry 2 has another hash.");
        var scrubber = Scrubber(TimeSpan.FromMinutes(1));
        var running = scrubber.RunAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMinutes(1));

        await running;
        Assert.Equal(("damaged", "Entry 2 has another hash."), (scrubber.Last.State, scrubber.Last.Reason));
        Assert.Single(_begun);
    }

    private LogScrubber Scrubber(TimeSpan interval) => new(Scrub, interval, _time, NullLogger.Instance);

    private ValueTask<StoreAnswer<ScrubReport>> Scrub(CancellationToken cancellationToken)
    {
        _begun.Add(_time.GetElapsedTime(_started));
        return new(_answer);
    }
}
