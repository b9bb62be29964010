// SPDX-License-Identifier: Apache-2.0
using Heliograph.Planning;
using Heliograph.Scale.World;

namespace Heliograph.Scale.Tests;

/// <summary>The comparison of the model with the product's code passes for what is right, and only for that.</summary>
public sealed class AgreementTests
{
    private const int Agents = 200;

    [Fact]
    public void The_model_agrees_with_the_product_and_chance_is_not_what_makes_it()
    {
        var agreement = Agreement.At(Agents, seed: 3);
        Assert.True(agreement.Holds, agreement.ToString());
    }

    [Fact]
    public void A_model_that_forgets_a_flush_is_found()
    {
        var agreement = Agreement.At(Agents, seed: 3, costs => costs with { FlushesPerApply = costs.FlushesPerApply - 1 });
        Assert.False(agreement.Holds, agreement.ToString());
    }

    [Fact]
    public void What_chance_gives_a_relay_is_its_own_and_that_changes_own_and_always_the_same()
    {
        var draws = new RelayDraws(1);
        Assert.Equal(draws.Flushes(3, 7).Next(), new RelayDraws(1).Flushes(3, 7).Next());
        double[] others = [draws.Way(3, 7), draws.Way(4, 7), draws.Way(3, 8), new RelayDraws(2).Way(3, 7), draws.Flushes(3, 7).Next(), draws.Operations(3, 7).Next()];
        Assert.Equal(others.Length, others.Distinct().Count());
    }
}
