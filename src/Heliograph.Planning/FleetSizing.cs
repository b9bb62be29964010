// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>What an operator knows of a fleet to be.</summary>
public sealed record FleetNeeds
{
    /// <summary>Most agents that can be planned for.</summary>
    public const int AgentsMax = 10_000_000;

    /// <summary>Agents, or clients that follow a relay themselves. 1 to <see cref="AgentsMax"/>.</summary>
    public required int Agents { get; init; }

    /// <summary>Regions, 1 to <see cref="Distances.RegionsMax"/>.</summary>
    public int Regions { get; init; } = 1;

    /// <summary>Changes a second at the busiest time.</summary>
    public double ChangesPerSecond { get; init; } = 1;

    /// <summary>Bytes that a change carries.</summary>
    public int BytesPerChange { get; init; } = 1_024;

    /// <summary>Share of the agents that a change concerns. Above 0, to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Bytes of settings that a relay holds for its agents.</summary>
    public long HeldBytes { get; init; } = 64L << 20;

    /// <summary>Cores of a relay.</summary>
    public int Cores { get; init; } = 8;

    /// <summary>What a relay's network carries. Gbit/s.</summary>
    public double GigabitsPerSecond { get; init; } = 10;

    /// <summary>Most agents that one relay is to have while all are well.</summary>
    public int AgentsPerRelayMax { get; init; } = 20_000;

    /// <summary>What cannot be planned with, a sentence each.</summary>
    public IEnumerable<string> Faults()
    {
        if (Agents is < 1 or > AgentsMax) yield return $"Agents are 1 to {AgentsMax}, not {Agents}.";
        if (Regions < 1 || Regions > Distances.RegionsMax) yield return $"Regions are 1 to {Distances.RegionsMax}, not {Regions}.";
        if (!(ChangesPerSecond is > 0 and <= 10_000)) yield return $"Changes a second are above 0, to 10,000, not {ChangesPerSecond}.";
        if (BytesPerChange is < 1 or > Limits.ChangesetBytesMax) yield return $"Bytes of a change are 1 to {Limits.ChangesetBytesMax}, not {BytesPerChange}.";
        if (!(Share is > 0 and <= 1)) yield return $"The share of agents that a change concerns is above 0, to 1, not {Share}.";
        if (HeldBytes is < 0 or > 1L << 40) yield return $"Bytes held are 0 to {1L << 40}, not {HeldBytes}.";
        if (Cores is < 1 or > 1_024) yield return $"Cores are 1 to 1,024, not {Cores}.";
        if (!(GigabitsPerSecond is > 0 and <= 1_000)) yield return $"Gbit/s are above 0, to 1,000, not {GigabitsPerSecond}.";
        if (AgentsPerRelayMax is < 1 or > 100_000) yield return $"Agents of one relay are 1 to 100,000, not {AgentsPerRelayMax}.";
    }
}

/// <summary>One tier of a plan, at the busiest time with every relay there.</summary>
/// <param name="Name"><c>origin</c>, <c>regional</c> or <c>zone</c>.</param>
/// <param name="Nodes">Machines of it, in all regions.</param>
/// <param name="NodesPerRegion">Machines of it in the largest region.</param>
/// <param name="Subscribers">Most subscribers of one machine.</param>
/// <param name="CoresUsed">Cores that one machine uses, on average over time.</param>
/// <param name="MemoryMib">Memory of one machine. MiB.</param>
/// <param name="MegabitsOut">What one machine sends. Mbit/s.</param>
/// <param name="MegabitsIn">What one machine receives. Mbit/s.</param>
public sealed record TierPlan(string Name, int Nodes, int NodesPerRegion, int Subscribers, double CoresUsed, double MemoryMib, double MegabitsOut, double MegabitsIn);

/// <summary>What a fleet needs, and what it may expect.</summary>
/// <param name="Needs">What was asked for.</param>
/// <param name="Tiers">Origin, regional relays, zone relays.</param>
/// <param name="P50">Half of the agents have applied a change so soon after its commit. Seconds.</param>
/// <param name="P99">The same of 99 %.</param>
/// <param name="P999">The same of 99.9 %.</param>
/// <param name="RelayLossP99">When one zone relay is lost, 99 % of its agents follow another one so soon. Seconds.</param>
/// <param name="RegionLossP99">When all relays of the largest region are lost without a word, 99 % of its agents follow another region's so soon; 0 with one region. Seconds.</param>
/// <param name="AgentsPerRelay">Most agents of one zone relay while all are well.</param>
/// <param name="Warnings">What does not fit.</param>
public sealed record FleetSizing(FleetNeeds Needs, IReadOnlyList<TierPlan> Tiers, double P50, double P99, double P999, double RelayLossP99, double RegionLossP99, int AgentsPerRelay, IReadOnlyList<string> Warnings);
