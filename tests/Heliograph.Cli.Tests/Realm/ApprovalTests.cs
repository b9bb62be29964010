// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

public sealed class ApprovalTests
{
    [Fact]
    public async Task A_protected_namespace_is_changed_by_asking_and_by_somebody_else_who_approves()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        await helio.RunAsync("set", "shop", "a", "1");
        var (ann, bob) = (await TokenAsync(helio, "ann"), await TokenAsync(helio, "bob"));
        await helio.RunAsync("roles", "grant", "ann", "author", "shop");
        Assert.Equal(0, (await helio.RunAsync("roles", "grant", "bob", "approver", "shop")).Code);
        Assert.Equal("shop is protected: 1 approval(s) of others, requests are open for 24 hours.\n", (await helio.RunAsync("protection", "set", "shop", "--expires-in-hours", "24")).Out);
        Assert.Contains("shop", (await helio.RunAsync("protection", "list")).Out, StringComparison.Ordinal);

        foreach (var command in new string[][] { ["set", "shop", "a", "2"], ["delete", "shop", "a"], ["apply", "shop", "--yes", "-f", helio.File("a.json", """{"a":"2"}""")], ["import", "json", "shop", "--yes", "--from-file", helio.File("b.json", """{"a":"2"}""")] })
        {
            var refused = await helio.RunAsync([.. command, "--token", ann]);
            Assert.Equal(ExitCode.Refused, refused.Exit);
            Assert.Contains("'shop' is protected: 1 other(s) must approve", refused.Error, StringComparison.Ordinal);
            Assert.Contains("--request", refused.Error, StringComparison.Ordinal);
        }
        var ids = new List<string>();
        foreach (var command in new string[][] { ["set", "shop", "a", "2", "-m", "raise it"], ["set", "shop", "b", "1", "--if-absent"], ["delete", "shop", "a"], ["apply", "shop", "--yes", "-f", helio.File("c.json", """{"a":"1","c":"3"}""")] })
        {
            var asked = await helio.RunAsync([.. command, "--request", "--token", ann, "-o", "json"]);
            Assert.True(asked.Code == 0, asked.Error);
            var json = JsonDocument.Parse(asked.Out).RootElement;
            ids.Add((json.TryGetProperty("items", out var items) ? items[0] : json).GetProperty("id").GetString()!);
        }
        Assert.Equal("1\n", (await helio.RunAsync("get", "shop", "a")).Out);
        var shown = (await helio.RunAsync("change", "show", ids[3])).Out;
        Assert.Contains("+ c = 3", shown, StringComparison.Ordinal); // only what differs is asked for
        Assert.DoesNotContain(" a ", shown, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotAuthorized, (await helio.RunAsync("change", "approve", ids[0], "--token", ann)).Exit);

        Assert.Contains($"{ids[0]} for shop, by ann: committed as 1.", (await helio.RunAsync("change", "approve", ids[0], "--token", bob)).Out, StringComparison.Ordinal);
        Assert.Contains("rejected by bob: not now", (await helio.RunAsync("change", "reject", ids[1], "-m", "not now", "--token", bob)).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("change", "approve", ids[2], "--token", bob)).Exit); // a is not what it was when its deletion was asked for
        Assert.Contains("precondition_failed", (await helio.RunAsync("change", "show", ids[2])).Out, StringComparison.Ordinal);
        Assert.Equal("2\n", (await helio.RunAsync("get", "shop", "a")).Out);
        Assert.Contains($"raise it [request {ids[0]}, approved by bob]", (await helio.RunAsync("history", "shop")).Out, StringComparison.Ordinal);
        var open = (await helio.RunAsync("change", "list")).Out;
        Assert.Contains(ids[2], open, StringComparison.Ordinal);
        Assert.DoesNotContain(ids[0], open, StringComparison.Ordinal);
        Assert.Contains(ids[0], (await helio.RunAsync("change", "list", "shop", "--status", "all")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("set", "shop", "a", "3", "--request", "--wait", "100%")).Exit);

        Assert.Equal(0, (await helio.RunAsync("protection", "lift", "shop", "-m", "INC-7")).Code);
        Assert.Equal(0, (await helio.RunAsync("set", "shop", "a", "4", "--token", ann)).Code);
    }

    private static async Task<string> TokenAsync(Helio helio, string subject) =>
        JsonDocument.Parse((await helio.RunAsync("tokens", "create", subject, "-o", "json")).Out).RootElement.GetProperty("token").GetString()!;
}
