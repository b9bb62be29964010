// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Approvals;

/// <summary>Changes that wait for the consent of others: settings of <c>heliograph.requests</c>, written by the origin alone. What is approved is committed once, whoever completes it and however often.</summary>
/// <remarks>The sequencer does not believe this class: it looks into the log itself whether a commit to a protected namespace carries out an approved request.</remarks>
internal sealed class ChangeRequests(Sequencer sequencer, TimeProvider time, ILogger logger)
{
    /// <summary>Most requests of one namespace that wait.</summary>
    public const int OpenPerNamespaceMax = 100;

    /// <summary>Most requests that wait, in the realm.</summary>
    public const int OpenMax = 1_000;

    /// <summary>Most requests that are kept, open and closed; the oldest closed ones go first.</summary>
    public const int KeptMax = 2_000;

    /// <summary>How long closed ones, and those whose time is over, are kept at least while there are fewer. The history of all is in the log.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    private const int RoundsMax = 8; // of a record that others keep changing first

    private static readonly TimeSpan s_completeInterval = TimeSpan.FromSeconds(5);

    private MerkleMap? Records => sequencer.Current.State.Find(NamespaceName.Requests)?.Records;

    /// <summary>One request; <see langword="null"/> if there is none.</summary>
    public (ChangeRequest Request, Hash256 Etag)? Find(string id) => ChangeRequest.Find(Records, id);

    /// <summary>Every request, the newest first.</summary>
    public List<ChangeRequest> All()
    {
        var all = new List<ChangeRequest>();
        foreach (var (key, value) in Records ?? MerkleMap.Empty)
            if (ChangeRequest.TryRead(key.Span, value.Span, out var request)) all.Add(request);
        all.Sort(static (left, right) => (right.CreatedAt, right.Id).CompareTo((left.CreatedAt, left.Id)));
        return all;
    }

    /// <summary>Writes a new request down, and forgets those that are long closed.</summary>
    public async Task<SubmitResult> OpenAsync(ChangeRequest request, string requestId, CancellationToken cancellationToken)
    {
        if (await EnsureNamespaceAsync(cancellationToken) is { } fault) return fault;
        var (now, all) = (time.GetUtcNow(), All());
        var open = all.Where(one => one.IsOpenAt(now)).ToList();
        if (open.Count >= OpenMax) return new SubmitResult.OverLimit("open change requests", OpenMax, open.Count + 1);
        if (open.Count(one => one.Namespace == request.Namespace) is var here && here >= OpenPerNamespaceMax) return new SubmitResult.OverLimit("open change requests of the namespace", OpenPerNamespaceMax, here + 1);
        var done = all.Where(one => !one.IsOpenAt(now) && one.Status != ChangeRequestStatus.Approved).ToList(); // the newest first
        var keep = Math.Max(0, KeptMax - 1 - (all.Count - done.Count));
        var forgotten = done.Where((one, i) => i >= keep || now - (one.ClosedAt ?? one.ExpiresAt) > KeptFor).Take(Limits.ChangesetOperationsMax / 2);
        SettingOperation[] operations = [new SettingOperation.Put(request.ToSetting(), new Precondition.Absent()), .. forgotten.Select(one => new SettingOperation.Delete(ChangeRequest.KeyOf(one.Id)))];
        return await SubmitAsync(operations, $"Change request {request.Id} for {request.Namespace}.", request.Author, requestId, cancellationToken);
    }

    /// <summary>Changes a request, provided it still stands where it was read.</summary>
    /// <param name="id">Which.</param>
    /// <param name="next">What becomes of it; <see langword="null"/>: it stays.</param>
    /// <param name="message">What is done, for the log.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="requestId">Its request id.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>What came of it, and the request as it stands then.</returns>
    public async Task<(SubmitResult Result, ChangeRequest? Request)> ChangeAsync(string id, Func<ChangeRequest, ChangeRequest?> next, string message, string actor, string requestId, CancellationToken cancellationToken)
    {
        for (var round = 1; ; round++)
        {
            if (Find(id) is not { } found) return (new SubmitResult.NotFound(), null);
            if (next(found.Request) is not { } changed) return (new SubmitResult.Unchanged(sequencer.Current.State.Revision, MerkleMap.Empty), found.Request);
            var result = await SubmitAsync([new SettingOperation.Put(changed.ToSetting(), new Precondition.Matches(found.Etag))], message, actor, requestId, cancellationToken);
            if (result is SubmitResult.PreconditionFailed && round < RoundsMax) continue;
            return (result, Find(id)?.Request);
        }
    }

    /// <summary>Commits an approved request, and writes down what came of it. May be repeated.</summary>
    /// <param name="request">It, as it was written down.</param>
    /// <param name="actor">In whose name its end is written down.</param>
    /// <param name="cancellationToken">Stops the wait; what is left undone is done by <see cref="RunAsync"/>.</param>
    /// <returns>What came of the commit.</returns>
    public async Task<SubmitResult> CompleteAsync(ChangeRequest request, string actor, CancellationToken cancellationToken)
    {
        if (!request.TryToSubmission(out var submission)) return new SubmitResult.NotFound();
        var result = await sequencer.SubmitAsync(submission, cancellationToken);
        if (result is SubmitResult.Overloaded or SubmitResult.Unavailable or SubmitResult.StoreFull or SubmitResult.ReadOnly or SubmitResult.OutcomeUnknown) return result; // not the last word
        var (status, revision, reason) = result switch
        {
            SubmitResult.Committed done => (ChangeRequestStatus.Committed, done.Entry.Revision.ToString(), null),
            SubmitResult.Duplicate done => (ChangeRequestStatus.Committed, done.Entry.Revision.ToString(), null),
            SubmitResult.Unchanged same => (ChangeRequestStatus.Committed, same.Revision.ToString(), "It changed nothing any more."),
            _ => (ChangeRequestStatus.Failed, null, ReasonOf(result)),
        };
        logger.RequestCompleted(request.Id, request.Namespace, status.ToString());
        await ChangeAsync(request.Id, one => one.Status != ChangeRequestStatus.Approved ? null : Closed(one, status, actor, reason) with { Revision = revision },
            revision is null ? $"Change request {request.Id} could not be committed." : $"Change request {request.Id} is {revision} of {request.Namespace}.", actor, $"{request.CommitId}:closed", cancellationToken);
        return result;
    }

    /// <summary>A request at its end: its content goes, for what was committed is in the log.</summary>
    public ChangeRequest Closed(ChangeRequest request, ChangeRequestStatus status, string by, string? reason) =>
        request with { Status = status, ClosedBy = by, ClosedAt = time.GetUtcNow(), Reason = reason, Settings = null };

    /// <summary>Completes, as long as this origin orders changes, what was approved and was not committed: by a process that ended in between, or when the store did not answer.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        MerkleMap? seen = null;
        while (true)
        {
            await Task.Delay(s_completeInterval, time, cancellationToken);
            if (sequencer.ReadOnlyReason is not null || sequencer.Completion.IsCompleted || Records is not { } records || ReferenceEquals(records, seen)) continue;
            var isLevel = true;
            foreach (var request in All().Where(one => one.Status == ChangeRequestStatus.Approved))
            {
                await CompleteAsync(request, Actor, cancellationToken);
                isLevel = false; // looked at once more: whatever did not come to its end is tried again
            }
            seen = isLevel ? records : null;
        }
    }

    private const string Actor = "heliograph"; // the origin itself

    private static string ReasonOf(SubmitResult result) => result switch
    {
        SubmitResult.Conflict => "The namespace has moved since it was asked.",
        SubmitResult.PreconditionFailed => "A setting is not what it was when it was asked.",
        SubmitResult.Frozen => "Changes were frozen.",
        SubmitResult.Archived => "The namespace was archived.",
        SubmitResult.NotFound => "The namespace is not there.",
        SubmitResult.Locked => "A setting was locked.",
        SubmitResult.ApprovalRequired => "More approvals are needed by now.",
        _ => $"It was refused: {result.GetType().Name}.",
    };

    private async Task<SubmitResult?> EnsureNamespaceAsync(CancellationToken cancellationToken)
    {
        if (Records is not null) return null;
        var result = await sequencer.SubmitAsync(new Submission.Create(NamespaceName.Requests, "Changes that wait for approval; never served.", Actor, $"heliograph:bootstrap:{NamespaceName.Requests.Value}") { IsByOrigin = true }, cancellationToken);
        return result is SubmitResult.Committed or SubmitResult.Duplicate or SubmitResult.AlreadyExists ? null : result;
    }

    private Task<SubmitResult> SubmitAsync(IReadOnlyList<SettingOperation> operations, string message, string actor, string requestId, CancellationToken cancellationToken) =>
        sequencer.SubmitAsync(new Submission.Change(new Changeset(NamespaceName.Requests, operations, message), actor, requestId) { IsByOrigin = true }, cancellationToken);
}

internal static partial class ApprovalLog // event ids 4370-4379: change requests
{
    [LoggerMessage(EventId = 4370, Level = LogLevel.Information, Message = "Change request {Id} for {Namespace} was approved and is {Outcome}.")]
    public static partial void RequestCompleted(this ILogger logger, string id, string @namespace, string outcome);
}
