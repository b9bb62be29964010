// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Every disaster that <c>helio drill</c> rehearses, as an operator runs it: real processes, real files, and a verdict.</summary>
public sealed class DrillTests
{
    [Theory]
    [InlineData("restore", 6)]
    [InlineData("restore-old-backup-with-archive", 8)]
    [InlineData("restore-from-archive", 5)]
    [InlineData("total-loss", 7)]
    [InlineData("recover", 9)]
    public async Task A_drill_passes_and_names_each_step(string name, int steps)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", ["drill", name, "-o", "json"]);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(240), TestContext.Current.CancellationToken);
        var verdict = JsonNode.Parse(output)!;
        Assert.True(code == 0 && (bool)verdict["passed"]!, $"{output}{errors}");
        Assert.Equal(steps, verdict["steps"]!.AsArray().Count);
    }

    [Fact]
    public async Task Every_drill_that_there_is_is_listed_and_run_here()
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", ["drill", "list", "-o", "table"]);
        var (code, output, _) = await helio.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        var listed = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(' ')[0]).Order();
        var run = typeof(DrillTests).GetMethod(nameof(A_drill_passes_and_names_each_step))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Select(data => (string)((InlineDataAttribute)data).Data[0]!).Order();
        Assert.Equal(run, listed);
    }
}
