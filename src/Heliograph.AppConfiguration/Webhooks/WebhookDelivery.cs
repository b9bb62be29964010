// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.History;
using Heliograph.Core.Sequencing;
using Microsoft.Extensions.Logging;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>Brings one receiver the events of its store, in order, each at least once: the log is the queue, and a cursor on disk says how far it has come.</summary>
/// <remarks>One batch is in memory at a time, however far behind the receiver is. While it fails, later events wait in the log.</remarks>
internal sealed class WebhookDelivery(WebhookOptions hook, Sequencer sequencer, CommitSignal signal, WebhookSender sender, WebhookFiles files, TimeProvider time, Random random, ILogger logger)
{
    private const int SkippedMax = 256; // entries without events of ours, before the cursor is written all the same
    private static readonly TimeSpan s_unreadableWait = TimeSpan.FromSeconds(1);

    private readonly StoreEvents _events = new(sequencer, hook);
    private WebhookCursor _cursor;
    private bool _isValidated;
    private int _skipped;

    /// <summary>Finds out where it was; what is committed from now on is an event for it.</summary>
    /// <exception cref="IOException">The cursor cannot be read or written.</exception>
    public void Begin()
    {
        var (known, now) = (files.ReadCursor(), _events.Now);
        _cursor = now;
        if (known is { } cursor && cursor.Revision.Epoch == now.Revision.Epoch && !cursor.Revision.IsAfter(now.Revision)) _cursor = cursor;
        else if (known is { } lost) logger.WebhookCursorLost(hook.Name, lost.Revision, now.Revision);
        files.WriteCursor(_cursor);
    }

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            var next = signal.Next; // before looking
            try
            {
                if (sequencer.ReadOnlyReason is null && await _events.NextAsync(_cursor, stopping) is { } batch)
                {
                    if (batch.Events.Count > 0) await DeliverAsync(batch, stopping);
                    Keep(batch.After, hadEvents: batch.Events.Count > 0);
                    continue;
                }
            }
            catch (Exception failure) when (failure is HistoryUnavailableException or IOException && !stopping.IsCancellationRequested)
            {
                logger.WebhookWaits(hook.Name, failure.GetType().Name); // a disk that is full, a log that is busy: what is not noted is sent again
                await Task.Delay(s_unreadableWait, time, stopping);
                continue;
            }
            await next.WaitAsync(stopping);
        }
    }

    private void Keep(WebhookCursor cursor, bool hadEvents)
    {
        _cursor = cursor; // also if it cannot be noted: then some are sent again, after the next start only
        if (!hadEvents && ++_skipped < SkippedMax) return;
        files.WriteCursor(cursor);
        _skipped = 0;
    }

    private async Task DeliverAsync(EventBatch batch, CancellationToken stopping)
    {
        for (var (attempt, failures) = (0, 0); ;)
        {
            var result = _isValidated ? new SendResult(true) : await sender.ValidateAsync(stopping);
            if (result.IsTaken && !_isValidated)
            {
                _isValidated = true;
                logger.WebhookValidated(hook.Name);
            }
            if (_isValidated)
            {
                result = await sender.SendAsync(batch, ++attempt, stopping);
                if (result.IsTaken) return;
                if (!result.MayRetry || attempt >= hook.AttemptsMax || time.GetUtcNow() - batch.At > hook.GiveUpAfter)
                {
                    GiveUp(batch, result.Reason, attempt);
                    return;
                }
            }
            var wait = WaitAfter(++failures, result);
            logger.WebhookFailed(hook.Name, batch.Revision, failures, result.Reason, wait);
            await Task.Delay(wait, time, stopping);
        }
    }

    private void GiveUp(EventBatch batch, string reason, int attempts)
    {
        var (body, contentType) = EventEnvelope.Write(hook, batch);
        files.AddDeadLetter(time.GetUtcNow(), reason, attempts, contentType, body);
        logger.WebhookGaveUp(hook.Name, batch.Events.Count, batch.Revision, attempts, reason);
    }

    /// <summary>Jittered, growing, and never shorter than the receiver asks, within reason.</summary>
    private TimeSpan WaitAfter(int failures, SendResult result)
    {
        var ceiling = Math.Min(hook.LongestWait.TotalMilliseconds, hook.FirstWait.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 20)));
        var drawn = TimeSpan.FromMilliseconds(ceiling * (0.5 + 0.5 * random.NextDouble()));
        return result.RetryAfter is { } asked && asked > drawn ? TimeSpan.FromMilliseconds(Math.Min(asked.TotalMilliseconds, hook.LongestWait.TotalMilliseconds)) : drawn;
    }
}
