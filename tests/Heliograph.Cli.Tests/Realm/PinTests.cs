// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

public sealed class PinTests
{
    [Fact]
    public async Task A_pinned_namespace_holds_the_old_content_refuses_changes_and_says_so_everywhere_until_it_is_released()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        var good = RevisionOf(await helio.RunAsync("set", "shop", "price", "10", "-o", "json"));
        var bad = RevisionOf(await helio.RunAsync("set", "shop", "price", "0", "-o", "json"));

        var dry = await helio.RunAsync("pin", "shop", good, "-m", "free goods", "--dry-run");
        Assert.Contains("~ price: 0 → 10", dry.Out, StringComparison.Ordinal);
        Assert.Equal("Nothing is pinned.\n", (await helio.RunAsync("pins")).Out);

        var pinned = await helio.RunAsync("pin", "shop", good, "-m", "free goods");
        Assert.True(pinned.Exit == ExitCode.Success, pinned.Error);
        Assert.Contains($"is pinned at what {good} held: 0 added, 1 changed, 0 removed.", pinned.Out, StringComparison.Ordinal);
        Assert.Equal("10\n", (await helio.RunAsync("get", "shop", "price")).Out);
        Assert.Contains(": 0 added, 0 changed, 0 removed.", (await helio.RunAsync("diff", "shop", good)).Out, StringComparison.Ordinal);

        foreach (var command in new string[][] { ["set", "shop", "price", "11"], ["set", "shop", "price", "11", "--override-freeze", "INC-7"], ["delete", "shop", "price"], ["rollback", "shop", bad], ["ns", "archive", "shop"] })
        {
            var refused = await helio.RunAsync(command);
            Assert.Equal(ExitCode.Refused, refused.Exit);
            Assert.Contains($"It is pinned at {good} by admin: free goods.", refused.Error, StringComparison.Ordinal);
            Assert.Contains("helio unpin", refused.Error, StringComparison.Ordinal);
        }
        Assert.Matches($@"shop\s+{good}\s+{bad}\s+admin\s+20.*free goods", (await helio.RunAsync("pins")).Out);
        Assert.Matches($@"pinned\s+at {good} by admin since .*: free goods", (await helio.RunAsync("ns", "show", "shop")).Out);
        Assert.Contains($"shop is pinned at {good} by admin", (await helio.RunAsync("status")).Out, StringComparison.Ordinal);
        Assert.Contains($"shop is pinned at {good} by admin", (await helio.RunAsync("fleet", "shop")).Out, StringComparison.Ordinal);
        Assert.Contains($"pin at {good}", (await helio.RunAsync("history", "shop", "-n", "1")).Out, StringComparison.Ordinal);
        var status = JsonDocument.Parse((await helio.RunAsync("status", "-o", "json")).Out).RootElement;
        Assert.Equal(("shop", good, bad, 0), (Text(status.GetProperty("pins")[0], "namespace"), Text(status.GetProperty("pins")[0], "revision"), Text(status.GetProperty("pins")[0], "before"), status.GetProperty("freezes").GetArrayLength()));
        Assert.Equal(1, JsonDocument.Parse((await helio.RunAsync("ns", "show", "shop", "-o", "json")).Out).RootElement.GetProperty("settings").GetInt64()); // the pin is no setting

        var released = await helio.RunAsync("unpin", "shop", "--restore", "-m", "mended");
        Assert.True(released.Exit == ExitCode.Success, released.Error);
        Assert.Contains("~ price: 10 → 0", released.Out, StringComparison.Ordinal);
        Assert.Contains($"unpin, back to {bad}", (await helio.RunAsync("history", "shop", "-n", "1")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await helio.RunAsync("set", "shop", "price", "12")).Code);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("unpin", "shop")).Exit);
    }

    [Fact]
    public async Task Pinning_is_an_operators_who_says_why_and_a_freeze_stops_it_as_it_stops_a_rollback()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        var good = RevisionOf(await helio.RunAsync("set", "shop", "price", "10", "-o", "json"));
        await helio.RunAsync("set", "shop", "price", "0");
        var token = Text(JsonDocument.Parse((await helio.RunAsync("tokens", "create", "author", "-o", "json")).Out).RootElement, "token");
        await helio.RunAsync("roles", "grant", "author", "author", "shop");

        Assert.Equal(ExitCode.NotAuthorized, (await helio.RunAsync("pin", "shop", good, "-m", "x", "--token", token)).Exit);
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("pin", "shop", good)).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("pin", "shop", good, "-m", new string('x', 201))).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("pin", "shop", "1.999", "-m", "x")).Exit);
        Assert.NotEqual(ExitCode.Success, (await helio.RunAsync("pin", "heliograph.realm", good, "-m", "x")).Exit);
        await helio.RunAsync("freeze", "realm", "-m", "holidays");
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("pin", "shop", good, "-m", "free goods")).Exit);
        Assert.Equal(0, (await helio.RunAsync("pin", "shop", good, "-m", "free goods", "--override-freeze", "INC-7")).Code);

        // Frozen and pinned: both are told, and both must end
        var shown = (await helio.RunAsync("ns", "show", "shop")).Out;
        Assert.Matches(@"frozen\s+with the whole realm, by admin since .*: holidays", shown);
        Assert.Contains("[freeze overridden: INC-7] free goods", shown, StringComparison.Ordinal);
        Assert.Contains("the realm is frozen by admin", (await helio.RunAsync("status")).Out, StringComparison.Ordinal);
        await helio.RunAsync("unfreeze", "realm");
        Assert.Equal(ExitCode.NotAuthorized, (await helio.RunAsync("unpin", "shop", "--token", token)).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("set", "shop", "price", "3", "--token", token)).Exit);
        Assert.Equal(0, (await helio.RunAsync("unpin", "shop")).Code);
        Assert.Equal("10\n", (await helio.RunAsync("get", "shop", "price")).Out); // what was held stays
        Assert.Equal(0, (await helio.RunAsync("set", "shop", "price", "3", "--token", token)).Code);
    }

    private static string RevisionOf(Ran ran) => Text(JsonDocument.Parse(ran.Out).RootElement, "revision");

    private static string Text(JsonElement it, string name) => it.GetProperty(name).GetString()!;
}
