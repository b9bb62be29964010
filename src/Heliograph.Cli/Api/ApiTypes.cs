// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Cli.Api;

// The shapes of docs/reference/api.md, member for member. Unknown members of an answer are passed over: a newer origin may say more.

internal sealed record RealmStatus(string Realm, string LogId, string Revision, DateTimeOffset? HeadIssuedAt, string? Version, string? Role, ScrubStatus? Scrub = null);

internal sealed record ScrubStatus(string State, DateTimeOffset? At, long Entries, long Bytes, string? Reason);

internal sealed record NamespaceView(
    string Name, string? Revision, string? StateRoot, long Settings, long Bytes, bool Archived, string? Description,
    DateTimeOffset? CreatedAt, string? CreatedBy, DateTimeOffset? ChangedAt, string? ChangedBy, FreezeView? Freeze = null, PinView? Pin = null);

internal sealed record NamespacePage(IReadOnlyList<NamespaceView> Items, string? Next);

internal sealed record NewNamespace(string Name, string? Description);

internal sealed record NamespacePatch(bool? Archived, string? Description);

internal sealed record SettingView(
    string Key, string? Label, string Value, string? ContentType, IReadOnlyDictionary<string, string>? Tags, bool Locked, string? Etag);

internal sealed record SettingPage(IReadOnlyList<SettingView> Items, string? Next, string? Revision, string? StateRoot);

internal sealed record SettingBody(string Value, string? ContentType, IReadOnlyDictionary<string, string>? Tags, string? Message);

internal sealed record OperationCondition(string? Etag = null, bool? Exists = null);

internal sealed record OperationBody(
    string Op, string Key, string? Label, string? Value = null, string? ContentType = null,
    IReadOnlyDictionary<string, string>? Tags = null, bool? Locked = null, OperationCondition? If = null);

internal sealed record ChangeBody(string? Message, string? ExpectedRevision, IReadOnlyList<OperationBody> Operations);

internal sealed record RollbackBody(string To, string? Message, string? ExpectedRevision);

internal sealed record DiffItem(string Key, string? Label, string Kind, SettingView? Before, SettingView? After);

internal sealed record ChangeView(
    string Namespace, string Revision, string? StateRoot, DateTimeOffset? CommittedAt, string? Actor, string? Message,
    int Changed, bool Duplicate, IReadOnlyList<DiffItem>? Diff)
{
    /// <summary>What came of waiting for the fleet; not part of the origin's answer, and absent where nobody waited.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FleetWait? Wait { get; init; }
}

/// <summary>What <c>helio apply</c> did, or would do.</summary>
internal sealed record AppliedView(bool DryRun, IReadOnlyList<string> Created, IReadOnlyList<ChangeView> Changes);

internal sealed record WatchChange(string Revision, string? StateRoot, IReadOnlyList<DiffItem> Changes);

internal sealed record WatchSnapshot(string Revision, string? StateRoot, IReadOnlyList<SettingView> Settings);

internal sealed record WatchLine(string Event, string? Id, JsonElement? Data);

internal sealed record DiffView(string From, string To, IReadOnlyList<DiffItem> Changes);

internal sealed record HistoryOperation(string Op, string Key, string? Label);

internal sealed record HistoryItem(
    string Revision, string? Namespace, DateTimeOffset? CommittedAt, string? Actor, string? Message, string? Kind,
    IReadOnlyList<HistoryOperation>? Operations, string? RolledBackTo, string? RequestId, string? EntryHash);

internal sealed record HistoryPage(IReadOnlyList<HistoryItem> Items, string? Next);

internal sealed record ProblemView(
    string? Type, string? Title, int? Status, string? Detail, IReadOnlyList<ProblemFault>? Errors, IReadOnlyList<ProblemSetting>? Failed, IReadOnlyList<ProblemSetting>? Locked);

/// <summary>A setting that stood in the way of a change.</summary>
internal sealed record ProblemSetting(string? Key, string? Label, string? Required, string? Etag);

internal sealed record ProblemFault(string? Path, string? Message);

internal sealed record NewAccessKey(string Namespace, string Access);

internal sealed record AccessKeyRotation(bool EndBoth);

internal sealed record AccessKeyView(string Id, string Namespace, string Access);

internal sealed record AccessKeyPage(IReadOnlyList<AccessKeyView> Items);

internal sealed record CreatedAccessKey(string Id, string Namespace, string Access, string Secret, string SecondarySecret)
{
    /// <summary>What a client is configured with; not part of the origin's answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConnectionString { get; init; }
}

/// <summary>What was deleted, for scripts.</summary>
internal sealed record DeletedView(string Deleted);
