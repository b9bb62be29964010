// SPDX-License-Identifier: Apache-2.0
using Heliograph.Planning;

namespace Heliograph.Simulation.Scale;

/// <summary>The compact model is trusted at sizes at which only it can run, for it agrees with the product's own code where both can.</summary>
public sealed class ScaleFleetTests
{
    private const int Changes = 12, Bytes = 1_024;

    private static readonly TimeSpan _every = TimeSpan.FromSeconds(1);

    /// <summary>Times are counted from the origin's publication, at agents whose disks are alike, without a process behind them.</summary>
    private static readonly Costs _costs = new() { CommitMilliseconds = 0, HostHopMilliseconds = 0, SlowDiskShare = 0 };

    [Theory]
    [InlineData(1, 300, 300)] // one relay, next door
    [InlineData(3, 600, 100)] // three regions, two relays in each
    public void The_model_agrees_with_the_product_within_five_percent(int regions, int agents, int agentsPerRelay)
    {
        // Given the same fleet twice: once of the product's own code, once of the model
        var shape = new FleetShape { Regions = Distances.Regions(regions, agents), AgentsPerRelayMax = agentsPerRelay, Cores = 2 };
        var product = new ScaleFleet(shape, _costs, seed: 7).Run(Changes, _every, Bytes);
        var model = new PropagationModel(shape, _costs, seed: 7).Run([.. Enumerable.Range(0, Changes).Select(i => new Planning.Change(i * _every.TotalSeconds, 0, Bytes, Audience.Everyone))]);

        // Then both applied everything, and took the same time for it
        Assert.Equal(agents * Changes, product.Applied.Count);
        Assert.Equal(agents * Changes, model.Applied.Count);
        foreach (var share in new[] { 0.5, 0.9, 0.99 })
        {
            var (ours, theirs) = (model.Applied.Quantile(share), product.Applied.Quantile(share));
            Assert.True(Math.Abs(ours / theirs - 1) < 0.05, $"{share:P0} of {agents} agents: the model says {ours * 1_000:0.00} ms, the product took {theirs * 1_000:0.00} ms.");
        }
    }

    [Fact]
    public void A_seed_gives_the_same_fleet_step_by_step()
    {
        var shape = new FleetShape { Regions = Distances.Regions(2, 60), AgentsPerRelayMax = 30 };
        var (first, second, other) = (Run(1), Run(1), Run(2));
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(first.Steps, second.Steps);
        Assert.NotEqual(first.Digest, other.Digest);

        ScaleResult Run(ulong seed) => new ScaleFleet(shape, _costs, seed).Run(3, _every, Bytes);
    }
}
