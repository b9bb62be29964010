// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.Log;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Realm;

/// <summary>What the last scrub of the log came to.</summary>
/// <param name="State"><c>waiting</c> before the first; then <c>whole</c>, <c>damaged</c> or <c>interrupted</c>.</param>
/// <param name="At">When it ended; <see langword="null"/> before the first.</param>
/// <param name="Entries">Entries that were hashed and found whole.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Reason">What is damaged, or why it did not come to an end; <see langword="null"/> for nothing.</param>
internal sealed record ScrubOutcome(string State, DateTimeOffset? At = null, long Entries = 0, long Bytes = 0, string? Reason = null)
{
    /// <summary>For the health probes: no secret is in it.</summary>
    public JsonObject ToJson() => new() { ["state"] = State, ["at"] = At?.ToString("O"), ["entries"] = Entries, ["bytes"] = Bytes, ["reason"] = Reason };
}

/// <summary>Has the whole log hashed again at intervals, so that damage is found by us and not by whoever needs the entry.</summary>
/// <param name="scrub">Reads all of the log once, at the store's own pace of 10 MB a second.</param>
/// <param name="interval">From the beginning of one scrub to the beginning of the next.</param>
/// <param name="time">The clock; monotonic but for <see cref="ScrubOutcome.At"/>.</param>
/// <param name="logger">Where it tells.</param>
internal sealed class LogScrubber(Func<CancellationToken, ValueTask<StoreAnswer<ScrubReport>>> scrub, TimeSpan interval, TimeProvider time, ILogger logger)
{
    /// <summary>Longest time from the start to the first scrub: an origin that is restarted every day is scrubbed all the same.</summary>
    public static readonly TimeSpan FirstAfterMax = TimeSpan.FromHours(1);

    /// <summary>After a scrub that the store did not let come to an end.</summary>
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromMinutes(10);

    private volatile ScrubOutcome _last = new("waiting");

    /// <summary>The last scrub's outcome.</summary>
    public ScrubOutcome Last => _last;

    /// <summary>When the whole log was last found whole; <see langword="null"/> before the first time.</summary>
    public DateTimeOffset? LastWholeAt { get; private set; }

    /// <summary>Scrubs until cancelled, or until damage is found: then the store has stopped, and the origin ends with it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var wait = Shorter(interval, FirstAfterMax);
        while (true)
        {
            await Task.Delay(wait, time, cancellationToken);
            var began = time.GetTimestamp();
            _last = Judge(await scrub(cancellationToken));
            if (_last.State == "whole") LastWholeAt = _last.At;
            if (_last.State == "damaged") return;
            wait = _last.State == "whole" ? interval - time.GetElapsedTime(began) : Shorter(interval, RetryAfterMax);
            if (wait < TimeSpan.Zero) wait = TimeSpan.Zero; // a log that takes longer than the interval is read without a pause
        }
    }

    private ScrubOutcome Judge(StoreAnswer<ScrubReport> answer)
    {
        var now = time.GetUtcNow();
        switch (answer)
        {
            case StoreAnswer<ScrubReport>.Done(var report):
                return new("whole", now, report.Entries, report.Bytes); // the store has logged it
            case StoreAnswer<ScrubReport>.Corrupt(var damage):
                logger.LogDamaged(damage);
                return new("damaged", now, Reason: damage);
            case StoreAnswer<ScrubReport>.Unavailable(var reason, _):
                logger.ScrubInterrupted(reason);
                return new("interrupted", now, Reason: reason);
            case StoreAnswer<ScrubReport>.OutcomeUnknown(var reason):
                logger.ScrubInterrupted(reason);
                return new("interrupted", now, Reason: reason);
            default:
                throw new System.Diagnostics.UnreachableException($"No case for {answer.GetType().Name}.");
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
