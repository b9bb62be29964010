// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;

namespace Heliograph.Origin.Http;

/// <summary>The one place where refusals of the sequencer become HTTP; a test walks every kind, docs/reference/errors.md explains each.</summary>
internal static class SubmitProblems
{
    /// <summary>The answer to a submission that was not committed.</summary>
    /// <exception cref="UnreachableException">It was no refusal.</exception>
    public static Problem ToProblem(this SubmitResult result) => result switch
    {
        SubmitResult.Invalid invalid => Faults.Of(invalid.Faults),
        SubmitResult.Conflict stale => ProblemKinds.RevisionConflict.With($"The namespace is at {stale.Current}.", new() { ["current"] = stale.Current.ToString() }),
        SubmitResult.PreconditionFailed failed => ProblemKinds.PreconditionFailed.With(
            $"What was required of {failed.Failed.Count} setting(s) does not hold; 'failed' names them.", new() { ["failed"] = new JsonArray([.. failed.Failed.Select(Of)]) }),
        SubmitResult.Locked locked => ProblemKinds.Locked.With(
            $"{locked.Keys.Count} setting(s) are locked; 'locked' names them. Unlock them first: the same content with 'locked': false.", new() { ["locked"] = new JsonArray([.. locked.Keys.Select(Of)]) }),
        SubmitResult.OverLimit over => ProblemKinds.LimitExceeded.With($"It would make {over.Asked} {over.What}; {over.Max} are allowed.", new() { ["what"] = over.What, ["max"] = over.Max, ["asked"] = over.Asked }),
        SubmitResult.NotFound => ProblemKinds.NotFound.With("There is no such namespace, or it may not be read."),
        SubmitResult.AlreadyExists => ProblemKinds.AlreadyExists.With("There is a namespace of that name."),
        SubmitResult.Archived => ProblemKinds.Archived.With("Take it out of the archive first: PATCH with 'archived': false."),
        SubmitResult.Frozen frozen => ProblemKinds.Frozen.With(
            $"{(frozen.Scope == Core.Access.Freeze.Everything ? "All namespaces are" : $"'{frozen.Scope}' is")} frozen{(frozen.By.Length > 0 ? $" by {frozen.By}" : "")}{(frozen.Reason.Length > 0 ? $": {frozen.Reason}" : "")}. Nothing was written.",
            new() { ["scope"] = frozen.Scope, ["by"] = frozen.By, ["reason"] = frozen.Reason }),
        SubmitResult.Pinned { Pin: var pin } => ProblemKinds.Pinned.With(
            $"It is pinned at {pin.Revision} by {pin.By}: {pin.Reason}. Nothing was written.", new() { ["pinnedAt"] = pin.Revision.ToString(), ["by"] = pin.By, ["reason"] = pin.Reason }),
        SubmitResult.ApprovalRequired needed => ProblemKinds.ApprovalRequired.With(
            $"{(needed.Scope == "*" ? "All namespaces are" : $"'{needed.Scope}' is")} protected: {needed.Approvals} other(s) must approve. Nothing was written. Ask for it (POST …/change-requests); archiving and deleting wait until the protection is lifted.",
            new() { ["scope"] = needed.Scope, ["approvals"] = needed.Approvals }),
        SubmitResult.NotArchived => ProblemKinds.NotArchived.With("Archive it first, so that nobody loses it by accident: PATCH with 'archived': true."),
        SubmitResult.RequestIdReused reused => ProblemKinds.IdempotencyMismatch.With($"The key stands for another request, committed at {reused.Revision}. Use a new one.", new() { ["revision"] = reused.Revision.ToString() }),
        SubmitResult.Overloaded { IsOwnShare: true } much => ProblemKinds.TooManyRequests.With("Too many changes of this author or to this namespace wait; others are served. Nothing was written.", retryAfter: much.RetryAfter),
        SubmitResult.Overloaded busy => ProblemKinds.Overloaded.With("Too many changes wait. Nothing was written.", retryAfter: busy.RetryAfter),
        SubmitResult.Unavailable away => ProblemKinds.Unavailable.With($"{away.Reason} Nothing was written.", retryAfter: away.RetryAfter),
        SubmitResult.StoreFull => ProblemKinds.StoreFull.With("The store of the log has no space left. Nothing was written; reading goes on."),
        SubmitResult.ReadOnly reason => ProblemKinds.ReadOnly.With(reason.Reason),
        SubmitResult.OutcomeUnknown => ProblemKinds.OutcomeUnknown.With("It may have been written. Repeat it with the same Idempotency-Key: it has one effect at most."),
        _ => throw new UnreachableException($"No problem is written for {result.GetType().Name}."),
    };

    private static JsonObject Of(FailedPrecondition failed)
    {
        var named = Of(failed.Key);
        named["required"] = failed.Required switch
        {
            Precondition.Exists => "exists",
            Precondition.Absent => "absent",
            Precondition.Matches matches => matches.ContentHash.ToString(),
            Precondition.StampedAt stamped => stamped.Revision.ToString(),
            _ => throw new UnreachableException(),
        };
        named["etag"] = failed.Actual?.ToString();
        return named;
    }

    private static JsonObject Of(SettingKey key) => new() { ["key"] = key.Key, ["label"] = key.Label };
}
