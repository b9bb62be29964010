// SPDX-License-Identifier: Apache-2.0
using Heliograph.Planning;
using Heliograph.Simulation.Scale;

namespace Heliograph.Scale.World;

/// <summary>The product's own code and the model at the same size: milliseconds from publication to applied.</summary>
internal sealed record Agreement(int Agents, int Relays, Quantiles Product, Quantiles Model, long ProductSteps)
{
    private const int Changes = 20, Bytes = 1_024;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>The largest difference of a quantile, as a share of the product's.</summary>
    public double WorstDifference => new[] { (Product.P50, Model.P50), (Product.P90, Model.P90), (Product.P99, Model.P99) }.Max(pair => Math.Abs(pair.Item2 / pair.Item1 - 1));

    /// <summary>Runs both.</summary>
    public static Agreement At(int agents, ulong seed)
    {
        var costs = new Costs { CommitMilliseconds = 0, HostHopMilliseconds = 0, SlowDiskShare = 0 };
        var shape = new FleetShape { Regions = Distances.Regions(5, agents), AgentsPerRelayMax = Math.Max(100, agents / 10) };
        var product = new ScaleFleet(shape, costs, seed).Run(Changes, Every, Bytes);
        var model = new PropagationModel(shape, costs, seed).Run([.. Enumerable.Range(0, Changes).Select(i => new Change(i * Every.TotalSeconds, 0, Bytes, Audience.Everyone))]);
        return new(agents, shape.Relays, Quantiles.Of(product.Applied), Quantiles.Of(model.Applied), product.Steps);
    }
}

/// <summary>Milliseconds.</summary>
internal sealed record Quantiles(double P50, double P90, double P99, double P999, double Max)
{
    public static Quantiles Of(TimeHistogram times) => new(Ms(times.Quantile(0.5)), Ms(times.Quantile(0.9)), Ms(times.Quantile(0.99)), Ms(times.Quantile(0.999)), Ms(times.Max));

    private static double Ms(double seconds) => Math.Round(seconds * 1_000, 2);
}
