// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Hosting.Health;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;

namespace Heliograph.Hosting.Replicas;

/// <summary>What a relay or an agent knows of its own health. Nothing above it makes it unready: what is held is served.</summary>
internal sealed class ReplicaHealth(ReplicaNodeOptions options, Follower follower, IReplicaFront front) : IHealthState
{
    /// <inheritdoc/>
    /// <remarks>It listens only once the last-known-good is read and verified.</remarks>
    public bool IsStarted => true;

    /// <inheritdoc/>
    public bool CanServe => follower.Versions.Count > 0;

    /// <inheritdoc/>
    public bool? CanWrite => null;

    /// <inheritdoc/>
    public bool IsDegraded => follower.Freshness.IsStale || StaleNamespaces() > 0 || follower.RefusedCount > 0;

    /// <inheritdoc/>
    public JsonObject Facts() => new()
    {
        ["role"] = options.Role == Role.Relay ? "relay" : "agent",
        ["revision"] = follower.NewestHead?.Revision.ToString(),
        ["connected"] = follower.ConnectedParent is not null,
        ["stale"] = follower.Freshness.IsStale,
        ["secondsSinceFreshHead"] = Math.Round(follower.Freshness.SinceFreshHead.TotalSeconds, 1),
        ["namespaces"] = follower.Versions.Count,
        ["staleNamespaces"] = StaleNamespaces(),
        ["refusedNamespaces"] = follower.RefusedCount,
        ["subscribers"] = front.SubscriberCount,
        ["archive"] = options.Archive?.Facts(),
    };

    private int StaleNamespaces() => follower.Versions.Keys.Count(follower.Freshness.IsStaleFor);
}
