// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Origin.Http;

// The shapes of docs/reference/api.md, member for member.

internal sealed record RealmView(string Realm, string LogId, string Revision, DateTimeOffset? HeadIssuedAt, string Version, string? Role, ScrubView Scrub);

internal sealed record ScrubView(string State, DateTimeOffset? At, long Entries, long Bytes, string? Reason);

internal sealed record NamespaceView(
    string Name, string Revision, string StateRoot, long Settings, long Bytes, bool Archived, string Description,
    DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ChangedAt, string ChangedBy, FreezeView? Freeze, PinView? Pin);

internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

internal sealed record SettingView(string Key, string? Label, string Value, string? ContentType, IReadOnlyDictionary<string, string> Tags, bool Locked, string Etag);

internal sealed record SettingPage(IReadOnlyList<SettingView> Items, string? Next, string Revision, string StateRoot);

internal sealed record DiffItem(string Key, string? Label, string Kind, SettingView? Before, SettingView? After);

internal sealed record ChangeView(
    string Namespace, string Revision, string StateRoot, DateTimeOffset? CommittedAt, string? Actor, string? Message,
    int Changed, bool Duplicate, IReadOnlyList<DiffItem> Diff);

internal sealed record DiffView(string From, string To, IReadOnlyList<DiffItem> Changes);

internal sealed record HistoryOperation(string Op, string Key, string? Label);

internal sealed record HistoryItem(
    string Revision, string Namespace, DateTimeOffset CommittedAt, string Actor, string Message, string Kind,
    IReadOnlyList<HistoryOperation> Operations, string? RolledBackTo, string RequestId, string EntryHash);

internal sealed record WatchChange(string Revision, string StateRoot, IReadOnlyList<DiffItem> Changes);

internal sealed record WatchSnapshot(string Revision, string StateRoot, IReadOnlyList<SettingView> Settings);

internal sealed record WatchDeleted(string Revision);

internal sealed record RefusalView(string Revision, string Code, string Detail);

internal sealed record FleetInstance(
    string Id, string Service, string Region, string Zone, string Ring, string Version, string Host, string Path, string Namespace,
    string Revision, string StateRoot, bool Stale, bool ServingStable, DateTimeOffset? AppliedAt, RefusalView? Refusal);

internal sealed record FleetCohort(string Revision, string StateRoot, string Region, string Ring, long Count);

internal sealed record FleetNamespace(
    string Namespace, string Revision, long Connected, long Current, long Stale, long Refused,
    IReadOnlyList<FleetCohort> Cohorts, IReadOnlyList<FleetInstance> Laggards, long LaggardsLeftOut, PinView? Pin);

internal sealed record FleetView(string Revision, IReadOnlyList<FleetNamespace> Namespaces, DateTimeOffset AsOf);

internal sealed record FleetInstances(IReadOnlyList<FleetInstance> Items, long LeftOut);

internal sealed record FleetWait(bool Reached, long Applied, long Connected, IReadOnlyList<FleetInstance> Laggards, long LaggardsLeftOut);

internal sealed record ExplainNewest(string Revision, SettingView? Setting, DateTimeOffset? ChangedAt, string? ChangedBy, string? Message);

internal sealed record ExplainView(
    FleetInstance Instance, bool Connected, DateTimeOffset? LastSeenAt, string Namespace, string Key, string? Label, ExplainLayer? Layer, ExplainOverride? OverriddenBy, SettingView? Setting, string Revision,
    DateTimeOffset? ChangedAt, string? ChangedBy, string? Message, ExplainNewest Newest, string Reason, string Why)
{
    /// <summary>Keys by which the instance's host sets this key, or what stands under it, for itself; the values are not known here.</summary>
    public IReadOnlyList<string> LocalOverrides { get; init; } = [];

    /// <summary>The pin that the newest revision stands under; <see langword="null"/> without one.</summary>
    public PinView? Pin { get; init; }
}

internal sealed record ExplainLayer(int Number, int Of, string Namespace, string? Label, string KeyPrefix);

internal sealed record ExplainOverride(int Number, string Namespace, string Key, string? Label);

internal sealed record TokenView(
    string Id, string Subject, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt = null, string? Role = null, IReadOnlyList<string>? Namespaces = null, IReadOnlyList<string>? Networks = null);

internal sealed record AccessKeyView(string Id, string Namespace, string Access);

internal sealed record NewAccessKeyView(string Id, string Namespace, string Access, string Secret, string SecondarySecret);

internal sealed record FreezeView(string Scope, string By, string Reason, DateTimeOffset? At);

internal sealed record PinView(string Namespace, string Revision, string Before, string By, string Reason, DateTimeOffset At);

internal sealed record ProtectionView(string Scope, int Approvals, int ExpiresInHours, string By, DateTimeOffset? At);

internal sealed record ConsentView(string By, DateTimeOffset At);

internal sealed record ChangeRequestView(
    string Id, string Namespace, string Kind, string Status, string Author, string Message, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int ApprovalsNeeded, IReadOnlyList<ConsentView> Approvals,
    string? To, string? ExpectedRevision, string? ClosedBy, DateTimeOffset? ClosedAt, string? Reason, string? Revision, IReadOnlyList<DiffItem>? Diff, string? Obstacle);

internal sealed record NewTokenView(string Id, string Token, string Subject, DateTimeOffset ExpiresAt);

internal sealed record NewEnrolmentView(string Token, string Identity, DateTimeOffset ExpiresAt);

internal sealed record CertificateView(string Certificate, string Identity, DateTimeOffset ExpiresAt);

internal sealed record AuditItem(string Hash, string Record);

internal sealed record AuditPage(string Chain, IReadOnlyList<AuditItem> Items, string? Next, long Last, string LastHash);

// Bodies of requests. They are read by BodyReader, which names every fault; these shapes are what /openapi/v1.json shows.

internal sealed record NewNamespace(string Name, string? Description = null);

internal sealed record NamespacePatch(bool? Archived = null, string? Description = null);

internal sealed record SettingBody(string Value, string? ContentType = null, IReadOnlyDictionary<string, string>? Tags = null, bool? Locked = null, string? Message = null);

internal sealed record Condition(string? Etag = null, bool? Exists = null);

internal sealed record OperationBody(
    string Op, string Key, string? Label = null, string? Value = null, string? ContentType = null, IReadOnlyDictionary<string, string>? Tags = null, bool? Locked = null, Condition? If = null);

internal sealed record ChangeBody(IReadOnlyList<OperationBody> Operations, string? Message = null, string? ExpectedRevision = null);

internal sealed record RollbackBody(string To, string? Message = null, string? ExpectedRevision = null);

internal sealed record NewFreeze(string Reason);

internal sealed record NewPin(string Revision, string Message, string? ExpectedRevision = null);

internal sealed record ProtectionBody(int? Approvals = null, int? ExpiresInHours = null);

internal sealed record ChangeRequestBody(IReadOnlyList<OperationBody>? Operations = null, string? To = null, string? Message = null, string? ExpectedRevision = null);

internal sealed record RejectionBody(string Reason);

internal sealed record NewToken(string Subject, int? ExpiresInDays = null, string? Role = null, IReadOnlyList<string>? Namespaces = null, IReadOnlyList<string>? Networks = null);

internal sealed record NewEnrolment(string Identity, IReadOnlyList<string>? Dns, IReadOnlyList<string>? Addresses);

internal sealed record SigningBody(string Csr);

internal sealed record NewAccessKey(string Namespace, string? Access);

internal sealed record AccessKeyRotation(bool? EndBoth);

internal sealed record ProblemFault(string Path, string Message);

internal sealed record ProblemView(string Type, string Title, int Status, string? Detail = null, IReadOnlyList<ProblemFault>? Errors = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, MaxDepth = 32, AllowDuplicateProperties = false, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(RealmView))]
[JsonSerializable(typeof(NamespaceView))]
[JsonSerializable(typeof(Page<NamespaceView>), TypeInfoPropertyName = "NamespacePage")]
[JsonSerializable(typeof(SettingView))]
[JsonSerializable(typeof(SettingPage))]
[JsonSerializable(typeof(ChangeView))]
[JsonSerializable(typeof(DiffView))]
[JsonSerializable(typeof(Page<HistoryItem>), TypeInfoPropertyName = "HistoryPage")]
[JsonSerializable(typeof(WatchChange))]
[JsonSerializable(typeof(WatchSnapshot))]
[JsonSerializable(typeof(WatchDeleted))]
[JsonSerializable(typeof(FleetView))]
[JsonSerializable(typeof(FleetInstances))]
[JsonSerializable(typeof(FleetWait))]
[JsonSerializable(typeof(ExplainView))]
[JsonSerializable(typeof(Page<TokenView>), TypeInfoPropertyName = "TokenPage")]
[JsonSerializable(typeof(NewTokenView))]
[JsonSerializable(typeof(NewFreeze))]
[JsonSerializable(typeof(NewPin))]
[JsonSerializable(typeof(FreezeView))]
[JsonSerializable(typeof(Page<FreezeView>), TypeInfoPropertyName = "FreezePage")]
[JsonSerializable(typeof(Page<PinView>), TypeInfoPropertyName = "PinPage")]
[JsonSerializable(typeof(ProtectionView))]
[JsonSerializable(typeof(Page<ProtectionView>), TypeInfoPropertyName = "ProtectionPage")]
[JsonSerializable(typeof(ProtectionBody))]
[JsonSerializable(typeof(ChangeRequestView))]
[JsonSerializable(typeof(Page<ChangeRequestView>), TypeInfoPropertyName = "ChangeRequestPage")]
[JsonSerializable(typeof(ChangeRequestBody))]
[JsonSerializable(typeof(RejectionBody))]
[JsonSerializable(typeof(NewNamespace))]
[JsonSerializable(typeof(NamespacePatch))]
[JsonSerializable(typeof(SettingBody))]
[JsonSerializable(typeof(ChangeBody))]
[JsonSerializable(typeof(RollbackBody))]
[JsonSerializable(typeof(NewToken))]
[JsonSerializable(typeof(NewAccessKey))]
[JsonSerializable(typeof(AccessKeyRotation))]
[JsonSerializable(typeof(NewAccessKeyView))]
[JsonSerializable(typeof(Page<AccessKeyView>), TypeInfoPropertyName = "AccessKeyPage")]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(NewEnrolment))]
[JsonSerializable(typeof(NewEnrolmentView))]
[JsonSerializable(typeof(SigningBody))]
[JsonSerializable(typeof(CertificateView))]
[JsonSerializable(typeof(ProblemView))]
internal sealed partial class ApiJson : JsonSerializerContext;
