// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Core.State;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Sequencing;

// The life of a batch: decided, appended, read back, published, answered.
public sealed partial class Sequencer
{
    private const int RoundsMax = 64; // another origin that keeps winning the race is no reason to spin for ever

    private async ValueTask CommitAsync(List<Pending> batch)
    {
        for (var round = 0; batch.Count > 0; round++)
        {
            if (_leadership.Token is not { } token) { AnswerAll(batch, new SubmitResult.Unavailable(_leadership.Reason, _options.Lease)); return; }
            if (round >= RoundsMax + _batchEntriesMax) { AnswerAll(batch, new SubmitResult.Unavailable("The log keeps moving on.", RetrySoon)); return; }
            var plan = await PlanAsync(batch);
            batch = plan.Entries.Count == 0 ? plan.Later
                : plan.Basis != _current.State ? [.. plan.Open, .. plan.Later] // the log was read on while deciding
                : await AppendAsync(plan, token);
        }
    }

    /// <summary>Appends what was planned.</summary>
    /// <returns>The submissions that must be decided again, on what the log holds by now.</returns>
    private async ValueTask<List<Pending>> AppendAsync(BatchPlan plan, LeaderToken token)
    {
#pragma warning disable CS0162 // the switch of a planted bug is the constant false in a shipped build
        if (Planted.AcknowledgeBeforeDurable) plan.Answer();
#pragma warning restore CS0162
        var entries = Planted.DropLastOfBatch && plan.Entries.Count > 1 && plan.Entries.Count == _batchEntriesMax ? plan.Entries[..^1] : plan.Entries;
        var open = plan.Open;
        switch (await AppendWatchedAsync(new AppendBatch(plan.Basis.Tip, token, entries)))
        {
            case AppendAnswer.Appended appended:
                if (!await ReadBackAsync(plan, entries, appended.Tip)) return [.. open, .. plan.Later];
                plan.Answer();
                return plan.Later;
            case AppendAnswer.Moved:
                await CatchUpAsync();
                return [.. open, .. plan.Later];
            case AppendAnswer.Duplicate duplicate:
                await CatchUpAsync();
                await AnswerDuplicateAsync(open, duplicate);
                return [.. open, .. plan.Later];
            case AppendAnswer.Deposed:
                await _leadership.RegainAsync(token, _stopping.Token);
                await CatchUpAsync();
                return [.. open, .. plan.Later];
            case AppendAnswer.Full full:
                AnswerAll(open, new SubmitResult.StoreFull(full.Reason));
                return plan.Later;
            case AppendAnswer.Unavailable unavailable:
                AnswerAll(open, new SubmitResult.Unavailable(unavailable.Reason, unavailable.RetryAfter));
                return plan.Later;
            case var other: throw new UnreachableException($"No next step is written for {other.GetType().Name}.");
        }
    }

    private async ValueTask<AppendAnswer> AppendWatchedAsync(AppendBatch batch)
    {
        var began = _time.GetTimestamp();
        var answer = await AppendSurelyAsync(batch);
        _options.Watch?.Appended(batch.Entries, answer, _time.GetElapsedTime(began));
        return answer;
    }

    private async ValueTask<BatchPlan> PlanAsync(List<Pending> batch)
    {
        var plan = new BatchPlan(_current.State);
        foreach (var pending in batch)
        {
            if (plan.Bytes >= _options.BatchBytesMax || plan.Holds(pending.RequestId))
            {
                plan.Later.Add(pending);
                continue;
            }
            switch (SubmissionRules.Decide(plan.Draft, pending.Prepared))
            {
                case Decision.Append append: PlanEntry(plan, pending, append); break;
                case Decision.Answer answer: PlanRefusal(plan, pending, await RecognizeAsync(pending, answer.Result)); break;
            }
        }
        return plan;
    }

    private void PlanEntry(BatchPlan plan, Pending pending, Decision.Append append)
    {
        var entry = Seal(plan.Draft, pending.Prepared, append);
        if (plan.Entries.Count > 0 && plan.Bytes + entry.Bytes.Length > _options.BatchBytesMax) plan.Later.Add(pending);
        else plan.Add(pending, entry);
    }

    private static void PlanRefusal(BatchPlan plan, Pending pending, SubmitResult refusal)
    {
        if (plan.Entries.Count == 0) pending.Complete(refusal); // rests on what is durable
        else plan.Add(pending, refusal);
    }

    private LogEntry Seal(RealmDraft draft, PreparedSubmission prepared, Decision.Append append)
    {
        var submission = prepared.Submission;
        var next = draft.Tip.Revision.Next();
        var entry = new Entry
        {
            LogId = Bytes(draft.LogId),
            Epoch = (uint)next.Epoch,
            Sequence = (ulong)next.Sequence,
            PreviousHash = Bytes(draft.Tip.Hash),
            CommittedAtMs = Math.Max(_time.GetUtcNow().ToUnixTimeMilliseconds(), draft.Tip.CommittedAtMs),
            RequestId = submission.RequestId,
            RequestDigest = Bytes(prepared.Digest),
            Actor = submission.Actor,
            Message = submission.Message,
            Namespace = submission.Namespace.Value,
        };
        append.PutInto(entry);
        return LogEntry.Seal(entry);
    }

    /// <summary>Reads what the store now holds after the state, and publishes it.</summary>
    /// <returns>Whether the planned entries are what it holds. If not, others came first.</returns>
    private async ValueTask<bool> ReadBackAsync(BatchPlan plan, List<LogEntry> appended, LogTip told)
    {
        var read = Planted.SignWithoutReadBack ? [.. appended] : new List<LogEntry>(appended.Count);
        while (read.Count < appended.Count)
        {
            var page = await ReadPageAsync(_current.State.Tip.Revision.Sequence + read.Count, CancellationToken.None);
            if (page.Entries.Count == 0) throw new LogLostException($"The store said that it holds entries up to {told.Revision}; it ends at {page.Tip.Revision}.");
            read.AddRange(page.Entries);
        }
        var isAsPlanned = read.Count == plan.Entries.Count && read.Zip(plan.Entries).All(pair => pair.First.Hash == pair.Second.Hash);
        if (!isAsPlanned)
        {
            await TakeInAsync(read);
            return read.Count >= appended.Count && read.Zip(appended).All(pair => pair.First.Hash == pair.Second.Hash);
        }
        foreach (var step in plan.Steps)
            if (step.Entry is not null) History.Add(step.Entry, step.After);
        await PublishAsync(plan.Draft.ToState(), plan.Entries); // the same bytes make the same state: what was planned is what was read
        return true;
    }

    private static void AnswerAll(IEnumerable<Pending> pendings, SubmitResult result)
    {
        foreach (var pending in pendings) pending.Complete(result);
    }
}
