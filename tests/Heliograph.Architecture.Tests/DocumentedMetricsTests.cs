// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Heliograph.Cli.Recovery;
using Heliograph.Hosting.Telemetry;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>docs/reference/metrics.md, the rules, the dashboard and the runbooks speak of the metrics and alerts that are there, and of all of them.</summary>
public sealed partial class DocumentedMetricsTests
{
    private static readonly string[] RuleFiles = ["heliograph-alerts.yml", "heliograph-slo.yml"];

    private static readonly Row[] Rows = [.. Repository.Reference("metrics.md").Split('\n').Select(line => TableRow().Match(line)).Where(match => match.Success).Select(Row.Of)];

    [Fact]
    public void Every_instrument_of_the_tiers_is_in_the_reference_as_it_is_and_no_other_is()
    {
        Assert.True(Instruments.All.Count > 40, "The instruments are not found any more.");
        Assert.Equal(Instruments.All.Select(Row.Of).OrderBy(row => row.Name), Rows.Where(row => row.Tiers is not ("client" or "command")).OrderBy(row => row.Name));
        Assert.Equal(MetricsFile.All.Select(Row.Of).OrderBy(row => row.Name), Rows.Where(row => row.Tiers == "command").OrderBy(row => row.Name));
    }

    [Fact]
    public void Names_have_their_units_and_say_what_counts()
    {
        Assert.All(Rows, row =>
        {
            Assert.Equal(PrometheusNames.Of(row.Name, row.Unit, row.Kind == "counter"), row.Prometheus);
            Assert.Matches(row.Name.StartsWith("heliograph.", StringComparison.Ordinal) ? @"^heliograph(\.[a-z_]+)+$" : @"^(http|dotnet)(\.[a-z_]+)+$", row.Name);
        });
        Assert.Equal(Rows.Length, Rows.Select(row => row.Prometheus).Distinct().Count());
    }

    [Fact]
    public void Rules_and_dashboard_name_metrics_that_exist()
    {
        var series = Rows.SelectMany(row => row.Kind == "histogram" ? new[] { $"{row.Prometheus}_bucket", $"{row.Prometheus}_sum", $"{row.Prometheus}_count" } : [row.Prometheus]).ToHashSet(StringComparer.Ordinal);
        var used = new List<string>();
        foreach (var file in RuleFiles) used.AddRange(Series().Matches(Repository.Read("deploy", "prometheus", file)).Select(match => match.Value));
        Assert.True(used.Count > 50, "The rules name nothing any more: look at the pattern.");
        used.AddRange(Expressions().SelectMany(expression => Series().Matches(expression)).Select(match => match.Value));
        Assert.Subset(series, used.Where(name => !name.StartsWith("heliograph_alerts", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal));
        foreach (var family in Families().Matches(string.Concat(RuleFiles.Select(file => Repository.Read("deploy", "prometheus", file)))).Select(match => match.Groups[1].Value))
            Assert.All(new[] { "follower", "client" }, tier => Assert.Contains($"heliograph_{tier}_{family}", series));
    }

    [Fact]
    public void Rules_and_dashboard_use_records_that_are_recorded()
    {
        var slo = Repository.Read("deploy", "prometheus", "heliograph-slo.yml");
        var recorded = Regex.Matches(slo, @"record: (\S+)").Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(22, recorded.Count);
        Assert.Subset(recorded, Regex.Matches(slo + string.Join('\n', Expressions()), @"heliograph:[a-z_]+:[a-z0-9_]+").Select(match => match.Value).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_alert_names_its_runbook_has_scenes_that_fire_it_and_leave_it_silent_and_stands_in_the_objectives()
    {
        var rules = string.Concat(RuleFiles.Select(file => Repository.Read("deploy", "prometheus", file)));
        var alerts = Regex.Matches(rules, @"- alert: (\w+)").Select(match => match.Groups[1].Value).ToList();
        Assert.True(alerts.Count > 30);
        var links = Regex.Matches(rules, @"runbook: (docs/runbooks/alerts-[a-z]+\.md)#([a-z]+)").Select(match => (Page: match.Groups[1].Value, Anchor: match.Groups[2].Value)).ToList();
        Assert.Equal(alerts.Select(alert => alert.ToLowerInvariant()), links.Select(link => link.Anchor));
        Assert.All(alerts.Zip(links), pair => Assert.Contains($"\n## {pair.First}\n", Repository.Read(pair.Second.Page), StringComparison.Ordinal));
        Assert.Equal(alerts.Distinct().Order(), Repository.Files("docs/runbooks", "alerts-*.md").SelectMany(page => Regex.Matches(Repository.Read(page), @"\n## (Heliograph\w+)\n")).Select(match => match.Groups[1].Value).Order());
        var scenes = Repository.Read("deploy", "prometheus", "tests", "alerts.yml") + Repository.Read("deploy", "prometheus", "tests", "slo.yml");
        Assert.All(alerts.Distinct(), alert =>
        {
            Assert.Matches($@"alertname: {alert}\n        exp_alerts:\s*\n\s+- exp_labels", scenes);
            Assert.Matches($@"alertname: {alert}\n        exp_alerts: \[\]", scenes);
        });
        var slo = Repository.Read("docs", "slo.md");
        Assert.All(alerts.Distinct(), alert => Assert.Matches($@"\[{alert}\]\(runbooks/alerts-[a-z]+\.md#{alert.ToLowerInvariant()}\)", slo));
    }

    private static IEnumerable<string> Expressions() =>
        JsonNode.Parse(Repository.Read("deploy", "grafana", "heliograph.json"))!["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? []).Select(target => (string)target!["expr"]!);

    [GeneratedRegex(@"^\| `([a-z._]+)` \| `([a-z_]+)` \| (counter|up-down|gauge|histogram) \| (?:`([^`]+)`)? ?\| ([a-z ]+) \| ([^|]*)\| ([^|]+) \|$")]
    private static partial Regex TableRow();

    [GeneratedRegex(@"\b(?:heliograph|dotnet|http_server)_[a-z0-9_]+\b(?!\|)")]
    private static partial Regex Series();

    [GeneratedRegex(@"heliograph_\(follower\|client\)_([a-z_]+)")]
    private static partial Regex Families();

    private sealed record Row(string Name, string Prometheus, string Kind, string Unit, string Tiers, string Attributes, string Description)
    {
        public static Row Of(Match match) => new(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value, match.Groups[5].Value, string.Join(' ', Regex.Matches(match.Groups[6].Value, "`([^`]+)`").Select(name => name.Groups[1].Value)), match.Groups[7].Value);

        public static Row Of(InstrumentDescription known) =>
            new(known.Name, known.PrometheusName, known.Kind == InstrumentKind.UpDownCounter ? "up-down" : known.Kind.ToString().ToLowerInvariant(), known.Unit, known.Tiers, known.Attributes, known.Description);
    }
}
