// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;

namespace Heliograph.Core.Sequencing;

/// <summary>Everything that is wrong with a submission whatever the state: grammar, limits, duplicates, reserved names. All faults, not the first.</summary>
public static class SubmissionFaults
{
    internal const int FaultsMax = 100; // beyond it the list helps nobody

    /// <summary>The faults; empty if there are none. Never quotes a value.</summary>
    public static IReadOnlyList<Fault> Of(Submission submission)
    {
        var faults = new List<Fault>();
        Check(faults, "actor", submission.Actor.Length == 0 ? "An actor must not be empty." : TextRules.Fault("actor", submission.Actor, Limits.ActorCharsMax));
        Check(faults, "requestId", RequestIdFault(submission.RequestId));
        Check(faults, "message", MessageFault("message", submission.Message));
        if (submission.Namespace.IsEmpty)
        {
            faults.Add(new("namespace", "A namespace name must not be empty."));
            return faults;
        }
        if (!submission.IsByOrigin) Check(faults, "namespace", ReservedFault(submission));
        switch (submission)
        {
            case Submission.Change change: CheckChangeset(faults, change); break;
            case Submission.Create create: Check(faults, "description", MessageFault("description", create.Description)); break;
            case Submission.Alter alter:
                if (alter is { Archived: null, Description: null, IsStamped: false }) faults.Add(new("", "Nothing is asked: give archived, description or both."));
                if (alter.Description is not null) Check(faults, "description", MessageFault("description", alter.Description));
                break;
            case Submission.CreateSnapshot snapshot: Check(faults, "name", State.SnapshotFaults.Of(snapshot.Name, snapshot.Definition.Length)); break;
        }
        return faults;
    }

    private static void Check(List<Fault> faults, string path, string? fault)
    {
        if (fault is not null && faults.Count < FaultsMax) faults.Add(new(path, fault));
    }

    private static string? RequestIdFault(string id) =>
        id.Length is 0 or > Limits.RequestIdCharsMax ? $"A request id has 1 to {Limits.RequestIdCharsMax} characters."
        : id.AsSpan().ContainsAnyExceptInRange('!', '~') ? "A request id holds printable ASCII characters only, and no spaces."
        : null;

    /// <summary>Text for people: line ends and tabs are allowed, other control characters are not.</summary>
    private static string? MessageFault(string what, string text) =>
        TextRules.Fault(what, text.AsSpan().ContainsAny('\n', '\r', '\t') ? text.Replace('\n', ' ').Replace('\r', ' ').Replace('\t', ' ') : text, Limits.MessageCharsMax);

    private static string? ReservedFault(Submission submission) =>
        !submission.Namespace.IsReserved ? null
        : submission.Namespace == NamespaceName.Realm && submission is Submission.Change or Submission.Rollback ? null
        : "Names beginning 'heliograph.' belong to the realm itself.";

    private static void CheckChangeset(List<Fault> faults, Submission.Change change)
    {
        var operations = change.Changeset.Operations;
        if (operations.Count is 0 or > Limits.ChangesetOperationsMax)
        {
            faults.Add(new("operations", $"A changeset has 1 to {Limits.ChangesetOperationsMax} operations; this one has {operations.Count}."));
            return;
        }
        var seen = new HashSet<SettingKey>(operations.Count);
        long bytes = 0;
        for (var i = 0; i < operations.Count; i++)
        {
            var operation = operations[i];
            if (!seen.Add(operation.Key)) Check(faults, $"operations[{i}].key", "A key and label stand once in a changeset; this one stands twice.");
            bytes += State.SettingRecord.KeyOf(operation.Key).Length + 16;
            if (operation is SettingOperation.Put { Setting: var setting })
            {
                SettingFaults.Add(faults, $"operations[{i}].", setting, FaultsMax);
                bytes += setting.Value.Length; // a lower bound, enough to refuse before anything is encoded; the entry's own size is checked when it is built
            }
            if (change.Namespace == NamespaceName.Realm && !change.IsByOrigin) Check(faults, $"operations[{i}]", RealmFault(operation));
        }
        if (bytes > Limits.ChangesetBytesMax) faults.Add(new("operations", $"A changeset has at most {Limits.ChangesetBytesMax} bytes."));
    }

    private static string? RealmFault(SettingOperation operation)
    {
        if (operation.Key.Label is not null || !operation.Key.Key.StartsWith(RoleBinding.KeyPrefix, StringComparison.Ordinal))
            return $"In '{NamespaceName.Realm}' only keys beginning '{RoleBinding.KeyPrefix}', without label, are an administrator's to change.";
        return operation is SettingOperation.Put { Setting.Value: var json } && !RoleBinding.TryParse(json, out _, out var error) ? error : null;
    }
}
