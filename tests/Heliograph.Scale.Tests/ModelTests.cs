// SPDX-License-Identifier: Apache-2.0
using Heliograph.Planning;

namespace Heliograph.Scale.Tests;

public sealed class ModelTests
{
    private static readonly FleetShape Shape = new() { Regions = Distances.Regions(10, 20_000), AgentsPerRelayMax = 1_000 };

    [Fact]
    public void A_seed_gives_identical_results_and_another_seed_others()
    {
        var changes = new ChangeGenerator(3, 10).Generate(2, 30, burst: 50);
        var (first, second, other) = (Run(1), Run(1), Run(2));
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);

        string Run(ulong seed)
        {
            var result = new PropagationModel(Shape, new Costs(), seed).Run(changes);
            return FormattableString.Invariant($"{result.Applied.Count} {result.Applied.Quantile(0.5):R} {result.Applied.Quantile(0.999):R} {result.Applied.Max:R} {result.Zone.CpuSeconds:R} {result.Zone.BytesOut:R} {result.Deliveries}");
        }
    }

    [Fact]
    public void Everyone_who_wants_a_change_gets_it_once_and_nobody_else()
    {
        var result = new PropagationModel(Shape, new Costs(), 1).Run([new(0, 0, 100, Audience.Everyone), new(5, 1, 100, new Audience(1, 4)), new(10, 2, 100, new Audience(0.01, -1))]);
        Assert.Equal(20_000 + 2_000 + 200, result.Applied.Count);
        Assert.Equal(2_000 + 2_000 + 20, result.AppliedByRegion[4].Count);
        Assert.Equal(2_000 + 20, result.AppliedByRegion[3].Count);
    }

    [Fact]
    public void Nothing_comes_before_light_has()
    {
        var result = new PropagationModel(Shape, new Costs(), 1).Run([new(0, 0, 100, Audience.Everyone)]);
        for (var region = 0; region < Shape.Regions.Count; region++)
            Assert.True(result.AppliedByRegion[region].Quantile(0) >= 0.99 * Shape.Regions[region].OneWayMilliseconds / 1_000, Shape.Regions[region].Name);
    }

    [Fact]
    public void A_large_value_over_a_long_way_waits_for_its_window()
    {
        var costs = new Costs { InitialWindowBytes = 10_000, WindowBytes = 20_000 };
        Assert.Equal(0, costs.WindowSeconds(10_000, 0.2));
        Assert.Equal(0.2, costs.WindowSeconds(30_000, 0.2), 9); // 10,000, then 20,000
        Assert.Equal(0.6, costs.WindowSeconds(60_000, 0.2), 9); // and again, and again
    }

    [Fact]
    public void Changes_that_pile_up_are_joined_and_each_is_still_counted()
    {
        var changes = Enumerable.Range(0, 200).Select(i => new Change(i * 0.001, 0, 100, Audience.Everyone)).ToList();
        var result = new PropagationModel(Shape with { Cores = 1 }, new Costs(), 1).Run(changes);
        Assert.Equal(200 * 20_000, result.Applied.Count);
        Assert.True(result.Deliveries < 60 * 20_000, $"{result.Deliveries} deliveries: 200 changes in 0.2 s are to be joined.");
    }

    [Fact]
    public void Quantiles_are_within_half_a_percent()
    {
        var histogram = new TimeHistogram();
        for (var i = 1; i <= 100_000; i++) histogram.Add(i / 1_000.0);
        foreach (var share in new[] { 0.1, 0.5, 0.99, 0.999 }) Assert.InRange(histogram.Quantile(share) / (share * 100), 0.995, 1.005);
        Assert.Equal(100, histogram.Max);
        Assert.Equal(0, new TimeHistogram().Quantile(0.5));
    }

    [Fact]
    public void All_agents_of_a_lost_region_come_back_to_the_next_one_and_the_others_notice_nothing()
    {
        var result = new ReconnectModel(Shape, new Costs(), 1).Run(new Outage.RelaysOfRegion(2));
        Assert.Equal(2_000, result.Agents);
        Assert.Equal(2_000, result.Connected.Count);
        Assert.InRange(result.Connected.Quantile(0), ReconnectModel.StaleAfter - ReconnectModel.Heartbeat + ReconnectModel.DialDeadline, double.MaxValue); // silence is noticed, then another silent parent is waited for
        Assert.Equal(2_000, result.BusiestRelayAgents); // its own thousand and one of the lost
        Assert.True(result.AttemptsMost <= 4);
    }

    [Fact]
    public void A_storm_of_all_is_over_as_soon_as_the_relays_processors_allow()
    {
        var costs = new Costs();
        var result = new ReconnectModel(Shape, costs, 1).Run(new Outage.EveryConnection());
        Assert.Equal(20_000, result.Connected.Count);
        var least = 1_000 * (costs.HandshakeMicros + costs.ResumeMicros) / 1e6 / Shape.Cores;
        Assert.InRange(result.Connected.Max, least, least + ReconnectModel.BackoffFloor + 0.1);
        Assert.Equal(1, result.AttemptsMost);
    }
}
