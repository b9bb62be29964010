// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;
using Heliograph.Simulation.Checkers;

namespace Heliograph.Simulation.Fleet;

/// <summary>Sees every version that a machine activates, in the step in which it does, as an application would.</summary>
internal sealed class VersionWatch(FleetWorld world, string node) : INamespaceObserver
{
    /// <inheritdoc/>
    public void OnChanged(NamespaceVersion version)
    {
        world.Scheduler.Tell(node, $"activates {version.Name} {version.Revision} {version.Records.Root.ToString()[..8]}");
        world.Judge(() => world.History.Activated(version, node));
        world.Judge(() => world.Backwards.Handed(node, version.Name.Value, version.Revision));
        world.Judge(() => WholeChangesets.Verify(version.Records, node, version.Name.Value, Authors.Groups));
    }

    /// <inheritdoc/>
    public void OnHead(SignedHead head) { }

    /// <inheritdoc/>
    public void OnGone(NamespaceGone gone) => world.Scheduler.Tell(node, $"{gone.Name} is gone: {gone.Code}");
}
