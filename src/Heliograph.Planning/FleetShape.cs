// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>A region of a fleet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="OneWayMilliseconds">From the origin, one way.</param>
/// <param name="Agents">Agents in it.</param>
public sealed record FleetRegion(string Name, double OneWayMilliseconds, int Agents);

/// <summary>A tree: an origin, in each region one regional relay, below it zone relays, below each of them agents.</summary>
public sealed record FleetShape
{
    /// <summary>The regions.</summary>
    public required IReadOnlyList<FleetRegion> Regions { get; init; }

    /// <summary>Most agents of one zone relay.</summary>
    public int AgentsPerRelayMax { get; init; } = 10_000;

    /// <summary>Cores of the origin and of each relay.</summary>
    public int Cores { get; init; } = 8;

    /// <summary>What each relay's network carries. Gbit/s.</summary>
    public double GigabitsPerSecond { get; init; } = 10;

    /// <summary>One way between machines of a region. Milliseconds.</summary>
    public double ZoneMilliseconds { get; init; } = 0.3;

    /// <summary>How much a way's time varies: each is drawn from its length to this share longer.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>The one machine that all of it runs on; <see langword="null"/>: every relay and every agent has its own.</summary>
    public SharedMachine? Shared { get; init; }

    /// <summary>Agents of all regions.</summary>
    public int Agents => Regions.Sum(region => region.Agents);

    /// <summary>Zone relays of a region.</summary>
    public int RelaysOf(FleetRegion region) => (region.Agents + AgentsPerRelayMax - 1) / AgentsPerRelayMax;

    /// <summary>Zone relays of all regions.</summary>
    public int Relays => Regions.Sum(RelaysOf);

    /// <summary>Agents of one of a region's zone relays: as even as can be.</summary>
    public int AgentsOf(FleetRegion region, int relay) => region.Agents / RelaysOf(region) + (relay < region.Agents % RelaysOf(region) ? 1 : 0);
}
