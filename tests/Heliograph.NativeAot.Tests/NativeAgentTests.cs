// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.NativeAot.Tests;

/// <summary>The agent compiled to native code: without a warning, beside a real origin and relay, by every face that it has.</summary>
public sealed class NativeAgentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_agent_is_published_without_a_warning_enrols_follows_over_TLS_serves_by_every_face_and_starts_alone_after_a_kill()
    {
        var program = await NativeProgram.PublishAsync("src/Heliograph.Agent.Host", "helio-agent", "-p:Native=true");
        Assert.Equal(["helio-agent", "helio-agent.dbg"], Directory.EnumerateFiles(Path.GetDirectoryName(program)!).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)); // one file, and its symbols
        await using var fleet = await NativeFleet.StartAsync(program);

        // Given an agent that was told everything by a file, and enrolled by a token
        var (code, output, errors) = await fleet.RunAgentAsync("config", "check", "agent", "--config", fleet.Configuration);
        Assert.True(code == 0, output + errors);
        var started = await fleet.StartAgentAsync();
        TestContext.Current.SendDiagnosticMessage($"{new FileInfo(program).Length} bytes; resident: {NativeProgram.ResidentKiB(fleet.AgentId)} KiB");
        Assert.Equal(("agent", "host-1"), ((string?)started["role"], (string?)started["id"]));

        // Then what is written at the origin comes to it through the relay, and is read by each face
        await fleet.SayAsync("first");
        await fleet.ReadsEverywhereAsync("first");
        await fleet.SayAsync("second");
        await fleet.ReadsEverywhereAsync("second");
        Assert.Matches("(?m)^heliograph_[a-z_]+\\{[^}]*agent[^}]*\\} [0-9]", await fleet.MetricsAsync());

        // When it dies, and everything above it, then it starts alone and serves the same
        await fleet.KillAgentAsync();
        await fleet.KillTheRestAsync();
        await fleet.StartAgentAsync();
        await fleet.ReadsEverywhereAsync("second");
        TestContext.Current.SendDiagnosticMessage($"resident, alone: {NativeProgram.ResidentKiB(fleet.AgentId)} KiB");
        Assert.Equal(0, await fleet.StopAgentAsync());
    }

    [Fact]
    public async Task It_takes_the_command_lines_of_helio_and_names_every_fault_as_helio_does()
    {
        var program = await NativeProgram.PublishAsync("src/Heliograph.Agent.Host", "helio-agent", "-p:Native=true");
        string[] wrong = ["agent", "--data", "/proc/version", "--parent", "carrier://pigeon", "--trust", "/nowhere/trust.json", "--bake-time", "9d", "--listen", "tls://0.0.0.0:1"];
        await using var native = HelioProcess.Run(program, wrong);
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", wrong);
        var (code, _, errors) = await native.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        var (expected, _, said) = await helio.WaitAsync(TimeSpan.FromMinutes(1), Cancel);

        Assert.Equal(2, expected);
        Assert.Equal((expected, said), (code, errors));

        await using var shown = HelioProcess.Run(program, "config", "show", "agent", "--data", "/var/lib/x", "--parent", "tcp://127.0.0.1:1", "--trust", "/t", "-o", "json");
        var (_, text, _) = await shown.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        Assert.Equal("agent", (string?)JsonNode.Parse(text)!["role"]);
    }
}
