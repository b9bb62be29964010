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
    private readonly Counter<long> _submissions, _entries;
    private readonly Histogram<double> _submission, _append;
    private readonly double _traceRatio;
    private readonly string _id;
    private readonly TimeProvider _time;

    public SequencerMetrics(Meter meter, double traceRatio, string id, TimeProvider time)
    {
        (_traceRatio, _id, _time) = (traceRatio, id, time);
        _submissions = meter.CreateCounter<long>(Instruments.Submissions.Name, Instruments.Submissions.Unit, Instruments.Submissions.Description);
        _entries = meter.CreateCounter<long>(Instruments.LogEntries.Name, Instruments.LogEntries.Unit, Instruments.LogEntries.Description);
        _submission = Instruments.SubmissionDuration.Record(meter);
        _append = Instruments.AppendDuration.Record(meter);
        _entries.Add(0); // so that it is there before the first
        foreach (var outcome in Outcomes) _submissions.Add(0, new KeyValuePair<string, object?>("outcome", outcome)); // a rate needs a beginning
    }

    /// <summary>Every outcome of a submission.</summary>
    internal static IReadOnlyList<string> Outcomes { get; } =
        ["committed", "duplicate", "unchanged", "conflict", "precondition_failed", "locked", "invalid", "over_limit", "not_found", "already_exists", "archived", "not_archived", "request_id_reused", "overloaded", "unavailable", "store_full", "read_only", "outcome_unknown"];

    /// <inheritdoc/>
    public void Submitted(Submission submission, SubmitResult result, TimeSpan elapsed)
    {
        var outcome = new KeyValuePair<string, object?>("outcome", OutcomeOf(result));
        _submissions.Add(1, outcome);
        _submission.Record(elapsed.TotalSeconds, outcome);
        if (result is SubmitResult.Committed committed && CommitTrace.IsWanted) Trace("publish", committed.Entry, elapsed, Activity.Current is { } request ? [new ActivityLink(request.Context)] : null);
    }

    /// <inheritdoc/>
    public void Appended(IReadOnlyList<LogEntry> entries, AppendAnswer answer, TimeSpan elapsed)
    {
        _append.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("outcome", OutcomeOf(answer)));
        if (answer is not AppendAnswer.Appended) return;
        _entries.Add(entries.Count);
        if (!CommitTrace.IsWanted) return;
        foreach (var entry in entries) Trace("append", entry, elapsed, null);
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
