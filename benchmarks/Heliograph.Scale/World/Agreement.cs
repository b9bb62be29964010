// SPDX-License-Identifier: Apache-2.0
using Heliograph.Planning;
using Heliograph.Simulation.Scale;

namespace Heliograph.Scale.World;

/// <summary>The product's own code and the model at the same size: milliseconds from publication to applied.</summary>
/// <remarks>Both share what chance gives relays (<see cref="RelayDraws"/>): with a few relays and changes, an upper percentile hangs on few draws of theirs, and two right runs would differ by more than is allowed.</remarks>
/// <param name="Agents">Agents of the fleet.</param>
/// <param name="Relays">Its zone relays.</param>
/// <param name="Product">The product's code.</param>
/// <param name="Model">The model.</param>
/// <param name="Noise">How far chance alone moves a quantile: the largest difference between runs of the model with other seeds for the agents, as a share.</param>
internal sealed record Agreement(int Agents, int Relays, Quantiles Product, Quantiles Model, double Noise)
{
    /// <summary>They agree if no quantile differs by more, as a share, and chance alone could not have made as much as half of it.</summary>
    public const double DifferenceMax = 0.05, NoiseMax = DifferenceMax / 2;

    private const int Changes = 20, Bytes = 1_024;
    private const int OtherSeeds = 8;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>The largest difference of a quantile, as a share of the product's.</summary>
    public double WorstDifference => Model.DifferenceFrom(Product);

    public bool Holds => WorstDifference < DifferenceMax && Noise < NoiseMax;

    /// <summary>Runs both.</summary>
    /// <param name="agents">Agents of the fleet.</param>
    /// <param name="seed">Everything random comes from it.</param>
    /// <param name="plant">Makes the model's costs others than the product is charged: a difference that must be found.</param>
    public static Agreement At(int agents, ulong seed, Func<Costs, Costs>? plant = null)
    {
        var costs = new Costs { CommitMilliseconds = 0, HostHopMilliseconds = 0, SlowDiskShare = 0 };
        var shape = new FleetShape { Regions = Distances.Regions(5, agents), AgentsPerRelayMax = Math.Max(100, agents / 10) };
        var draws = new RelayDraws(seed);
        var product = Quantiles.Of(new ScaleFleet(shape, costs, seed, draws).Run(Changes, Every, Bytes).Applied);
        var model = ModelOf(seed);
        return new(agents, shape.Relays, product, model, Enumerable.Range(1, OtherSeeds).Max(other => ModelOf(seed + (ulong)other).DifferenceFrom(model)));

        Quantiles ModelOf(ulong own) => Quantiles.Of(new PropagationModel(shape, plant is null ? costs : plant(costs), own, draws).Run([.. Enumerable.Range(0, Changes).Select(i => new Change(i * Every.TotalSeconds, 0, Bytes, Audience.Everyone))]).Applied);
    }
}

/// <summary>Milliseconds.</summary>
internal sealed record Quantiles(double P50, double P90, double P99, double P999, double Max)
{
    /// <summary>The largest difference of the 50th, 90th and 99th percentile, as a share of the other's.</summary>
    public double DifferenceFrom(Quantiles other) => new[] { P50 / other.P50, P90 / other.P90, P99 / other.P99 }.Max(ratio => Math.Abs(ratio - 1));

    public static Quantiles Of(TimeHistogram times) => new(Ms(times.Quantile(0.5)), Ms(times.Quantile(0.9)), Ms(times.Quantile(0.99)), Ms(times.Quantile(0.999)), Ms(times.Max));

    private static double Ms(double seconds) => Math.Round(seconds * 1_000, 2);
}
