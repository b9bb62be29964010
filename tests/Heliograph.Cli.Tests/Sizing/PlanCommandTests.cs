// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Sizing;

public sealed class PlanCommandTests
{
    [Fact]
    public async Task A_plan_names_every_tier_and_what_each_machine_needs()
    {
        using var helio = new Helio();
        var plan = await PlanAsync(helio, "--agents", "100000", "--regions", "5", "--changes", "2");

        Assert.Equal(["origin", "regional", "zone"], plan.GetProperty("tiers").EnumerateArray().Select(tier => tier.GetProperty("tier").GetString()));
        var zone = plan.GetProperty("tiers")[2];
        Assert.Equal(10, zone.GetProperty("machines").GetInt32()); // two in a region at least, whatever the load
        Assert.Equal(10_000, zone.GetProperty("subscribers").GetInt32());
        Assert.InRange(zone.GetProperty("coresUsed").GetDouble(), 0.2, 4); // half of the default relay at most
        Assert.InRange(plan.GetProperty("propagationMs").GetProperty("p99").GetDouble(), 110, 1_000); // light alone needs 110 ms
        Assert.InRange(plan.GetProperty("relayLossP99Ms").GetDouble(), 1, 10_000);
        Assert.True(plan.GetProperty("regionLossP99Ms").GetDouble() > 30_000, "Silence is noticed after three heartbeats, and who asks a relay that is gone without a word waits for the dialer's deadline.");
    }

    [Fact]
    public async Task More_changes_or_larger_ones_need_more_relays()
    {
        using var helio = new Helio();
        var (calm, busy, large) = (await ZonesAsync("--changes", "1"), await ZonesAsync("--changes", "50"), await ZonesAsync("--changes", "1", "--change-bytes", "500000"));
        Assert.True(busy > calm, $"{busy} relays for fifty times the changes, {calm} before.");
        Assert.True(large > calm, $"{large} relays for changes of 500 KB, {calm} before.");

        async Task<int> ZonesAsync(params string[] more) => (await PlanAsync(helio, ["--agents", "50000", .. more])).GetProperty("tiers")[2].GetProperty("machines").GetInt32();
    }

    [Fact]
    public async Task The_same_question_has_the_same_answer_and_people_can_read_it()
    {
        using var helio = new Helio();
        string[] arguments = ["plan", "--agents", "20000", "--regions", "2", "--share", "30"];
        var (first, second) = (await helio.RunAsync(arguments), await helio.RunAsync(arguments));
        Assert.Equal(first.Out, second.Out);
        Assert.Contains("Commit to applied: p50", first.Out, StringComparison.Ordinal);
        Assert.Contains("follow another region", first.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Needs_out_of_bounds_are_named_all_at_once()
    {
        using var helio = new Helio();
        var ran = await helio.RunAsync("plan", "--agents", "0", "--regions", "11", "--share", "0", "--changes", "NaN");
        Assert.Equal(ExitCode.Usage, ran.Exit);
        foreach (var named in new[] { "Agents are 1", "Regions are 1 to 10", "share of agents", "Changes a second" }) Assert.Contains(named, ran.Error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> PlanAsync(Helio helio, params string[] arguments)
    {
        var ran = await helio.RunAsync(["plan", .. arguments, "-o", "json"]);
        Assert.Equal((ExitCode.Success, ""), (ran.Exit, ran.Error));
        return JsonDocument.Parse(ran.Out).RootElement;
    }
}
