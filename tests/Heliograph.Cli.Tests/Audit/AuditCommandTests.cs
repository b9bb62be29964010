// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tests.Realm;
using Xunit;

namespace Heliograph.Cli.Tests.Audit;

public sealed class AuditCommandTests
{
    [Fact]
    public async Task A_chain_is_listed_exported_and_verified_offline_and_a_planted_change_is_found()
    {
        await using var origin = await RealOrigin.StartAsync();
        Assert.Equal(ExitCode.Success, (await origin.Admin.RunAsync("ns", "create", "shop")).Exit);
        Assert.Equal(ExitCode.Success, (await origin.Admin.RunAsync("set", "shop", "a", "the-value", "-m", "because=x|y")).Exit);
        using (var stranger = new Helio().With("HELIOGRAPH_SERVER", origin.Address).With("HELIOGRAPH_TOKEN", "hlg_0123456789abcdef_" + new string('0', 64)))
            Assert.Equal(ExitCode.NotAuthorized, (await stranger.RunAsync("get", "shop", "a")).Exit);

        var listed = await origin.Admin.RunAsync("audit", "list", "-n", "1");
        Assert.Matches(@"(?m)^\d+ +\S+Z +admin +settings: 1 setting\(s\) at 1\.\d+ +shop", listed.Out);
        Assert.Contains("unauthenticated", (await origin.Admin.RunAsync("audit", "list", "--denied")).Out, StringComparison.Ordinal);

        var path = Path.Combine(origin.Admin.Directory, "changes.audit");
        var exported = await origin.Admin.RunAsync("audit", "export", "-f", path);
        Assert.Equal(ExitCode.Success, exported.Exit);
        var anchor = exported.Error.Trim().Split("Anchor: ")[1];
        Assert.DoesNotContain("the-value", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var offline = new Helio();
        var verified = await offline.RunAsync("audit", "verify", path, "--anchor", anchor);
        Assert.True(verified.Exit == ExitCode.Success, verified.Out + verified.Error);
        Assert.Contains("whole and unchanged", verified.Out, StringComparison.Ordinal);

        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, string.Join('\n', lines[..^1]) + "\n", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Success, (await offline.RunAsync("audit", "verify", path)).Exit); // a chain cannot know its own end
        var cut = await offline.RunAsync("audit", "verify", path, "--anchor", anchor, "-o", "json");
        Assert.Equal(ExitCode.Failure, cut.Exit);
        Assert.Equal("AnchorMissing", (string?)JsonNode.Parse(cut.Out)!["chains"]![0]!["fault"]);
        await File.WriteAllTextAsync(path, string.Join('\n', lines).Replace("because", "Because", StringComparison.Ordinal) + "\n", TestContext.Current.CancellationToken);
        var altered = await offline.RunAsync("audit", "verify", path);
        Assert.Equal(ExitCode.Failure, altered.Exit);
        Assert.Contains("HashMismatch", altered.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_go_to_other_systems_as_json_lines_and_as_common_events()
    {
        await using var origin = await RealOrigin.StartAsync();
        await origin.Admin.RunAsync("ns", "create", "shop");
        await origin.Admin.RunAsync("set", "shop", "a", "1", "-m", "because=x|y");
        var lines = (await origin.Admin.RunAsync("audit", "export", "--format", "jsonl")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var last = JsonNode.Parse(lines[^1])!;
        Assert.Equal(("shop", "because=x|y", 64), ((string)last["namespace"]!, (string)last["message"]!, ((string)last["hash"]!).Length));
        var events = await origin.Admin.RunAsync("audit", "export", "--format", "cef", "--after", $"{(long)last["n"]! - 1}");
        Assert.Matches(@"^CEF:0\|Heliograph\|origin\|1\|change\|Configuration changed\|3\|rt=\S+Z suser=admin act=settings externalId=\d+ msg=because\\=x\|y cs1Label=namespace cs1=shop cs2Label=revision cs2=1\.\d+ cs3Label=hash cs3=[0-9a-f]{64}\n$", events.Out);
        Assert.Equal(ExitCode.Usage, (await origin.Admin.RunAsync("audit", "export", "--after", "1")).Exit);
        Assert.Equal(ExitCode.Usage, (await origin.Admin.RunAsync("audit", "verify", Path.Combine(origin.Admin.Directory, "none"))).Exit);
        Assert.Equal(ExitCode.Usage, (await origin.Admin.RunAsync("audit", "verify", "x", "--anchor", "1:zz")).Exit);
    }
}
