// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Core.Sequencing;

// What authors call: on their own threads, up to the queue.
public sealed partial class Sequencer
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <summary>Submits a change and waits for its outcome, at most <see cref="SequencerOptions.SubmitDeadline"/>.</summary>
    /// <param name="submission">What is asked.</param>
    /// <param name="cancellationToken">Stops the wait; a change that was taken up may still be committed.</param>
    public async Task<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (submission.IsProposal) throw new ArgumentException("A proposal only asks what it would do.", nameof(submission));
        var began = _time.GetTimestamp();
        var result = await SubmitUnwatchedAsync(submission, cancellationToken);
        _options.Watch?.Submitted(submission, result, _time.GetElapsedTime(began));
        return result;
    }

    private async Task<SubmitResult> SubmitUnwatchedAsync(Submission submission, CancellationToken cancellationToken)
    {
        var (prepared, refusal) = await PrepareAsync(submission, cancellationToken);
        if (prepared is null) return refusal!;
        if (Refusal() is { } closed) return closed;
        var pending = new Pending(prepared);
        if (_backlog.Refusal(pending) is { } tooMuch) return tooMuch;
        WakeUp();
        using var deadline = _time.CreateTimer(static waiting => ((Pending)waiting!).Expire(RetrySoon), pending, _options.SubmitDeadline, Timeout.InfiniteTimeSpan);
        using var leaving = cancellationToken.Register(() => pending.Cancel(cancellationToken));
        var result = await pending.Outcome;
        return result is SubmitResult.Duplicate duplicate ? await WithContentAsync(duplicate, cancellationToken) : result;
    }

    /// <summary>Says what a submission would come to on the newest state, and writes nothing.</summary>
    public async Task<SubmitResult> PreviewAsync(Submission submission, CancellationToken cancellationToken)
    {
        var (prepared, refusal) = await PrepareAsync(submission, cancellationToken);
        if (prepared is null) return refusal!;
        var draft = new RealmDraft(_current.State);
        var before = draft.Find(submission.Namespace);
        switch (SubmissionRules.Decide(draft, prepared))
        {
            case Decision.Answer answer: return answer.Result;
            case Decision.Append append:
                draft.Apply(Seal(draft, prepared, append));
                return new SubmitResult.WouldCommit(before?.Revision ?? Revision.None, before?.Records ?? MerkleMap.Empty, draft.Find(submission.Namespace)?.Records ?? MerkleMap.Empty);
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    private SubmitResult? Refusal() =>
        _recoveryReason is { } reason ? new SubmitResult.ReadOnly(reason)
        : ReadOnlyReason is { } notNow ? new SubmitResult.Unavailable(notNow, _options.Lease)
        : Completion.IsCompleted ? new SubmitResult.ReadOnly("This origin has ended.")
        : null;

    private async ValueTask<(PreparedSubmission? Prepared, SubmitResult? Refusal)> PrepareAsync(Submission submission, CancellationToken cancellationToken)
    {
        var faults = SubmissionFaults.Of(submission);
        if (faults.Count == 0 && submission is Submission.Change { IsByOrigin: false } change) faults = RuleFaults(change.Changeset);
        if (faults.Count > 0) return (null, new SubmitResult.Invalid(faults));
        if (submission is not Submission.Rollback rollback) return (PreparedSubmission.Of(submission), null);

        // What a past revision holds never changes, so it is found here and not in the loop.
        var newest = _current.State.Revision;
        if (!History.Holds(rollback.To, newest))
            return (null, new SubmitResult.Invalid([new("to", $"There is no revision {rollback.To} in this log; the newest is {newest}.")]));
        return await History.FindAsync(rollback.Namespace, rollback.To.Sequence, cancellationToken) switch
        {
            StoreAnswer<PastNamespace?>.Done { Value: { } past } => (PreparedSubmission.Of(submission, past.Records), null),
            StoreAnswer<PastNamespace?>.Done when _current.State.Find(rollback.Namespace) is null => (null, new SubmitResult.NotFound()),
            StoreAnswer<PastNamespace?>.Done => (null, new SubmitResult.Invalid([new("to", $"The namespace did not exist at revision {rollback.To}.")])),
            StoreAnswer<PastNamespace?>.Unavailable no => (null, new SubmitResult.Unavailable(no.Reason, no.RetryAfter)),
            StoreAnswer<PastNamespace?>.OutcomeUnknown no => (null, new SubmitResult.Unavailable(no.Reason, RetrySoon)),
            StoreAnswer<PastNamespace?>.Corrupt damaged => (null, new SubmitResult.ReadOnly($"The log is damaged: {damaged.Reason}")),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private List<Fault> RuleFaults(Changeset changeset)
    {
        var faults = new List<Fault>();
        if (_options.SettingRules.Count == 0) return faults;
        var standing = _current.State.Find(changeset.Namespace)?.Records;
        for (var i = 0; i < changeset.Operations.Count && faults.Count < SubmissionFaults.FaultsMax; i++)
        {
            if (changeset.Operations[i] is not SettingOperation.Put { Setting: var setting }) continue;
            foreach (var rule in _options.SettingRules)
                if (rule.Fault(setting) is { } fault && !Stands(standing, setting)) faults.Add(new($"operations[{i}].value", fault));
        }
        return faults;
    }

    private static bool Stands(MerkleMap? records, Setting setting)
    {
        var key = SettingRecord.KeyOf(setting.Key);
        return records is not null && records.TryGet(key, out var value) && SettingRecord.TryParse(key, value.Span, out var there) && there.Value == setting.Value && there.ContentType == setting.ContentType;
    }

    /// <summary>Finds what a request of long ago did, so that its answer is the same as then.</summary>
    private async ValueTask<SubmitResult> WithContentAsync(SubmitResult.Duplicate duplicate, CancellationToken cancellationToken)
    {
        var name = NamespaceName.Parse(duplicate.Entry.Content.Namespace);
        var sequence = duplicate.Entry.Revision.Sequence;
        var before = await History.FindAsync(name, sequence - 1, cancellationToken);
        var after = await History.FindAsync(name, sequence, cancellationToken);
        return (before, after) is (StoreAnswer<PastNamespace?>.Done was, StoreAnswer<PastNamespace?>.Done became)
            ? duplicate with { Before = was.Value?.Records ?? MerkleMap.Empty, After = became.Value?.Records ?? MerkleMap.Empty }
            : new SubmitResult.Unavailable("The change was committed before; what it did cannot be read now.", RetrySoon);
    }
}
