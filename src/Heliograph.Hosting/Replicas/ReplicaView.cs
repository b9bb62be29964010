// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Following;
using Microsoft.AspNetCore.Http;

namespace Heliograph.Hosting.Replicas;

/// <summary>What a relay or an agent says of itself over HTTP: for people and for monitoring, never a value.</summary>
internal static class ReplicaView
{
    public static IResult Json(ReplicaNodeOptions options, Follower follower, IReplicaFront front, Func<NamespaceName, bool> mayKnow) => TypedResults.Json(new ReplicaDescription(
        options.Id,
        options.Role.ToString(),
        options.Region,
        follower.ConnectedParent?.ToString(),
        follower.Freshness.IsStale,
        Math.Round(follower.Freshness.SinceFreshHead.TotalSeconds, 1),
        follower.NewestHead?.Revision.ToString(),
        front.SubscriberCount,
        [.. follower.Versions.Values.Where(version => mayKnow(version.Name)).Select(version => new HeldNamespace(version.Name.Value, version.Revision.ToString(), version.StateRoot.ToString(), version.Records.Count, follower.Freshness.IsStaleFor(version.Name)))],
        [.. front.Quarantined.Where(entry => mayKnow(entry.Namespace)).Select(entry => new QuarantinedRevision(entry.Service, entry.Namespace.Value, entry.Revision.ToString(), entry.Stable?.ToString()))]),
        ReplicaJson.Default.ReplicaDescription);
}

internal sealed record ReplicaDescription(string Id, string Role, string Region, string? Parent, bool Stale, double SecondsSinceFreshHead, string? Revision, int Subscribers, IReadOnlyList<HeldNamespace> Namespaces, IReadOnlyList<QuarantinedRevision> Quarantined);

internal sealed record QuarantinedRevision(string Service, string Namespace, string Revision, string? Stable);

internal sealed record HeldNamespace(string Namespace, string Revision, string StateRoot, int Settings, bool Stale);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase)]
[System.Text.Json.Serialization.JsonSerializable(typeof(ReplicaDescription))]
internal sealed partial class ReplicaJson : System.Text.Json.Serialization.JsonSerializerContext;
