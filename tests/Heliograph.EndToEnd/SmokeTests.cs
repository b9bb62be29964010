// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The whole thread with real processes: what <c>./run --smoke</c> runs.</summary>
public sealed class SmokeTests
{
    [Fact]
    public async Task A_fleet_outlives_the_loss_of_everything_above_it_and_converges_again()
    {
        // Given a fleet of origin, relays, agents and six services, all processes of their own
        await using var fleet = HelioProcess.Start("ShopFleet", "ShopFleet", ["--smoke"]);

        // When settings change fifty times while relays and the origin are killed, and services start with nothing above their agent
        var (code, output, errors) = await fleet.WaitAsync(TimeSpan.FromMinutes(4), TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage(output);

        // Then the processes' own journals say that all converged and none went back
        var verdict = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.True(code == 0, output + errors);
        Assert.True(verdict.GetProperty("converged").GetBoolean());
        Assert.Equal(50, verdict.GetProperty("changes").GetInt32());
        Assert.Equal(0, verdict.GetProperty("revisionsWentBackwards").GetInt32());
        Assert.InRange(verdict.GetProperty("processes").GetInt32(), 8, int.MaxValue);
        Assert.True(verdict.GetProperty("propagationMs").GetProperty("p99").GetDouble() > 0);
    }
}
