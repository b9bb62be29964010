// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

public sealed class FreezeTests
{
    [Fact]
    public async Task A_frozen_namespace_refuses_changes_and_says_who_and_why_until_it_is_unfrozen()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        await helio.RunAsync("ns", "create", "bank");
        var first = JsonDocument.Parse((await helio.RunAsync("set", "shop", "a", "1", "-o", "json")).Out).RootElement.GetProperty("revision").GetString()!;
        await helio.RunAsync("set", "shop", "a", "2");

        Assert.Equal(0, (await helio.RunAsync("freeze", "ns", "shop", "-m", "Black Friday")).Code);

        foreach (var command in new string[][] { ["set", "shop", "a", "3"], ["delete", "shop", "a"], ["rollback", "shop", first], ["ns", "archive", "shop"] })
        {
            var refused = await helio.RunAsync(command);
            Assert.Equal(ExitCode.Refused, refused.Exit);
            Assert.Contains("'shop' is frozen by admin: Black Friday", refused.Error, StringComparison.Ordinal);
            Assert.Contains("next:", refused.Error, StringComparison.Ordinal);
        }
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("apply", "shop", "--yes", "-f", helio.File("a.json", """{"a":"3"}"""))).Exit);
        Assert.Equal(0, (await helio.RunAsync("set", "bank", "a", "1")).Code);
        Assert.Contains("Black Friday", (await helio.RunAsync("freeze", "list")).Out, StringComparison.Ordinal);
        Assert.Equal("2\n", (await helio.RunAsync("get", "shop", "a")).Out);

        Assert.Equal(0, (await helio.RunAsync("unfreeze", "ns", "shop")).Code);
        Assert.Equal(0, (await helio.RunAsync("set", "shop", "a", "3")).Code);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("unfreeze", "ns", "shop")).Exit);
    }

    [Fact]
    public async Task The_on_call_may_pass_a_freeze_and_the_history_tells()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        var first = JsonDocument.Parse((await helio.RunAsync("set", "shop", "a", "1", "-o", "json")).Out).RootElement.GetProperty("revision").GetString()!;
        await helio.RunAsync("set", "shop", "a", "2");
        await helio.RunAsync("freeze", "realm", "-m", "holidays");
        var token = JsonDocument.Parse((await helio.RunAsync("tokens", "create", "author", "-o", "json")).Out).RootElement.GetProperty("token").GetString()!;
        await helio.RunAsync("roles", "grant", "author", "author", "shop"); // the realm's own affairs go on

        Assert.Equal(ExitCode.NotAuthorized, (await helio.RunAsync("set", "shop", "a", "3", "--override-freeze", "INC-7", "--token", token)).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("ns", "create", "other")).Exit);
        Assert.Equal(0, (await helio.RunAsync("rollback", "shop", first, "--override-freeze", "INC-7", "-m", "back")).Code);

        Assert.Equal("1\n", (await helio.RunAsync("get", "shop", "a")).Out);
        Assert.Contains("[freeze overridden: INC-7] back", (await helio.RunAsync("history", "shop")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("set", "shop", "a", "3", "--override-freeze", "ü")).Exit);
        Assert.Equal(ExitCode.NotAuthorized, (await helio.RunAsync("freeze", "ns", "shop", "-m", "x", "--token", token)).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("freeze", "ns", "heliograph.realm", "-m", "x")).Exit);
    }

    [Fact]
    public async Task The_history_of_the_realm_is_what_the_caller_may_read()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        foreach (var name in new[] { "shop", "bank" })
        {
            await helio.RunAsync("ns", "create", name);
            await helio.RunAsync("set", name, "a", "1", "-m", $"of {name}");
        }
        var token = JsonDocument.Parse((await helio.RunAsync("tokens", "create", "reader", "-o", "json")).Out).RootElement.GetProperty("token").GetString()!;
        await helio.RunAsync("roles", "grant", "reader", "reader", "shop");

        var all = await helio.RunAsync("history", "--since", "1h", "--prefix", "bank");
        var own = JsonDocument.Parse((await helio.RunAsync("history", "--since", "1h", "-o", "json", "--token", token)).Out).RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("namespace").GetString()).ToList();

        Assert.Contains("of bank", all.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("of shop", all.Out, StringComparison.Ordinal);
        Assert.Contains("shop", own);
        Assert.DoesNotContain("bank", own);
        Assert.DoesNotContain("heliograph.credentials", own);
        Assert.Contains("--before", (await helio.RunAsync("history", "-n", "1")).Error, StringComparison.Ordinal);
        Assert.Contains("of shop", (await helio.RunAsync("history", "shop", "--since", "1h")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("history", "--since", "0s")).Exit);
    }

    [Fact]
    public async Task A_bench_reads_and_writes_only_where_nobody_has_anything()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        await helio.RunAsync("set", "shop", "a", "1");

        var ran = await helio.RunAsync("bench", "--duration", "10s", "--requests", "40", "-c", "4", "--namespace", "shop", "--write", "-o", "json");
        var refused = await helio.RunAsync("bench", "--duration", "1s", "--requests", "1", "--write", "--scratch", "shop");

        Assert.True(ran.Exit == ExitCode.Success, ran.Error);
        var figures = JsonDocument.Parse(ran.Out).RootElement.GetProperty("figures").EnumerateArray().ToList();
        Assert.Equal(["read 40 0", "write 40 0"], figures.Select(it => $"{it.GetProperty("kind")} {it.GetProperty("calls")} {it.GetProperty("failed")}"));
        Assert.All(figures, it => Assert.True(it.GetProperty("p50Ms").GetDouble() > 0 && it.GetProperty("p50Ms").GetDouble() <= it.GetProperty("maxMs").GetDouble()));
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("ns", "show", "helio-bench.scratch")).Exit);
        Assert.Equal(ExitCode.Refused, refused.Exit);
        Assert.Equal("1\n", (await helio.RunAsync("get", "shop", "a")).Out);
    }
}
