// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Replication.Counting;
using Heliograph.Replication.Following;

namespace Heliograph.Hosting.Telemetry;

/// <summary>What a relay or an agent tells of how it follows.</summary>
internal static class FollowerMetrics
{
    private static readonly (RefusalCode Code, KeyValuePair<string, object?> Tag)[] Codes = [.. Enum.GetValues<RefusalCode>().Select(code => (code, new KeyValuePair<string, object?>("code", RefusalCodes.ToWire(code))))];

    /// <summary>Makes the instruments, and listens for what is applied: before following begins.</summary>
    public static void Add(Meter meter, Follower follower, TimeProvider time)
    {
        var (counts, freshness) = (follower.Counts, follower.Freshness);
        var propagation = Instruments.FollowerPropagation.Record(meter);
        counts.Applied += applied =>
        {
            if (applied.IsChange && propagation.Enabled) propagation.Record(Math.Max(0, (time.GetUtcNow() - applied.Version.Head.IssuedAt).TotalSeconds)); // clocks apart must not make it negative
        };
        Instruments.FollowerStaleness.Observe(meter, () => freshness.SinceFreshHead.TotalSeconds);
        Instruments.FollowerClockOffset.Observe(meter, () => freshness.ClockOffset?.TotalSeconds);
        Instruments.FollowerStale.Observe(meter, () => freshness.IsStale ? 1 : 0);
        Instruments.FollowerConnected.Observe(meter, () => follower.ConnectedParent is null ? 0 : 1);
        Instruments.FollowerNamespaces.Observe(meter, () => follower.Versions.Count);
        Instruments.FollowerStaleNamespaces.Observe(meter, () => follower.Versions.Keys.Count(freshness.IsStaleFor));
        Instruments.FollowerRefusedNamespaces.Observe(meter, () => follower.RefusedCount);
        Instruments.FollowerUpdates.Observe(meter, () => counts.Updates);
        Instruments.FollowerSessions.Observe(meter, () => counts.Sessions);
        Instruments.FollowerLost.Observe(meter, () => counts.Lost);
        Instruments.FollowerRefusals.Observe(meter, () => Codes.Select(code => new Measurement<long>(counts.UpdatesRefused(code.Code), code.Tag)));
        Instruments.IntegrityFailures.Observe(meter, () => Codes.Select(code => new Measurement<long>(counts.HeadsRefused(code.Code), code.Tag)));
        Instruments.FollowerEpoch.Observe(meter, () => follower.NewestHead?.Revision.Epoch ?? 0);
        Instruments.FollowerSequence.Observe(meter, () => follower.NewestHead?.Revision.Sequence ?? 0);
        Instruments.FollowerHeadRemaining.Observe(meter, () => (follower.NewestHead?.ExpiresAt - time.GetUtcNow())?.TotalSeconds);
        Instruments.LastKnownGoodAge.Observe(meter, () => follower.Versions is { Count: > 0 } held ? Math.Max(0, (time.GetUtcNow() - held.Values.Min(version => version.Head.IssuedAt)).TotalSeconds) : null);
    }
}
