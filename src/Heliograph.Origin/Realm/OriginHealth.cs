// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Health;
using Heliograph.Origin.Cluster;

namespace Heliograph.Origin.Realm;

/// <summary>What the origin knows of its own health. It listens only once its log is loaded and verified, so it is started from the first answer on.</summary>
internal sealed class OriginHealth(Sequencer sequencer, StoreSpace space, LogScrubber scrubber, WriteForwarder? forwarder, TimeProvider time) : IHealthState
{
    /// <inheritdoc/>
    public bool IsStarted => true;

    /// <inheritdoc/>
    public bool CanServe => !sequencer.Completion.IsCompleted;

    /// <inheritdoc/>
    public bool? CanWrite => CanServe && TakesChanges && !space.IsFull;

    /// <inheritdoc/>
    public bool IsDegraded => !TakesChanges || space.IsFull || scrubber.Last.State is "damaged" or "interrupted";

    private bool TakesChanges => sequencer.ReadOnlyReason is null || (!sequencer.IsInRecovery && forwarder?.KnowsLeader == true);

    /// <inheritdoc/>
    public JsonObject Facts()
    {
        var (state, head) = sequencer.Current;
        return new()
        {
            ["role"] = "origin",
            ["revision"] = state.Revision.ToString(),
            ["headAgeSeconds"] = head is null ? null : Math.Round((time.GetUtcNow() - head.IssuedAt).TotalSeconds, 1),
            ["recovery"] = sequencer.IsInRecovery,
            ["readOnly"] = TakesChanges ? null : sequencer.ReadOnlyReason,
            ["sequencer"] = sequencer.ReadOnlyReason is null,
            ["storeFull"] = space.IsFull,
            ["scrub"] = scrubber.Last.ToJson(),
        };
    }
}
