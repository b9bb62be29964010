// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>What the kernel says of a tier's process: it holds keys, so nobody looks into it and nothing of it is left behind.</summary>
public sealed class HardenedProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tier_writes_no_core_dump_and_lets_no_debugger_in()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It is read from /proc, which only Linux has.");
        await using var fleet = await new RealFleet().StartOriginAsync();
        var (agent, _) = await fleet.StartAgentAsync("a1", "eu", [fleet.OriginAddress]);
        foreach (var process in new[] { fleet.Origin, agent })
        {
            var limits = await File.ReadAllLinesAsync($"/proc/{process.Id}/limits", Cancel);
            Assert.Matches(@"^Max core file size\s+0\s+0\s", limits.Single(line => line.StartsWith("Max core file size", StringComparison.Ordinal)));
            Assert.Contains("DOTNET_EnableDiagnostics=0", (await File.ReadAllTextAsync($"/proc/{process.Id}/environ", Cancel)).Split('\0'));
            Assert.DoesNotContain($"dotnet-diagnostic-{process.Id}-", await File.ReadAllTextAsync("/proc/net/unix", Cancel), StringComparison.Ordinal); // the runtime's door for tools: nobody listens there
        }
    }
}
