// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Log;

namespace Heliograph.Core.Sequencing;

// Doubt: appends whose outcome is unknown, and requests that were seen before.
public sealed partial class Sequencer
{
    /// <summary>Appends, and does not come back before it is known whether the entries are in the log. Every retry carries the same request ids, so there is one effect at most.</summary>
    /// <returns>Never <see cref="AppendAnswer.OutcomeUnknown"/>.</returns>
    private async ValueTask<AppendAnswer> AppendSurelyAsync(AppendBatch batch)
    {
        var answer = await _store.AppendAsync(batch, CancellationToken.None);
        if (answer is not AppendAnswer.OutcomeUnknown) return answer;
#pragma warning disable CS0162 // the switch of a planted bug is the constant false in a shipped build
        if (Planted.RetryWithoutRequestId) return await AppendUnderNewIdsAsync(batch);
#pragma warning restore CS0162
        while (true)
        {
            if (await IsInLogAsync(batch)) return new AppendAnswer.Appended(TipOf(batch));
            answer = await _store.AppendAsync(batch, CancellationToken.None);
            switch (answer)
            {
                case AppendAnswer.Appended:
                    return answer;
                case AppendAnswer.Moved or AppendAnswer.Duplicate or AppendAnswer.Deposed:
                    // The store has decided: no earlier try can still land. Perhaps one has.
                    return await IsInLogAsync(batch) ? new AppendAnswer.Appended(TipOf(batch)) : answer;
                case AppendAnswer.Unavailable no:
                    await PauseAsync(no.RetryAfter, _stopping.Token);
                    break;
                default: // full or unknown: an earlier try may still have landed, so neither is an answer
                    await PauseAsync(TimeSpan.Zero, _stopping.Token);
                    break;
            }
        }
    }

    private async ValueTask<bool> IsInLogAsync(AppendBatch batch) => await FindAsync(batch.Entries[0].Content.RequestId) is not null; // a batch is in it whole or not at all

    /// <summary>Where a request is in the log; asks until the store knows.</summary>
    private async ValueTask<long?> FindAsync(string requestId)
    {
        while (true)
        {
            switch (await _store.FindRequestAsync(requestId, _stopping.Token))
            {
                case StoreAnswer<long?>.Done found: return found.Value;
                case StoreAnswer<long?>.Corrupt damaged: throw new LogLostException($"The log is damaged: {damaged.Reason}");
                case StoreAnswer<long?>.Unavailable no: await PauseAsync(no.RetryAfter, _stopping.Token); break;
                default: await PauseAsync(TimeSpan.Zero, _stopping.Token); break;
            }
        }
    }

    /// <summary>A refusal may be the echo of the author's own success: the same request was committed, its answer was lost, and now its preconditions fail.</summary>
    private async ValueTask<SubmitResult> RecognizeAsync(Pending pending, SubmitResult refusal) =>
        await FindAsync(pending.RequestId) is { } sequence ? await ResultOfAsync(pending, sequence) : refusal;

    private async ValueTask AnswerDuplicateAsync(List<Pending> open, AppendAnswer.Duplicate duplicate)
    {
        var at = open.FindIndex(pending => pending.RequestId == duplicate.RequestId);
        if (at < 0) throw new LogLostException($"The store refused a batch for a request id that is not in it (entry {duplicate.Sequence}).");
        var result = await ResultOfAsync(open[at], duplicate.Sequence);
        open[at].Complete(result);
        open.RemoveAt(at);
    }

    private async ValueTask<SubmitResult> ResultOfAsync(Pending pending, long sequence)
    {
        if (sequence > _current.State.Revision.Sequence) await CatchUpAsync();
        var page = await ReadPageAsync(sequence - 1, _stopping.Token);
        if (page.Entries is not [var entry, ..] || entry.Content.RequestId != pending.RequestId) throw new LogLostException($"The store says that a request is entry {sequence}; it is not.");
        return new Hash256(entry.Content.RequestDigest.Span) == pending.Prepared.Digest
            ? new SubmitResult.Duplicate(entry, Merkle.MerkleMap.Empty, Merkle.MerkleMap.Empty) // its content is read on the author's own time
            : new SubmitResult.RequestIdReused(entry.Revision);
    }

    /// <summary>The planted bug <see cref="Planted.RetryWithoutRequestId"/>: what may have landed is written once more.</summary>
    private async ValueTask<AppendAnswer> AppendUnderNewIdsAsync(AppendBatch batch)
    {
        await CatchUpAsync();
        var (tip, again) = (_current.State.Tip, new List<LogEntry>());
        foreach (var entry in batch.Entries)
        {
            var content = entry.Content.Clone();
            content.RequestId += "~";
            content.Sequence = (ulong)tip.Revision.Next().Sequence;
            content.PreviousHash = Bytes(tip.Hash);
            content.CommittedAtMs = Math.Max(content.CommittedAtMs, tip.CommittedAtMs);
            var sealedAgain = LogEntry.Seal(content);
            again.Add(sealedAgain);
            tip = new(sealedAgain.Revision, sealedAgain.Hash, content.CommittedAtMs);
        }
        return await _store.AppendAsync(new(_current.State.Tip, batch.Token, again), CancellationToken.None);
    }

    private static LogTip TipOf(AppendBatch batch) =>
        new(batch.Entries[^1].Revision, batch.Entries[^1].Hash, batch.Entries[^1].Content.CommittedAtMs);
}
