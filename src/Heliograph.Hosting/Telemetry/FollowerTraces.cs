// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Counting;
using Heliograph.Replication.Following;

namespace Heliograph.Hosting.Telemetry;

/// <summary>A relay's or an agent's part of a commit's trace: <c>apply</c>, from the commit to durable and served here.</summary>
internal static class FollowerTraces
{
    /// <summary>Listens for what is applied: before following begins.</summary>
    public static void Add(Follower follower, double ratio, string id, TimeProvider time) => follower.Counts.Applied += applied =>
    {
        if (!applied.IsChange || !CommitTrace.IsWanted) return;
        var head = applied.Version.Head;
        CommitTrace.Record("apply", CommitTrace.ContextOf(head.LogId, applied.Version.Revision, ratio), applied.Version.Name, applied.Version.Revision, head.IssuedAt, time.GetUtcNow(), id);
    };
}
