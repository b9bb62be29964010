// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.Upgrade.Tests;

/// <summary>From the earlier build to this one while authors write and programs read; and the two builds side by side (docs/reference/versions.md).</summary>
public sealed class RollingUpgradeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Relays_then_the_origin_then_agents_nothing_is_lost_nobody_goes_backwards_and_writes_wait_for_the_restart_alone()
    {
        await using var fleet = new MixedFleet(await EarlierBuild.HelioAsync());

        // Given the earlier build everywhere, a service of the present one, and load
        await fleet.StartOriginAsync(isEarlier: true);
        await fleet.SendAsync(HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = "load" });
        foreach (var relay in new[] { "r1", "r2" }) await fleet.StartRelayAsync(relay, isEarlier: true, "o1");
        string[] agents = ["a1", "a2"];
        await fleet.StartAgentAsync("a1", isEarlier: true, "r1", "r2");
        await fleet.StartAgentAsync("a2", isEarlier: true, "r2", "r1");
        await using var author = new SteadyAuthor(fleet.Api);
        await author.AdvanceAsync(1);
        foreach (var agent in agents) await MixedFleet.EventuallyAsync(async () => await fleet.ValueAsync(agent, "Number") is not null, () => $"{agent} serves");
        await using Observer one = new(fleet.HttpOf("a1")), two = new(fleet.HttpOf("a2"));
        fleet.StartService("s1", "a1");
        await author.AdvanceAsync(50);
        await NumberAtAsync(one, two, author.Acknowledged);

        // When everything is upgraded, a process at a time
        foreach (var relay in new[] { "r1", "r2" })
        {
            await fleet.StopAsync(relay);
            await fleet.StartRelayAsync(relay, isEarlier: false, "o1");
            await fleet.FollowsAsync(relay);
            await author.AdvanceAsync(20);
            await NumberAtAsync(one, two, author.Acknowledged);
        }
        var (restart, before) = (Stopwatch.StartNew(), author.Acknowledged);
        await fleet.StopAsync("o1");
        await fleet.StartOriginAsync(isEarlier: false);
        restart.Stop();
        await author.AdvanceAsync(20);
        var after = author.Acknowledged;
        await NumberAtAsync(one, two, author.Acknowledged);
        foreach (var agent in agents)
        {
            await fleet.StopAsync(agent);
            await fleet.StartAgentAsync(agent, isEarlier: false, agent == "a1" ? ["r1", "r2"] : ["r2", "r1"]);
            await fleet.FollowsAsync(agent);
            await author.AdvanceAsync(20);
            await NumberAtAsync(one, two, author.Acknowledged);
        }
        await author.EndAsync();
        await NumberAtAsync(one, two, author.Acknowledged);

        // Then every acknowledged change is in the history, once
        var history = new List<JsonNode>();
        for (var page = ""; ;)
        {
            var items = await fleet.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/load/history?key=Number&limit=1000{page}");
            history.AddRange(items["items"]!.AsArray()!);
            if ((string?)items["next"] is not { } next) break;
            page = $"&before={next}";
        }
        var written = history.Select(item => (string)item["revision"]!).ToList();
        Assert.Equal(author.Revisions.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));

        // And nobody went backwards: not the programs, not the service
        Assert.Empty(one.Backwards.Concat(two.Backwards));
        var journal = (await File.ReadAllLinesAsync(fleet.PathOf("s1.journal"), Cancel)).Select(line => (string?)JsonNode.Parse(line)!["revision"]).OfType<string>().Select(revision => long.Parse(revision.Split('.')[1], CultureInfo.InvariantCulture)).ToList();
        Assert.True(journal.Count > 5, $"The service applied {journal.Count} revisions.");
        Assert.Equal(journal.Order(), journal);

        // And one write at most was refused and had to wait: the one that came to the origin's restart
        TestContext.Current.SendDiagnosticMessage($"{author.Acknowledged} changes; {author.Refused} tries refused; the origin was away for {restart.ElapsedMilliseconds} ms, the longest write took {author.LongestWait.TotalMilliseconds:0} ms; {one.Answers + two.Answers} reads.");
        Assert.True(author.NumbersRefused.Count <= 1 && author.NumbersRefused.All(number => number > before && number <= after), $"Refused at first: {string.Join(", ", author.NumbersRefused)}; the origin was started again between {before} and {after}.");
    }

    [Theory]
    [InlineData(true, false, true)] // each arrow between the builds, in both directions
    [InlineData(false, true, false)]
    public async Task Two_builds_side_by_side_follow_each_other(bool origin, bool relay, bool agent)
    {
        await using var fleet = new MixedFleet(await EarlierBuild.HelioAsync());
        await fleet.StartOriginAsync(origin);
        await fleet.SendAsync(HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = "load" });
        await fleet.StartRelayAsync("r1", relay, "o1");
        await fleet.StartAgentAsync("a1", agent, "r1");
        foreach (var number in new[] { "1", "2" })
        {
            await fleet.SendAsync(HttpMethod.Put, "/api/v1/namespaces/load/setting?key=Number", new JsonObject { ["value"] = number });
            await MixedFleet.EventuallyAsync(async () => await fleet.ValueAsync("a1", "Number") == number, () => $"the agent serves {number}");
        }
        // What a service runs is reported up the same way.
        fleet.StartService("s1", "a1");
        await MixedFleet.EventuallyAsync(async () => (await fleet.SendAsync(HttpMethod.Get, "/api/v1/fleet?namespace=load"))["namespaces"]!.AsArray() is [{ } load] && (int?)load["connected"] > 0 && (int?)load["current"] == (int?)load["connected"], () => "the fleet is current");
    }

    private static Task NumberAtAsync(Observer one, Observer two, int number) => MixedFleet.EventuallyAsync(() => Task.FromResult(one.Seen >= number && two.Seen >= number), () => $"{number} is everywhere; seen: {one.Seen}, {two.Seen}");
}
