// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>Sizes a fleet: relays for each region, what each of them needs, how fast changes come down. From the same model as docs/scale.md.</summary>
public static class FleetPlanner
{
    /// <summary>Part of a relay's cores and network that is used at the busiest time: the rest is for storms and for a neighbour's agents.</summary>
    public const double UsedMost = 0.5;

    /// <summary>Zone relays of a region, at least: one may be lost, or restarted.</summary>
    public const int RelaysPerRegionMin = 2;

    /// <summary>Regional relays of a region: the second is the first one's stand-in.</summary>
    public const int RegionalPerRegion = 2;

    private const int DeliveriesModelled = 2_000_000, ChangesModelledMin = 5, ChangesModelledMax = 200;
    private const int SubscribersMax = 100_000; // a hub's default
    private const double HeartbeatSeconds = 10, ReportsPerSecondMax = 2_000, ReportBytes = 300;
    private const double SummariesPerSecond = 4, SummaryBytes = 4_096, SummaryMicros = 120; // what a relay reports upward, and what it costs above

    /// <summary>Makes a plan. Deterministic: the same needs and costs give the same plan.</summary>
    /// <param name="needs">What the fleet is to carry.</param>
    /// <param name="costs">What things cost.</param>
    /// <exception cref="ArgumentException">The needs are out of bounds; the message names every fault.</exception>
    public static FleetSizing Plan(FleetNeeds needs, Costs costs)
    {
        var faults = needs.Faults().ToList();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(needs));
        var warnings = new List<string>();
        var regions = Distances.Regions(needs.Regions, needs.Agents);
        var perRelay = AgentsPerRelay(needs, costs, regions[0].Agents, warnings);
        var shape = new FleetShape { Regions = regions, AgentsPerRelayMax = perRelay, Cores = needs.Cores, GigabitsPerSecond = needs.GigabitsPerSecond };
        var result = Propagate(needs, costs, shape);
        var relayLoss = new ReconnectModel(shape, costs, seed: 1).Run(new Outage.OneRelay(0));
        var regionLoss = needs.Regions > 1 ? new ReconnectModel(shape, costs, seed: 1).Run(new Outage.RelaysOfRegion(0)) : null;
        if (result.Applied.Quantile(0.99) > 1) warnings.Add($"99 % have applied a change only after {result.Applied.Quantile(0.99):0.0} s: fewer agents for each relay, or a faster network, make it faster.");
        if (regionLoss is not null && regionLoss.BusiestRelayAgents > SubscribersMax) warnings.Add($"When a region is lost, a relay of the next one would have {regionLoss.BusiestRelayAgents} agents; a hub takes {SubscribersMax}.");
        return new(needs, [Origin(needs, costs, shape), Regional(needs, costs, shape), Zone(needs, costs, shape)], result.Applied.Quantile(0.5), result.Applied.Quantile(0.99), result.Applied.Quantile(0.999),
            relayLoss.Connected.Quantile(0.99), regionLoss?.Connected.Quantile(0.99) ?? 0, perRelay, warnings);
    }

    /// <summary>As many as half of a relay's cores and network carry, with a neighbour's share added when one of the region's is lost.</summary>
    private static int AgentsPerRelay(FleetNeeds needs, Costs costs, int agentsOfRegion, List<string> warnings)
    {
        for (var relays = Math.Max(RelaysPerRegionMin, (agentsOfRegion + needs.AgentsPerRelayMax - 1) / needs.AgentsPerRelayMax); ; relays++)
        {
            var (agents, withOneLost) = ((agentsOfRegion + relays - 1) / relays, (agentsOfRegion + relays - 2) / (relays - 1));
            var cores = ZoneCores(needs, costs, withOneLost);
            var megabits = ZoneMegabits(needs, costs, withOneLost);
            if (cores <= UsedMost * needs.Cores && megabits <= UsedMost * needs.GigabitsPerSecond * 1_000) return Math.Max(1, agents);
            if (agents > 1) continue;
            warnings.Add("One agent alone takes more than half of a relay: it must be told less.");
            return 1;
        }
    }

    private static PropagationResult Propagate(FleetNeeds needs, Costs costs, FleetShape shape)
    {
        var changes = (int)Math.Clamp(DeliveriesModelled / (needs.Agents * needs.Share), ChangesModelledMin, ChangesModelledMax);
        var random = new ModelRandom(1);
        var (list, at) = (new List<Change>(), 0.0);
        for (var i = 0; i < changes; i++) list.Add(new(at += random.Exponential(needs.ChangesPerSecond), i, needs.BytesPerChange, new Audience(needs.Share, -1)));
        return new PropagationModel(shape, costs, seed: 1).Run(list);
    }

    private static TierPlan Zone(FleetNeeds needs, Costs costs, FleetShape shape)
    {
        var agents = shape.AgentsOf(shape.Regions[0], 0);
        return new("zone", shape.Relays, shape.RelaysOf(shape.Regions[0]), agents, ZoneCores(needs, costs, agents), costs.RelayMib + agents * costs.SubscriberKib / 1_024 + Held(needs, costs),
            ZoneMegabits(needs, costs, agents), RelayMegabitsIn(needs, costs) + Math.Min(ReportsPerSecondMax, agents) * ReportBytes * 8 / 1e6);
    }

    private static TierPlan Regional(FleetNeeds needs, Costs costs, FleetShape shape)
    {
        var children = shape.RelaysOf(shape.Regions[0]) + RegionalPerRegion - 1;
        return new("regional", RegionalPerRegion * shape.Regions.Count, RegionalPerRegion, children, RelayCores(needs, costs, children), costs.RelayMib + children * costs.SubscriberKib / 1_024 + Held(needs, costs),
            RelayMegabitsIn(needs, costs) * children, RelayMegabitsIn(needs, costs) + children * SummariesPerSecond * SummaryBytes * 8 / 1e6);
    }

    private static TierPlan Origin(FleetNeeds needs, Costs costs, FleetShape shape)
    {
        var children = RegionalPerRegion * shape.Regions.Count;
        return new("origin", 1, 1, children, RelayCores(needs, costs, children) + needs.ChangesPerSecond * costs.CommitMilliseconds / 1_000, costs.RelayMib + children * costs.SubscriberKib / 1_024 + Held(needs, costs),
            RelayMegabitsIn(needs, costs) * children, needs.ChangesPerSecond * needs.BytesPerChange * 8 / 1e6 + children * SummariesPerSecond * SummaryBytes * 8 / 1e6);
    }

    private static double Held(FleetNeeds needs, Costs costs) => needs.HeldBytes * costs.MemoryFactor / (1 << 20);

    private static double SendSeconds(FleetNeeds needs, Costs costs) => (costs.SendMicros + costs.SendMicrosPerKib * (needs.BytesPerChange + costs.UpdateOverheadBytes) / 1_024) / 1e6;

    private static double ApplySeconds(FleetNeeds needs, Costs costs) => (costs.ApplyMicros + costs.ApplyMicrosPerKib * (needs.BytesPerChange + costs.UpdateOverheadBytes) / 1_024) / 1e6;

    private static double RelayCores(FleetNeeds needs, Costs costs, int children) =>
        needs.ChangesPerSecond * (ApplySeconds(needs, costs) + children * SendSeconds(needs, costs)) + children * (costs.HeartbeatMicros / HeartbeatSeconds + SummariesPerSecond * SummaryMicros) / 1e6;

    private static double ZoneCores(FleetNeeds needs, Costs costs, int agents) =>
        Math.Min(needs.ChangesPerSecond, 1 / PropagationModel.JoinSeconds) * (ApplySeconds(needs, costs) + agents * needs.Share * SendSeconds(needs, costs))
        + agents * costs.HeartbeatMicros / HeartbeatSeconds / 1e6 + Math.Min(ReportsPerSecondMax, agents * needs.Share * needs.ChangesPerSecond) * costs.ReportMicros / 1e6;

    private static double ZoneMegabits(FleetNeeds needs, Costs costs, int agents) =>
        agents * (needs.Share * (needs.ChangesPerSecond * needs.BytesPerChange + Math.Min(needs.ChangesPerSecond, 1 / PropagationModel.JoinSeconds) * costs.UpdateOverheadBytes) + costs.HeartbeatBytes / HeartbeatSeconds) * 8 / 1e6;

    private static double RelayMegabitsIn(FleetNeeds needs, Costs costs) => (needs.ChangesPerSecond * (needs.BytesPerChange + costs.UpdateOverheadBytes) + costs.HeartbeatBytes / HeartbeatSeconds) * 8 / 1e6;
}
