// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Serialization;
using Heliograph.Planning;

namespace Heliograph.Cli.Sizing;

/// <summary>A plan as it is printed.</summary>
internal sealed record PlanView(int Agents, int Regions, int AgentsPerRelay, IReadOnlyList<PlanTierView> Tiers, PlanPropagationView PropagationMs, double RelayLossP99Ms, double RegionLossP99Ms, IReadOnlyList<string> Warnings)
{
    public static PlanView Of(FleetSizing plan) => new(plan.Needs.Agents, plan.Needs.Regions, plan.AgentsPerRelay,
        [.. plan.Tiers.Select(tier => new PlanTierView(tier.Name, tier.Nodes, tier.NodesPerRegion, tier.Subscribers, Math.Round(tier.CoresUsed, 3), Math.Round(tier.MemoryMib), Math.Round(tier.MegabitsOut, 2), Math.Round(tier.MegabitsIn, 2)))],
        new(Milliseconds(plan.P50), Milliseconds(plan.P99), Milliseconds(plan.P999)), Milliseconds(plan.RelayLossP99), Milliseconds(plan.RegionLossP99), plan.Warnings);

    private static double Milliseconds(double seconds) => Math.Round(seconds * 1_000, 1);
}

/// <summary>A tier of it: each figure but the first two is of one machine.</summary>
internal sealed record PlanTierView(string Tier, int Machines, int MachinesPerRegion, int Subscribers, double CoresUsed, double MemoryMib, double MegabitsOut, double MegabitsIn);

/// <summary>Commit to applied.</summary>
internal sealed record PlanPropagationView(double P50, double P99, double P999);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PlanView))]
internal sealed partial class PlanJson : JsonSerializerContext;
