// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The shipped rules, as Prometheus's own tool judges them.</summary>
public sealed class PrometheusRulesTests
{
    [Theory]
    [InlineData("check", "rules", "heliograph-alerts.yml", "heliograph-slo.yml")]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("test", "rules", "tests/alerts.yml", "tests/slo.yml")]
    public async Task Promtool_finds_nothing_wrong(params string[] arguments)
    {
        RealPrometheus.SkipWithout("promtool");
        await using var promtool = HelioProcess.Run("promtool", [.. arguments.Select(argument => argument.EndsWith(".yml", StringComparison.Ordinal) ? RealPrometheus.Rules(argument) : argument)]);
        var (code, output, errors) = await promtool.WaitAsync(TimeSpan.FromSeconds(120), TestContext.Current.CancellationToken);
        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public async Task Promtool_sees_a_rule_that_does_not_fire()
    {
        RealPrometheus.SkipWithout("promtool");
        var directory = Directory.CreateTempSubdirectory("hl-rules-");
        try
        {
            var rules = await File.ReadAllTextAsync(RealPrometheus.Rules("heliograph-alerts.yml"), TestContext.Current.CancellationToken);
            directory.CreateSubdirectory("tests");
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "heliograph-alerts.yml"), rules.Replace("heliograph_log_damaged == 1", "heliograph_log_damaged == 2", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            File.Copy(RealPrometheus.Rules("tests/alerts.yml"), Path.Combine(directory.FullName, "tests", "alerts.yml"));
            await using var promtool = HelioProcess.Run("promtool", "test", "rules", Path.Combine(directory.FullName, "tests", "alerts.yml"));
            var (code, output, errors) = await promtool.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            Assert.True(code != 0 && (output + errors).Contains("HeliographLogDamaged", StringComparison.Ordinal), output + errors);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
