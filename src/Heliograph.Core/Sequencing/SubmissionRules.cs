// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Core.State;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Sequencing;

/// <summary>Decides what a submission comes to on a state. Pure: the same submission on the same state gives the same decision.</summary>
internal static class SubmissionRules
{
    /// <summary>Decides. The submission's form was checked before.</summary>
    public static Decision Decide(RealmDraft state, PreparedSubmission prepared)
    {
        var found = state.Find(prepared.Submission.Namespace);
        if (Frozen(state, prepared.Submission, found) is { } frozen) return frozen;
        if (Pinned(prepared.Submission, found) is { } pinned) return pinned;
        if (Unapproved(state, prepared, found) is { } unapproved) return unapproved;
        return prepared.Submission switch
        {
            Submission.Create create => Create(state, create, found),
            _ when found is null => new Decision.Answer(new SubmitResult.NotFound()),
            Submission.Change change => Change(found, prepared, change),
            Submission.Rollback rollback => Rollback(found, prepared, rollback),
            Submission.Pin pin => Pin(found, prepared, pin),
            Submission.Unpin unpin => Unpin(found, prepared, unpin),
            Submission.Alter alter => Alter(found, alter),
            Submission.Delete => Delete(found),
            Submission.CreateSnapshot create => CreateSnapshot(found, create),
            Submission.AlterSnapshot alter => AlterSnapshot(found, alter),
            _ => throw new UnreachableException(),
        };
    }

    // What the origin does by itself (a namespace opened for other clients) is no author's change.
    private static Decision.Answer? Frozen(RealmDraft state, Submission submission, RealmNamespace? found)
    {
        if (submission.IsByOrigin || submission.OverridesFreeze || (found is null && submission is not Submission.Create)) return null;
        return Access.Freeze.Find(state.Find(NamespaceName.Realm)?.Records, submission.Namespace) is { Scope: var scope, Freeze: var freeze }
            ? new(new SubmitResult.Frozen(scope, freeze.By, freeze.Reason))
            : null;
    }

    // Only another pin and the release pass, and what the origin does by itself, which is never content.
    private static Decision.Answer? Pinned(Submission submission, RealmNamespace? found) =>
        found is null || submission.IsByOrigin || submission is Submission.Pin or Submission.Unpin ? null
        : PinRecord.Find(found.Records) is { } pin ? new(new SubmitResult.Pinned(pin))
        : null;

    // What is made or selected, without changing what anybody is served, needs no consent: a new namespace is empty, a named snapshot holds what stands.
    private static Decision.Answer? Unapproved(RealmDraft state, PreparedSubmission prepared, RealmNamespace? found)
    {
        var submission = prepared.Submission;
        if (submission.IsByOrigin || submission.IsProposal || found is null || submission is not (Submission.Change or Submission.Rollback or Submission.Alter or Submission.Delete)) return null;
        if (Access.Protection.Find(state.Find(NamespaceName.Realm)?.Records, submission.Namespace) is not { Scope: var scope, Protection.Approvals: var needed }) return null;
        return submission.ApprovedRequest is { } id && Access.ChangeRequest.Find(state.Find(NamespaceName.Requests)?.Records, id) is { Request: var request } && IsApproved(request, prepared, needed)
            ? null
            : new(new SubmitResult.ApprovalRequired(scope, needed));
    }

    // Not the caller's word, but the log's: approved, by enough people who are not the author, and exactly this.
    private static bool IsApproved(Access.ChangeRequest request, PreparedSubmission prepared, int needed) =>
        request.Status == Access.ChangeRequestStatus.Approved && request.CommitId == prepared.Submission.RequestId
        && request.Approvals.Select(consent => consent.By).Where(by => by != request.Author).Distinct(StringComparer.Ordinal).Count() >= needed
        && request.TryToSubmission(out var asked) && PreparedSubmission.Of(asked, prepared.Target).Digest == prepared.Digest;

    private static Decision Create(RealmDraft state, Submission.Create create, RealmNamespace? found)
    {
        if (found is not null) return new Decision.Answer(new SubmitResult.AlreadyExists());
        if (state.NamespacesCount >= Limits.NamespacesMax) return new Decision.Answer(new SubmitResult.OverLimit("namespaces in the realm", Limits.NamespacesMax, state.NamespacesCount + 1));
        return new Decision.Append(new CreateNamespace { Description = create.Description, Stamped = create.IsStamped });
    }

    private static Decision Alter(RealmNamespace found, Submission.Alter alter)
    {
        var body = new AlterNamespace { Archived = alter.Archived ?? found.IsArchived, Description = alter.Description ?? found.Description, Stamped = alter.IsStamped && !found.IsStamped };
        if (body.Stamped && Stamps.Overflow(found) is { } over) return over;
        return body.Archived == found.IsArchived && body.Description == found.Description && !body.Stamped
            ? new Decision.Answer(new SubmitResult.Unchanged(found.Revision, found.Records))
            : new Decision.Append(body);
    }

    private static Decision Delete(RealmNamespace found) =>
        found.IsArchived ? new Decision.Append(new DeleteNamespace()) : new Decision.Answer(new SubmitResult.NotArchived());

    private static Decision Change(RealmNamespace found, PreparedSubmission prepared, Submission.Change change)
    {
        if (Refusal(found, change.Changeset.ExpectedRevision) is { } refusal) return refusal;
        List<FailedPrecondition>? failed = null;
        var plan = new ChangePlan(found);
        foreach (var operation in prepared.Operations)
        {
            var current = Find(found, operation.RecordKey);
            if (operation.Precondition is { } required && !Holds(required, current, found, operation.RecordKey))
                (failed ??= []).Add(new(operation.Key, required, current is { } stands ? SettingRecord.ContentHash(stands.Span) : null));
            plan.Add(operation.Key, operation.RecordKey, current, operation.Put, operation.Value, operation.MayUnlock);
        }
        return failed is null ? plan.Decide(rolledBackTo: 0) : new Decision.Answer(new SubmitResult.PreconditionFailed(failed));
    }

    private static Decision Rollback(RealmNamespace found, PreparedSubmission prepared, Submission.Rollback rollback)
    {
        if (Refusal(found, rollback.ExpectedRevision) is { } refusal) return refusal;
        return Back(found, prepared).Decide((ulong)rollback.To.Sequence);
    }

    private static Decision Pin(RealmNamespace found, PreparedSubmission prepared, Submission.Pin pin)
    {
        if (Refusal(found, pin.ExpectedRevision) is { } refusal) return refusal;
        var standing = PinRecord.Find(found.Records);
        if (standing?.Revision == pin.To) return new Decision.Answer(new SubmitResult.Unchanged(found.Revision, found.Records));
        var before = standing?.Before ?? found.Revision; // one that is moved keeps the way back
        return Back(found, prepared).Decide((ulong)pin.To.Sequence, new()
        {
            Epoch = (uint)pin.To.Epoch, Sequence = (ulong)pin.To.Sequence, BeforeEpoch = (uint)before.Epoch, BeforeSequence = (ulong)before.Sequence,
        });
    }

    private static Decision Unpin(RealmNamespace found, PreparedSubmission prepared, Submission.Unpin unpin)
    {
        if (Refusal(found, unpin.ExpectedRevision) is { } refusal) return refusal;
        if (PinRecord.Find(found.Records) is not { } standing) return new Decision.Answer(new SubmitResult.Unchanged(found.Revision, found.Records));
        if (!unpin.Restores) return new ChangePlan(found).Decide(rolledBackTo: 0, new());
        return prepared.Target is null || prepared.TargetRevision != standing.Before // pinned anew while this was on its way
            ? new Decision.Answer(new SubmitResult.Conflict(found.Revision))
            : Back(found, prepared).Decide((ulong)standing.Before.Sequence, new());
    }

    private static ChangePlan Back(RealmNamespace found, PreparedSubmission prepared)
    {
        var target = prepared.Target ?? throw new UnreachableException("What goes back is prepared with its target.");
        var plan = new ChangePlan(found);
        foreach (var change in Merkle.MerkleMap.Diff(found.Records, target))
        {
            if (!SettingRecord.TryParseKey(change.Key.Span, out var key)) continue; // records of other kinds are not an author's to set
            var put = change.Value is { } value ? SettingValue.Parser.ParseFrom(value.Span) : null;
            plan.Add(key, change.Key.ToArray(), Find(found, change.Key.Span), put, change.Value?.ToArray());
        }
        plan.Sort();
        return plan;
    }

    private static Decision.Answer? Refusal(RealmNamespace found, Revision? expected) =>
        found.IsArchived ? new(new SubmitResult.Archived())
        : expected is { } seen && seen != found.Revision ? new(new SubmitResult.Conflict(found.Revision))
        : null;

    private static ReadOnlyMemory<byte>? Find(RealmNamespace found, ReadOnlySpan<byte> recordKey)
    {
        if (found.Records.TryGet(recordKey, out var value)) return value; // an empty one is a value, too
        return null;
    }

    private static Decision CreateSnapshot(RealmNamespace found, Submission.CreateSnapshot create)
    {
        if (Refusal(found, create.ExpectedRevision) is { } refusal) return refusal;
        if (NamedSnapshotRecord.Find(found.Records, create.Name) is { } there && !NamedSnapshotRecord.IsExpired(there, create.AskedAtMs)) return new Decision.Answer(new SubmitResult.AlreadyExists());
        var count = found.Records.Count(record => record.Key.Span[0] == (byte)RecordKind.NamedSnapshot);
        if (count >= Limits.SnapshotsMax) return new Decision.Answer(new SubmitResult.OverLimit("named snapshots in the namespace", Limits.SnapshotsMax, count + 1));
        if (found.Records.Count >= Limits.NamespaceRecordsMax) return new Decision.Answer(new SubmitResult.OverLimit("records in the namespace", Limits.NamespaceRecordsMax, found.Records.Count + 1));
        return new Decision.Append(new CreateNamedSnapshot
        {
            Name = create.Name,
            Definition = Google.Protobuf.ByteString.CopyFrom(create.Definition.Span),
            Settings = (ulong)create.Settings,
            Bytes = (ulong)create.Bytes,
            ContentHash = Google.Protobuf.ByteString.CopyFrom(create.ContentHash.ToArray()),
            RetentionSeconds = (uint)create.RetentionSeconds,
        });
    }

    private static Decision AlterSnapshot(RealmNamespace found, Submission.AlterSnapshot alter)
    {
        if (Refusal(found, null) is { } refusal) return refusal;
        if (NamedSnapshotRecord.Find(found.Records, alter.Name) is not { } there || NamedSnapshotRecord.IsExpired(there, alter.AskedAtMs)) return new Decision.Answer(new SubmitResult.NotFound());
        if (alter.ExpectedSequence is { } expected && (long)there.ChangedAtSequence != expected) return new Decision.Answer(new SubmitResult.Conflict(found.Revision));
        return there.ArchivedAtMs != 0 == alter.Archived
            ? new Decision.Answer(new SubmitResult.Unchanged(found.Revision, found.Records))
            : new Decision.Append(new AlterNamedSnapshot { Name = alter.Name, Archived = alter.Archived });
    }

    private static bool Holds(Precondition required, ReadOnlyMemory<byte>? current, RealmNamespace found, byte[] recordKey) => required switch
    {
        Precondition.Exists => current is not null,
        Precondition.Absent => current is null,
        Precondition.Matches matches => current is { } stands && SettingRecord.ContentHash(stands.Span) == matches.ContentHash,
        Precondition.StampedAt stamped => current is not null && State.SettingStamp.TryFind(found.Records, recordKey, out var stamp) && stamp.Revision == stamped.Revision,
        _ => throw new UnreachableException(),
    };
}
