// SPDX-License-Identifier: Apache-2.0
using Heliograph.Planning;

namespace Heliograph.Scale.World;

/// <summary>Ten regions and a million agents, with the reference workload; then a region is lost, and then every connection.</summary>
internal sealed class WorldRun(int agents, double seconds, double changesPerSecond, int burst, ulong seed)
{
    /// <summary>Most agents of a zone relay.</summary>
    public const int AgentsPerRelay = 10_000;

    /// <summary>The same of a fleet whose relays are to keep up with large values.</summary>
    public const int AgentsPerRelayFew = 2_500;

    /// <summary>What is under way to a relay far off, where its sockets' buffers are set for it.</summary>
    public const int WideWindowBytes = 4 << 20;

    public FleetShape Shape { get; } = new() { Regions = Distances.Regions(Distances.RegionsMax, agents), AgentsPerRelayMax = AgentsPerRelay };

    public Costs Costs { get; } = new();

    public int Agents => agents;

    public double Seconds => seconds;

    public double ChangesPerSecond => changesPerSecond;

    public int Burst => burst;

    /// <summary>The workload.</summary>
    public IReadOnlyList<Change> Changes() => new ChangeGenerator(seed, Distances.RegionsMax).Generate(changesPerSecond, seconds, burst);

    /// <summary>The workload comes down.</summary>
    public PropagationResult Propagate(Costs costs) => new PropagationModel(Shape, costs, seed).Run(Changes());

    /// <summary>The workload comes down a tree of more relays.</summary>
    public PropagationResult PropagateOverMore(Costs costs) => new PropagationModel(Shape with { AgentsPerRelayMax = AgentsPerRelayFew }, costs, seed).Run(Changes());

    /// <summary>One small change to everyone, five times, minutes apart: the emergency.</summary>
    public PropagationResult Emergency() => new PropagationModel(Shape, Costs, seed).Run([.. Enumerable.Range(0, 5).Select(i => new Change(i * 60.0, 0, 200, Audience.Everyone))]);

    public ReconnectResult Lose(Outage outage) => new ReconnectModel(Shape, Costs, seed).Run(outage);
}
