// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>Ten places around the world, and how far they are from an origin in us-east-1.</summary>
/// <remarks>Round trips of the first five are measured ones between a large provider's regions. The others are great circles at 200 km/ms, times 1.4: what the measured ones are above their own.</remarks>
public static class Distances
{
    private static readonly (string Name, double RoundTripMilliseconds)[] Places =
    [
        ("us-east-1", 0.6), ("us-west-2", 63), ("eu-west-1", 69), ("ap-northeast-1", 149), ("ap-southeast-1", 220),
        ("eu-central-1", 92), ("sa-east-1", 107), ("ap-south-1", 181), ("ap-southeast-2", 220), ("ca-central-1", 15),
    ];

    /// <summary>Most regions that can be asked for.</summary>
    public static int RegionsMax => Places.Length;

    /// <summary>The nearest in the list, with agents spread evenly.</summary>
    /// <param name="count">Regions, 1 to <see cref="RegionsMax"/>.</param>
    /// <param name="agents">Agents of all of them.</param>
    public static IReadOnlyList<FleetRegion> Regions(int count, int agents)
    {
        if (count < 1 || count > RegionsMax) throw new ArgumentOutOfRangeException(nameof(count), count, $"There are 1 to {RegionsMax} regions.");
        return [.. Places.Take(count).Select((place, index) => new FleetRegion(place.Name, place.RoundTripMilliseconds / 2, agents / count + (index < agents % count ? 1 : 0)))];
    }
}
