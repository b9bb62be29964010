// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.FaultProxies;

public sealed class FaultProxyCommandTests
{
    [Fact]
    public async Task It_obeys_lines_of_its_input_and_says_what_holds()
    {
        using var helio = new Helio
        {
            In = "latency 50ms\njitter 20ms\nbandwidth 64KiB\nblackhole on\ncorrupt 0.5\nreset 0.25\ndirection up\nlatency soon\nnonsense\nreset now\nheal\nstop\nlatency 1s\n",
        };

        var ran = await helio.RunAsync("fault-proxy", "--to", "127.0.0.1:1", "--latency", "10ms", "-o", "json");

        Assert.Equal(ExitCode.Success, ran.Exit);
        var states = ran.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(12, states.Count); // the start, and one a line up to stop
        Assert.Equal(10, (double)states[0]["faults"]!["latencyMs"]!);
        Assert.Matches("^127\\.0\\.0\\.1:[1-9][0-9]*$", (string)states[0]["listen"]!);
        Assert.Equal("""{"latencyMs":50,"jitterMs":20,"bytesPerSecond":65536,"blackhole":true,"corrupt":0.5,"reset":0.25,"direction":"up"}""", states[7]["faults"]!.ToJsonString());
        Assert.Equal(states[7]["faults"]!.ToJsonString(), states[10]["faults"]!.ToJsonString()); // what it does not understand changes nothing
        Assert.Equal(0, (double)states[11]["faults"]!["latencyMs"]!);
        Assert.Contains("not 'soon'", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--latency", "2m")]
    [InlineData("--jitter", "5")]
    [InlineData("--bandwidth", "2GiB")]
    [InlineData("--bandwidth", "fast")]
    [InlineData("--corrupt", "1.5")]
    [InlineData("--reset", "often")]
    [InlineData("--direction", "sideways")]
    [InlineData("--direction", "1")]
    [InlineData("--listen", "0.0.0.0:0")]
    [InlineData("--listen", "127.0.0.1")]
    [InlineData("--to", "127.0.0.1")]
    [InlineData("--to", "127.0.0.1:0")]
    public async Task What_is_wrong_is_named_and_nothing_listens(string option, string value)
    {
        using var helio = new Helio();
        string[] to = option == "--to" ? [] : ["--to", "127.0.0.1:1"];

        var ran = await helio.RunAsync(["fault-proxy", .. to, option, value]);

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains($"'{value}'", ran.Error, StringComparison.Ordinal);
        Assert.Empty(ran.Out);
    }
}
