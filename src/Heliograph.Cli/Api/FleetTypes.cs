// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Api;

// The fleet's half of docs/reference/api.md.

internal sealed record Refusal(string? Revision, string? Code, string? Detail);

internal sealed record FleetInstance(
    string Id, string? Service, string? Region, string? Zone, string? Ring, string? Version, string? Host, string? Path,
    string? Namespace, string? Revision, string? StateRoot, bool Stale, bool ServingStable, DateTimeOffset? AppliedAt, Refusal? Refusal);

internal sealed record FleetCohort(string? Revision, string? StateRoot, string? Region, string? Ring, long Count);

internal sealed record FleetNamespace(
    string Namespace, string? Revision, long Connected, long Current, long Stale, long Refused,
    IReadOnlyList<FleetCohort>? Cohorts, IReadOnlyList<FleetInstance>? Laggards, long LaggardsLeftOut, PinView? Pin = null);

internal sealed record FleetView(string? Revision, IReadOnlyList<FleetNamespace> Namespaces, DateTimeOffset? AsOf);

internal sealed record FleetInstances(IReadOnlyList<FleetInstance> Items, long LeftOut);

internal sealed record FleetWait(bool Reached, long Applied, long Connected, IReadOnlyList<FleetInstance>? Laggards, long LaggardsLeftOut);

internal sealed record ExplainNewest(string? Revision, SettingView? Setting, DateTimeOffset? ChangedAt, string? ChangedBy, string? Message);

internal sealed record ExplainLayer(int Number, int Of, string Namespace, string? Label, string? KeyPrefix);

internal sealed record ExplainOverride(int Number, string Namespace, string Key, string? Label);

internal sealed record ExplainView(
    FleetInstance Instance, bool? Connected, DateTimeOffset? LastSeenAt, string Namespace, string Key, string? Label, ExplainLayer? Layer, ExplainOverride? OverriddenBy, SettingView? Setting, string? Revision,
    DateTimeOffset? ChangedAt, string? ChangedBy, string? Message, ExplainNewest? Newest, string? Reason, string? Why)
{
    public IReadOnlyList<string>? LocalOverrides { get; init; }

    public PinView? Pin { get; init; }
}

/// <summary>A stop of changes; the scope is a namespace or <c>*</c>.</summary>
internal sealed record FreezeView(string Scope, string By, string Reason, DateTimeOffset? At);

internal sealed record FreezePage(IReadOnlyList<FreezeView> Items, string? Next);

internal sealed record NewFreeze(string Reason);

/// <summary>A namespace held at a revision; <c>before</c> is its revision from before that.</summary>
internal sealed record PinView(string Namespace, string Revision, string? Before, string By, string Reason, DateTimeOffset? At);

internal sealed record PinPage(IReadOnlyList<PinView> Items, string? Next);

internal sealed record NewPin(string Revision, string Message, string? ExpectedRevision);

internal sealed record ProtectionView(string Scope, int Approvals, int ExpiresInHours, string By, DateTimeOffset? At);

internal sealed record ProtectionPage(IReadOnlyList<ProtectionView> Items, string? Next);

internal sealed record ProtectionBody(int Approvals, int ExpiresInHours);

internal sealed record ConsentView(string By, DateTimeOffset At);

internal sealed record ChangeRequestView(
    string Id, string Namespace, string Kind, string Status, string Author, string Message, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int ApprovalsNeeded, IReadOnlyList<ConsentView> Approvals,
    string? To, string? ExpectedRevision, string? ClosedBy, DateTimeOffset? ClosedAt, string? Reason, string? Revision, IReadOnlyList<DiffItem>? Diff, string? Obstacle);

internal sealed record ChangeRequestPage(IReadOnlyList<ChangeRequestView> Items, string? Next);

internal sealed record ChangeRequestBody(IReadOnlyList<OperationBody>? Operations = null, string? To = null, string? Message = null, string? ExpectedRevision = null);

internal sealed record RejectionBody(string Reason);

internal sealed record TokenView(string Id, string Subject, DateTimeOffset? CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt = null, string? Role = null, IReadOnlyList<string>? Namespaces = null, IReadOnlyList<string>? Networks = null);

internal sealed record TokenPage(IReadOnlyList<TokenView> Items, string? Next);

internal sealed record NewToken(string Subject, int? ExpiresInDays, string? Role = null, IReadOnlyList<string>? Namespaces = null, IReadOnlyList<string>? Networks = null);

internal sealed record CreatedToken(string Id, string Token, string Subject, DateTimeOffset? ExpiresAt);

/// <summary>Value of a setting <c>roles/…</c> in <c>heliograph.realm</c>.</summary>
internal sealed record RoleGrant(string Subject, string Role, string Namespaces);

/// <summary>One granted role and the setting that holds it.</summary>
internal sealed record NamedRole(string Name, string? Subject, string? Role, string? Namespaces);

internal sealed record RoleList(IReadOnlyList<NamedRole> Items);

/// <summary>What <c>helio status</c> says.</summary>
internal sealed record StatusView(string Server, RealmStatus Realm, IReadOnlyList<FreezeView>? Freezes, IReadOnlyList<PinView>? Pins, IReadOnlyList<FleetNamespace>? Fleet);
