// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

public sealed class HistoryTests
{
    [Theory]
    [InlineData(64L << 20)]
    [InlineData(0)] // nothing in memory: every past content is rebuilt from the log
    public async Task The_past_is_read_compared_and_restored(long historyBytes)
    {
        await using var origin = await RunningOrigin.StartAsync(sequencing: new SequencerOptions { HistoryBytesMax = historyBytes });
        await origin.SeedAsync("shop", ("a", "0"), ("b", "0"));
        var revisions = new List<string>();
        for (var i = 1; i <= 70; i++)
            revisions.Add((string)(await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = $"{i}" }))["revision"]!);

        foreach (var i in new[] { 1, 2, 35, 63, 64, 65, 70 })
            Assert.Equal($"{i}", (string)(await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/shop/setting?key=a&at={revisions[i - 1]}"))["value"]!);

        var diff = await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/shop/diff?from={revisions[9]}&to={revisions[19]}");
        Assert.Equal(("10", "20"), ((string)diff["changes"]![0]!["before"]!["value"]!, (string)diff["changes"]![0]!["after"]!["value"]!));

        var then = await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/shop/settings?at={revisions[9]}");
        var dry = await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/rollback?dryRun=true", new JsonObject { ["to"] = revisions[9] });
        var back = await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/rollback", new JsonObject { ["to"] = revisions[9], ["message"] = "back" });
        Assert.Equal((string)then["stateRoot"]!, (string)back["stateRoot"]!);
        Assert.Equal(dry["diff"]!.ToJsonString(), back["diff"]!.ToJsonString());
        Assert.Equal("10", (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=a"))["value"]!);

        var newest = (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/history?limit=1"))["items"]![0]!;
        Assert.Equal(("rollback", revisions[9], "back", "admin"), ((string)newest["kind"]!, (string)newest["rolledBackTo"]!, (string)newest["message"]!, (string)newest["actor"]!));
    }

    [Fact]
    public async Task History_is_paged_newest_first_filtered_by_key_and_outlives_the_namespace()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "0"));
        for (var i = 0; i < 5; i++) await SendAsync(origin.Admin, HttpMethod.Put, $"/api/v1/namespaces/shop/setting?key={(i % 2 == 0 ? "a" : "b")}", new JsonObject { ["value"] = $"x{i}" });

        var (kinds, before) = (new List<string>(), (string?)null);
        do
        {
            var page = await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/shop/history?limit=2{(before is null ? "" : $"&before={before}")}");
            kinds.AddRange(page["items"]!.AsArray().Select(item => (string)item!["kind"]!));
            before = (string?)page["next"];
        }
        while (before is not null);
        Assert.Equal(["change", "change", "change", "change", "change", "change", "create"], kinds);
        Assert.Equal(2, (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/history?key=b"))["items"]!.AsArray().Count);

        await SendAsync(origin.Admin, HttpMethod.Patch, "/api/v1/namespaces/shop", new JsonObject { ["archived"] = true });
        await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/shop", expected: HttpStatusCode.NoContent);
        Assert.Equal("delete", (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/history"))["items"]![0]!["kind"]!);
        await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/none/history", expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_read_can_ask_for_a_revision_and_is_told_if_it_does_not_come()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop");
        var next = origin.Host.Sequencer.Current.State.Revision.Next().ToString();

        var waiting = SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop", null, HttpStatusCode.OK, ("Heliograph-Min-Revision", next));
        await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "1" });
        Assert.Equal(1, (int)(await waiting)["settings"]!);

        await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop", null, HttpStatusCode.ServiceUnavailable, ("Heliograph-Min-Revision", "1.999999"));
    }

    [Fact]
    public async Task The_realms_history_is_paged_newest_first_and_ends_where_the_time_does()
    {
        await using var origin = await RunningOrigin.StartAsync();
        foreach (var name in new[] { "shop", "bank" }) await origin.SeedAsync(name, ("a", "0"));

        var (revisions, names, before) = (new List<string>(), new HashSet<string>(), (string?)null);
        do
        {
            var page = await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/history?limit=2&sinceSeconds=3600{(before is null ? "" : $"&before={before}")}");
            Assert.True(page["items"]!.AsArray().Count <= 2);
            revisions.AddRange(page["items"]!.AsArray().Select(item => (string)item!["revision"]!));
            names.UnionWith(page["items"]!.AsArray().Select(item => (string)item!["namespace"]!));
            before = (string?)page["next"];
        }
        while (before is not null);

        Assert.Subset(names, new HashSet<string> { "shop", "bank", "heliograph.realm" });
        Assert.DoesNotContain("heliograph.credentials", names);
        var sequences = revisions.Select(text => long.Parse(text.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(sequences.OrderDescending().Distinct(), sequences);
        Assert.Empty((await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/history?prefix=none"))["items"]!.AsArray());
        await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/history?sinceSeconds=0", expected: HttpStatusCode.BadRequest);
    }
}
