// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using Heliograph.Replication.Counting;

namespace Heliograph.Hosting.Telemetry;

/// <summary>What a tier tells of those below it: read from counters when someone collects, so that a delivery pays for none of it.</summary>
public static class HubMetrics
{
    private static readonly (PeerRefusal Reason, KeyValuePair<string, object?> Tag)[] Reasons =
    [
        (PeerRefusal.Protocol, new("reason", "protocol")), (PeerRefusal.WrongLog, new("reason", "wrong_log")), (PeerRefusal.NotAuthorized, new("reason", "not_authorized")),
        (PeerRefusal.Limit, new("reason", "limit")), (PeerRefusal.Shed, new("reason", "shed")),
    ];

    /// <summary>Makes the instruments.</summary>
    /// <param name="meter">Whose they are.</param>
    /// <param name="counts">What the node's hubs have done.</param>
    /// <param name="now">How they are now.</param>
    public static void Add(Meter meter, FanOutCounts counts, IHubGauges now)
    {
        Instruments.HubSubscribers.Observe(meter, () => now.SubscriberCount);
        Instruments.HubConnections.Observe(meter, () => counts.Connected);
        Instruments.HubFrames.Observe(meter, () => counts.Frames);
        Instruments.HubSent.Observe(meter, () => counts.Bytes);
        Instruments.HubRefusals.Observe(meter, () => Reasons.Select(reason => new Measurement<long>(counts.Refusals(reason.Reason), reason.Tag)));
        Instruments.HubStalled.Observe(meter, () => counts.Stalled);
        Instruments.HubWaiting.Observe(meter, () => now.WaitingBytesMax);
        Instruments.HubSnapshots.Observe(meter, () => now.SnapshotsNow);
    }
}

/// <summary>How the hubs of a node are now.</summary>
public interface IHubGauges
{
    /// <summary>Subscribers connected.</summary>
    int SubscriberCount { get; }

    /// <summary>The most bytes that wait for any one subscriber.</summary>
    long WaitingBytesMax { get; }

    /// <summary>Long updates that are being written.</summary>
    int SnapshotsNow { get; }
}
