// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Telemetry;
using Heliograph.Replication.Counting;

namespace Heliograph.Origin.Telemetry;

/// <summary>Counts and traces what becomes of changes: the sequencer's side, from before it starts.</summary>
internal sealed class SequencerMetrics : ISequencerWatch
{
    private static readonly string[] s_outcomes =
        ["committed", "duplicate", "unchanged", "conflict", "precondition_failed", "locked", "frozen", "pinned", "approval_required", "invalid", "over_limit", "not_found", "already_exists", "archived", "not_archived", "request_id_reused", "overloaded", "unavailable", "store_full", "read_only", "outcome_unknown"];

    private readonly long[] _submissions = new long[s_outcomes.Length]; // kept here: what came before anyone gathered is counted, and an outcome that never came is 0
    private readonly Histogram<double> _submission, _append;
    private readonly double _traceRatio;
    private long _entries;
    private readonly string _id;
    private readonly TimeProvider _time;

    public SequencerMetrics(Meter meter, double traceRatio, string id, TimeProvider time)
    {
        (_traceRatio, _id, _time) = (traceRatio, id, time);
        var tags = s_outcomes.Select(outcome => new KeyValuePair<string, object?>("outcome", outcome)).ToArray();
        Instruments.Submissions.Observe(meter, () => tags.Select((tag, index) => new Measurement<long>(Volatile.Read(ref _submissions[index]), tag)));
        Instruments.LogEntries.Observe(meter, () => Volatile.Read(ref _entries));
        _submission = Instruments.SubmissionDuration.Record(meter);
        _append = Instruments.AppendDuration.Record(meter);
    }

    /// <inheritdoc/>
    public void Submitted(Submission submission, SubmitResult result, TimeSpan elapsed)
    {
        Count(result, elapsed);
        if (result is SubmitResult.Committed committed && CommitTrace.IsWanted) Trace("publish", committed.Entry, elapsed, Activity.Current is { } request ? [new ActivityLink(request.Context)] : null);
    }

    /// <inheritdoc/>
    public void Shed(SubmitResult.Overloaded result) => Count(result, TimeSpan.Zero);

    /// <inheritdoc/>
    public void Appended(IReadOnlyList<LogEntry> entries, AppendAnswer answer, TimeSpan elapsed)
    {
        _append.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("outcome", OutcomeOf(answer)));
        if (answer is not AppendAnswer.Appended) return;
        Interlocked.Add(ref _entries, entries.Count);
        if (!CommitTrace.IsWanted) return;
        foreach (var entry in entries) Trace("append", entry, elapsed, null);
    }

    private void Count(SubmitResult result, TimeSpan elapsed)
    {
        var outcome = OutcomeOf(result);
        Interlocked.Increment(ref _submissions[Array.IndexOf(s_outcomes, outcome)]);
        _submission.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
    }

    private void Trace(string step, LogEntry entry, TimeSpan elapsed, IEnumerable<ActivityLink>? links)
    {
        var commit = CommitTrace.ContextOf(new(entry.Content.LogId.Span), entry.Revision, _traceRatio);
        if (links is not null && (commit.TraceFlags & ActivityTraceFlags.Recorded) != 0) Activity.Current?.AddLink(new ActivityLink(commit)); // from the author's trace to the commit's
        var now = _time.GetUtcNow();
        CommitTrace.Record(step, commit, NamespaceName.Parse(entry.Content.Namespace), entry.Revision, now - elapsed, now, _id, links);
    }

    private static string OutcomeOf(SubmitResult result) => result switch
    {
        SubmitResult.Committed => "committed",
        SubmitResult.Duplicate => "duplicate",
        SubmitResult.Unchanged => "unchanged",
        SubmitResult.Conflict => "conflict",
        SubmitResult.PreconditionFailed => "precondition_failed",
        SubmitResult.Locked => "locked",
        SubmitResult.Frozen => "frozen",
        SubmitResult.Pinned => "pinned",
        SubmitResult.ApprovalRequired => "approval_required",
        SubmitResult.Invalid => "invalid",
        SubmitResult.OverLimit => "over_limit",
        SubmitResult.NotFound => "not_found",
        SubmitResult.AlreadyExists => "already_exists",
        SubmitResult.Archived => "archived",
        SubmitResult.NotArchived => "not_archived",
        SubmitResult.RequestIdReused => "request_id_reused",
        SubmitResult.Overloaded => "overloaded",
        SubmitResult.Unavailable => "unavailable",
        SubmitResult.StoreFull => "store_full",
        SubmitResult.ReadOnly => "read_only",
        SubmitResult.OutcomeUnknown => "outcome_unknown",
        _ => throw new UnreachableException($"No outcome is written for {result.GetType().Name}."),
    };

    private static string OutcomeOf(AppendAnswer answer) => answer switch
    {
        AppendAnswer.Appended => "appended",
        AppendAnswer.Moved => "moved",
        AppendAnswer.Duplicate => "duplicate",
        AppendAnswer.Deposed => "deposed",
        AppendAnswer.Full => "full",
        AppendAnswer.Unavailable => "unavailable",
        AppendAnswer.OutcomeUnknown => "outcome_unknown",
        _ => throw new UnreachableException($"No outcome is written for {answer.GetType().Name}."),
    };
}
