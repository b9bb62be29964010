// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Telemetry;
using Heliograph.Origin.Realm;

namespace Heliograph.Origin.Telemetry;

/// <summary>What an origin tells of its log, its leadership and its fleet: read when someone collects.</summary>
internal static class OriginMetrics
{
    /// <summary>Makes the instruments.</summary>
    public static void Add(Meter meter, RealmParts parts, int queueMax, TimeProvider time)
    {
        var sequencer = parts.Sequencer;
        HubMetrics.Add(meter, parts.HubCounts, parts);
        Instruments.LogEpoch.Observe(meter, () => sequencer.Current.State.Revision.Epoch);
        Instruments.LogSequence.Observe(meter, () => sequencer.Current.State.Revision.Sequence);
        Instruments.SequencerLeading.Observe(meter, () => sequencer.ReadOnlyReason is null ? 1 : 0);
        Instruments.SequencerRecovery.Observe(meter, () => sequencer.IsInRecovery ? 1 : 0);
        Instruments.SequencerQueue.Observe(meter, () => sequencer.QueueLength);
        Instruments.SequencerQueueLimit.Observe(meter, () => queueMax);
        Instruments.HeadAge.Observe(meter, () => (time.GetUtcNow() - sequencer.Current.Head?.IssuedAt)?.TotalSeconds);
        Instruments.HeadRemaining.Observe(meter, () => (sequencer.Current.Head?.ExpiresAt - time.GetUtcNow())?.TotalSeconds);
        Instruments.StoreFull.Observe(meter, () => parts.Space.IsFull ? 1 : 0);
        Instruments.ScrubDamaged.Observe(meter, () => parts.Scrubber.Last.State == "damaged" ? 1 : 0);
        Instruments.ScrubAge.Observe(meter, () => parts.Scrubber.LastWholeAt is { } at ? (time.GetUtcNow() - at).TotalSeconds : null);
        var fleet = new FleetCount(parts.OwnFleet, sequencer, time);
        Instruments.FleetInstances.Observe(meter, () =>
        {
            var now = fleet.Now();
            return new Measurement<long>[] { new(now.Current, new KeyValuePair<string, object?>("state", "current")), new(now.Behind, new KeyValuePair<string, object?>("state", "behind")) };
        });
        Instruments.FleetStale.Observe(meter, () => fleet.Now().Stale);
        Instruments.FleetRefused.Observe(meter, () => fleet.Now().Refused);
    }
}
