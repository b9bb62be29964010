// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

public sealed partial class PropagationModel
{
    /// <summary>The same steps where everything shares one machine: each is work of a process that waits for its turn, and flushes wait for one disk.</summary>
    private void PassOnShared(int index, List<Change> changes, double now, double send)
    {
        var node = _nodes[index];
        foreach (var child in node.Children) _shared!.Run(index, now, send, sent => Push(sent, new Step(StepKind.Arrive, child, changes)));
        var machine = _shape.Shared!;
        var apply = _costs.ApplyMicros / 1e6;
        for (var agent = node.Agents.First; agent < node.Agents.First + node.Agents.Count; agent++)
        {
            var (who, process) = (agent, _nodes.Count + agent / machine.AgentsPerProcess);
            _shared!.Run(index, now, send, sent => _shared.Run(process, sent, apply, applied => FlushShared(_costs.FlushesPerApply, applied, durable =>
            {
                Show(node, who, durable, changes);
                _shared.Run(process, durable, _costs.AfterApplyMicros / 1e6, static _ => { });
                _shared.Run(index, durable, _costs.ReportMicros / 1e6, static _ => { });
            })));
        }
        if (node.Parent <= 0) return;
        for (var other = 0; other < machine.Others; other++) // each of them follows one of the zone relays
            if (other % (_nodes.Count - 1 - _shape.Regions.Count) == ZoneOf(index)) _shared!.Run(-1 - other, now, machine.OtherMilliseconds / 1_000, static _ => { });
    }

    /// <summary>So many flushes one after the other; whoever waits for the disk leaves the processor to others.</summary>
    private void FlushShared(int flushes, double now, Action<double> done)
    {
        if (flushes == 0) done(now);
        else Push(_sharedDisk.Run(now, _shape.Shared!.FlushMilliseconds / 1_000), new Step(StepKind.Call, 0, [], Then: flushed => FlushShared(flushes - 1, flushed, done)));
    }

    /// <summary>The how-many-th zone relay a node is.</summary>
    private int ZoneOf(int index) => _nodes.Take(index).Count(node => node.Parent > 0);
}
