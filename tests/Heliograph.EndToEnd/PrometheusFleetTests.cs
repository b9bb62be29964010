// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>A fleet of real processes as a real Prometheus sees it, with the rules that are shipped.</summary>
public sealed partial class PrometheusFleetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_is_seen_at_every_tier_and_an_origin_that_dies_is_too()
    {
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync("shop.basket");
        var first = await fleet.PutAsync("shop.basket", "Shop:Marker", "m0");
        var (_, relay) = await fleet.StartRelayAsync("r1", "eu", [fleet.OriginAddress]);
        var (_, agent) = await fleet.StartAgentAsync("a1", "eu", [relay]);
        var page = RealFleet.FreePorts(1)[0];
        var service = fleet.StartService("basket-1", "basket", "eu", [agent], "shop.basket", "--metrics", $"{page}");
        await fleet.RunsAsync("basket-1", service, first);
        await using var prometheus = await RealPrometheus.StartAsync(fleet.PathOf("prometheus"), new()
        {
            ["heliograph-origin"] = fleet.Api.BaseAddress!, ["heliograph-relay"] = fleet.HttpOf("r1"), ["heliograph-agent"] = fleet.HttpOf("a1"), ["heliograph-client"] = new Uri($"http://127.0.0.1:{page}"),
        });
        await prometheus.IsSoAsync("count(up == 1) == 4");

        // When a change goes its way
        var revision = await fleet.PutAsync("shop.basket", "Shop:Marker", "m1");

        // Then each tier has measured it, within the time that the objective gives
        await fleet.RunsAsync("basket-1", service, revision);
        foreach (var tier in new[] { "relay", "agent" })
            await prometheus.IsSoAsync($"heliograph_follower_propagation_duration_seconds_bucket{{job=\"heliograph-{tier}\",le=\"5\"}} >= 1 and ignoring(le) heliograph_follower_propagation_duration_seconds_count >= 1");
        await prometheus.IsSoAsync("heliograph_client_propagation_duration_seconds_count >= 1");
        await prometheus.IsSoAsync("heliograph_fleet_propagation_duration_seconds_count >= 1");
        await prometheus.IsSoAsync($"heliograph_log_sequence == {revision.Split('.')[1]}");
        await prometheus.IsSoAsync($"count(heliograph_follower_sequence == {revision.Split('.')[1]}) == 2");
        await prometheus.IsSoAsync("heliograph_submissions_total{outcome=\"committed\"} >= 3 and on () heliograph_submission_duration_seconds_count{outcome=\"committed\"} >= 3");
        await prometheus.IsSoAsync("heliograph_sequencer_leading == 1 and on () heliograph_log_entries_total >= 3 and on () heliograph_log_append_duration_seconds_count{outcome=\"appended\"} >= 3");
        await prometheus.IsSoAsync("sum(heliograph_fleet_instances{state=\"current\"}) >= 1 and on () sum(heliograph_fleet_instances{state=\"behind\"}) == 0");
        await prometheus.IsSoAsync("count(heliograph_hub_subscribers >= 1) == 3 and on () count(heliograph_hub_sent_bytes_total > 100) == 3");

        // And every metric that the reference gives a tier is there, and no other of ours
        foreach (var (job, address) in new[] { ("origin", fleet.Api.BaseAddress!), ("relay", fleet.HttpOf("r1")), ("agent", fleet.HttpOf("a1")) })
            Assert.Equal(Documented(job), await ScrapedAsync(fleet.Api, address));
        Assert.Equal(Documented("client"), await ScrapedAsync(fleet.Api, new Uri($"http://127.0.0.1:{page}")));

        // When the origin is gone
        await fleet.Origin.SignalAsync("KILL");

        // Then those below say that they are stale, and the alert that no origin takes changes waits to fire
        await prometheus.IsSoAsync("count(heliograph_follower_stale == 1) == 2 and on () count(heliograph_follower_staleness_seconds > 3) == 2");
        await prometheus.IsSoAsync("ALERTS{alertname=\"HeliographNoSequencer\"}");
        await prometheus.IsSoAsync("ALERTS{alertname=\"HeliographTierDown\"}");
    }

    /// <summary>Series of a tier in the reference. Not those that are there only in some life: a certificate, a first scrub, a service that earned STABLE, a face for App Configuration clients, a failed request, a page of the web server that nobody has asked yet.</summary>
    private static IEnumerable<string> Documented(string tier) =>
        File.ReadLines(Path.Combine(Repository(), "docs", "reference", "metrics.md")).Select(line => TableRow().Match(line)).Where(row => row.Success && row.Groups[3].Value.Split(' ').Contains(tier))
            .Select(row => row.Groups[1].Value).Where(name => name.StartsWith("heliograph_", StringComparison.Ordinal) && !name.StartsWith("heliograph_certificate", StringComparison.Ordinal) && name is not ("heliograph_log_scrub_age_seconds" or "heliograph_stable_age_seconds") && !name.StartsWith("heliograph_app_configuration", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static async Task<IEnumerable<string>> ScrapedAsync(HttpClient http, Uri address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/metrics"));
        using var answer = await http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        return (await answer.Content.ReadAsStringAsync(Cancel)).Split('\n').Select(line => SeriesName().Match(line)).Where(match => match.Success)
            .Select(match => Regex.Replace(match.Value, "_(bucket|sum|count)$", "")).Where(name => name.StartsWith("heliograph_", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal);
    }

    private static string Repository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Heliograph.slnx"))) directory = directory.Parent;
        return directory.FullName;
    }

    [GeneratedRegex(@"^\| `[a-z._]+` \| `([a-z_]+)` \| ([a-z-]+) \| [^|]*\| ([a-z ]+) \|")]
    private static partial Regex TableRow();

    [GeneratedRegex("^[a-z_]+")]
    private static partial Regex SeriesName();
}
