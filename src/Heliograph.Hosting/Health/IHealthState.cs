// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace Heliograph.Hosting.Health;

/// <summary>What a tier knows of its own health. Read at every probe: answers must be at hand, without waiting for anything.</summary>
public interface IHealthState
{
    /// <summary>State is loaded and the tail of its chain verified. Never falls back to <see langword="false"/>.</summary>
    bool IsStarted { get; }

    /// <summary>It can serve reads and subscriptions. At a relay, an agent and a client this does not depend on anything above: what is held is served.</summary>
    bool CanServe { get; }

    /// <summary>It can take changes: store writable, epoch valid, sequencer reachable. <see langword="null"/> where there is no write path.</summary>
    bool? CanWrite { get; }

    /// <summary>It serves, but not as it should: stale, in recovery, read-only. A restart would not help, so no probe fails for it.</summary>
    bool IsDegraded { get; }

    /// <summary>What there is to say, as members of the answer: <c>stale</c>, <c>headAgeSeconds</c>, <c>recovery</c>. A new object at each call; nothing secret: probes are not authenticated.</summary>
    JsonObject Facts();
}
