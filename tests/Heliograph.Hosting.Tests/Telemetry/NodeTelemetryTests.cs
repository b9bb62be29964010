// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using Heliograph.Hosting.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Heliograph.Hosting.Tests.Telemetry;

public sealed class NodeTelemetryTests
{
    private static readonly IServiceProvider s_services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    [Fact]
    public void A_counter_a_gauge_and_a_histogram_are_written_as_Prometheus_reads_them()
    {
        using var telemetry = new NodeTelemetry(new(), "relay", "r\"1\\");
        var counter = telemetry.Meter.CreateCounter<long>("heliograph.test.sent", "By", "Two\nlines.");
        var histogram = telemetry.Meter.CreateHistogram("heliograph.test.duration", "s", "How long.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 2] });
        telemetry.Meter.CreateObservableGauge("heliograph.test.age", () => 1.5, "s", "How old.");
        telemetry.Begin(s_services);
        counter.Add(3, new KeyValuePair<string, object?>("the.reason", "a\nb"));
        foreach (var seconds in new[] { 0.1, 1, 1, 7 }) histogram.Record(seconds);

        var text = telemetry.Scrape();

        Assert.Contains("# HELP heliograph_test_sent_bytes_total Two\\nlines.\n# TYPE heliograph_test_sent_bytes_total counter\nheliograph_test_sent_bytes_total{the_reason=\"a\\nb\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE heliograph_test_duration_seconds histogram\nheliograph_test_duration_seconds_bucket{le=\"0.5\"} 1\nheliograph_test_duration_seconds_bucket{le=\"2\"} 3\nheliograph_test_duration_seconds_bucket{le=\"+Inf\"} 4\nheliograph_test_duration_seconds_sum 9.1\nheliograph_test_duration_seconds_count 4\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE heliograph_test_age_seconds gauge\nheliograph_test_age_seconds 1.5\n", text, StringComparison.Ordinal);
        Assert.Contains("id=\"r\\\"1\\\\\"", text, StringComparison.Ordinal);
        Assert.Contains("role=\"relay\"", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_process_memory_working_set_bytes ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_of_one_process_do_not_see_each_others_numbers()
    {
        using var one = new NodeTelemetry(new(), "relay", "one");
        using var other = new NodeTelemetry(new(), "agent", "other");
        one.Begin(s_services);
        other.Begin(s_services);

        Assert.Contains("id=\"one\"", one.Scrape(), StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"other\"", one.Scrape(), StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"one\"", other.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anyone_may_read_them_over_HTTP()
    {
        await using var tier = new TestTier();
        using var telemetry = new NodeTelemetry(new(), "relay", "r1");
        await tier.StartAsync(telemetry.Map, null, null, "http://127.0.0.1:0");
        telemetry.Begin(tier.Services);
        using var http = tier.Http();

        using var first = await http.GetAsync("/metrics", TestContext.Current.CancellationToken);
        var second = await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", first.Content.Headers.ContentType!.ToString());
        Assert.True(first.Headers.CacheControl!.NoStore);
        Assert.Contains("http_server_request_duration_seconds_count{", second, StringComparison.Ordinal); // the first request is counted in the second
        Assert.Contains("http_route=\"/metrics\"", second, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("heliograph.hub.sent", "By", true, "heliograph_hub_sent_bytes_total")]
    [InlineData("heliograph.head.age", "s", false, "heliograph_head_age_seconds")]
    [InlineData("heliograph.hub.frames", "{frame}", true, "heliograph_hub_frames_total")]
    [InlineData("already.in.seconds", "s", false, "already_in_seconds")]
    [InlineData("a.part", "1", false, "a_part_ratio")]
    [InlineData("heliograph.log.full", "", false, "heliograph_log_full")]
    public void Units_are_part_of_a_name(string name, string unit, bool isCounter, string expected) => Assert.Equal(expected, PrometheusNames.Of(name, unit, isCounter));

    [Theory]
    [InlineData(-0.1, "http://127.0.0.1:4317", 1)]
    [InlineData(double.NaN, "ftp://127.0.0.1", 2)]
    [InlineData(0.5, "https://collector:4317", 0)]
    public void Options_are_judged_all_at_once(double ratio, string endpoint, int faults) =>
        Assert.Equal(faults, new TelemetryOptions { TraceRatio = ratio, OtlpEndpoint = new(endpoint) }.Validate().Count());
}
