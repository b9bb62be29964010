// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

/// <summary>The commands against a real origin: what they say is what it does.</summary>
public sealed class AuthoringTests
{
    [Fact]
    public async Task A_setting_lives_from_set_to_delete()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;

        Assert.Equal(ExitCode.Success, (await helio.RunAsync("ns", "create", "shop", "--description", "a shop")).Exit);
        var first = await JsonAsync(helio, "set", "shop", "Basket:Max", "10", "-l", "dev", "--tag", "owner=a", "-m", "begin");
        var second = await JsonAsync(helio, "set", "shop", "Basket:Max", "50", "-l", "dev");
        var (from, to) = (first.GetProperty("revision").GetString()!, second.GetProperty("revision").GetString()!);
        Assert.Equal("50\n", (await helio.RunAsync("get", "shop", "Basket:Max", "-l", "dev")).Out);
        Assert.Equal("10\n", (await helio.RunAsync("get", "shop", "Basket:Max", "-l", "dev", "--at", from)).Out);
        Assert.Contains("~ Basket:Max@dev: 10 → 50", (await helio.RunAsync("diff", "shop", from, to)).Out, StringComparison.Ordinal);
        Assert.Matches("Basket:Max +dev +50", (await helio.RunAsync("list", "shop", "--prefix", "Basket:")).Out);
        Assert.Matches($"{from} .+ admin +put Basket:Max@dev +begin", (await helio.RunAsync("history", "shop", "Basket:Max")).Out);
        Assert.Contains("50 → 10", (await helio.RunAsync("rollback", "shop", from, "--dry-run")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("rollback", "shop", from, "--expect-revision", to)).Exit);
        var back = await JsonAsync(helio, "ns", "show", "shop");
        Assert.Equal(first.GetProperty("stateRoot").GetString(), back.GetProperty("stateRoot").GetString());
        Assert.Contains("- Basket:Max@dev (was 10)", (await helio.RunAsync("delete", "shop", "Basket:Max", "-l", "dev")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("get", "shop", "Basket:Max", "-l", "dev")).Exit);
    }

    [Fact]
    public async Task A_namespace_is_archived_before_it_is_deleted()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "preview");

        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("ns", "create", "preview")).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("ns", "delete", "preview")).Exit);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("ns", "archive", "preview")).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("set", "preview", "a", "b")).Exit);
        Assert.DoesNotContain("preview", (await helio.RunAsync("ns", "list")).Out, StringComparison.Ordinal);
        Assert.Contains("preview", (await helio.RunAsync("ns", "list", "--archived")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("ns", "unarchive", "preview")).Exit);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("set", "preview", "a", "b")).Exit);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("ns", "archive", "preview")).Exit);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("ns", "delete", "preview")).Exit);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("ns", "show", "preview")).Exit);
    }

    [Fact]
    public async Task What_is_required_holds_or_nothing_changes_and_the_setting_is_named()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");

        Assert.Equal(ExitCode.Success, (await helio.RunAsync("set", "shop", "a", "1", "--if-absent")).Exit);
        var refused = await helio.RunAsync("set", "shop", "a", "2", "--if-absent");
        var etag = (await JsonAsync(helio, "get", "shop", "a")).GetProperty("etag").GetString()!;
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("set", "shop", "a", "3", "--if-etag", etag)).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("set", "shop", "a", "4", "--if-etag", etag)).Exit);
        Assert.Equal(ExitCode.Refused, (await helio.RunAsync("delete", "shop", "b", "--if-exists")).Exit);

        Assert.Equal(ExitCode.Refused, refused.Exit);
        Assert.Contains("- a: required is absent, it has etag", refused.Error, StringComparison.Ordinal);
        Assert.Equal("3\n", (await helio.RunAsync("get", "shop", "a")).Out);
    }

    [Fact]
    public async Task The_same_idempotency_key_has_one_effect()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");

        var first = await JsonAsync(helio, "set", "shop", "a", "1", "--idempotency-key", "k");
        var again = await JsonAsync(helio, "set", "shop", "a", "1", "--idempotency-key", "k");
        var other = await helio.RunAsync("set", "shop", "a", "2", "--idempotency-key", "k");

        Assert.Equal(first.GetProperty("revision").GetString(), again.GetProperty("revision").GetString());
        Assert.True(again.GetProperty("duplicate").GetBoolean());
        Assert.Equal(ExitCode.Refused, other.Exit);
    }

    [Fact]
    public async Task A_watch_resumes_where_it_was_told_to()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");
        var first = (await JsonAsync(helio, "set", "shop", "a", "1")).GetProperty("revision").GetString()!;
        await helio.RunAsync("set", "shop", "a", "2");

        var snapshot = await helio.RunAsync("watch", "shop", "--limit", "1");
        var change = await helio.RunAsync("watch", "shop", "--limit", "1", "--after", first, "-o", "json");

        Assert.Contains("1 settings stand", snapshot.Out, StringComparison.Ordinal);
        var line = JsonDocument.Parse(Assert.Single(change.Out.TrimEnd('\n').Split('\n'))).RootElement;
        Assert.Equal("change", line.GetProperty("event").GetString());
        Assert.Equal("2", line.GetProperty("data").GetProperty("changes")[0].GetProperty("after").GetProperty("value").GetString());
    }

    [Fact]
    public async Task Everyone_may_do_what_their_role_says_and_see_nothing_else()
    {
        // Given a token that may read one namespace
        await using var origin = await RealOrigin.StartAsync();
        var admin = origin.Admin;
        await admin.RunAsync("ns", "create", "shop");
        await admin.RunAsync("ns", "create", "bank");
        var token = (await admin.RunAsync("tokens", "create", "eve")).Out.Trim();
        Assert.Equal(ExitCode.Success, (await admin.RunAsync("roles", "grant", "eve", "reader", "shop")).Exit);
        using var eve = new Helio().With("HELIOGRAPH_SERVER", origin.Address).With("HELIOGRAPH_TOKEN", token);
        using var nobody = new Helio().With("HELIOGRAPH_SERVER", origin.Address);

        // Then she reads it, changes nothing, and does not learn that others exist
        Assert.Equal(ExitCode.Success, (await eve.RunAsync("list", "shop")).Exit);
        Assert.Equal(ExitCode.NotAuthorized, (await eve.RunAsync("set", "shop", "a", "b")).Exit);
        Assert.Equal(ExitCode.NotFound, (await eve.RunAsync("list", "bank")).Exit);
        Assert.DoesNotContain("bank", (await eve.RunAsync("ns", "list")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotAuthorized, (await nobody.RunAsync("ns", "list")).Exit);
        Assert.Contains("eve", (await admin.RunAsync("roles", "list")).Out, StringComparison.Ordinal);

        // And when the token is revoked she is nobody
        var id = (await JsonAsync(admin, "tokens", "list")).GetProperty("items").EnumerateArray().Single(item => item.GetProperty("subject").GetString() == "eve").GetProperty("id").GetString()!;
        Assert.Equal(ExitCode.Success, (await admin.RunAsync("tokens", "revoke", id)).Exit);
        Assert.Equal(ExitCode.NotAuthorized, (await eve.RunAsync("list", "shop")).Exit);
    }

    [Fact]
    public async Task Status_fleet_trust_and_explain_answer()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("ns", "create", "shop");

        var status = await JsonAsync(helio, "status");
        var trust = await JsonAsync(helio, "trust", "show");
        Assert.Equal(status.GetProperty("realm").GetProperty("logId").GetString(), trust.GetProperty("logId").GetString());
        Assert.Matches("shop +1\\.[0-9]+ +0 +0 +0 +0", (await helio.RunAsync("fleet", "shop")).Out);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("explain", "nobody", "shop", "a")).Exit);
    }

    [Fact]
    public async Task Nobody_connected_is_not_everybody()
    {
        await using var origin = await RealOrigin.StartAsync();
        await origin.Admin.RunAsync("ns", "create", "shop");

        var ran = await origin.Admin.RunAsync("set", "shop", "a", "1", "--wait", "100%", "--wait-timeout", "1s");

        Assert.Equal(ExitCode.Laggards, ran.Exit);
        Assert.Contains("No instance that follows it is connected.", ran.Out, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> JsonAsync(Helio helio, params string[] arguments)
    {
        var ran = await helio.RunAsync([.. arguments, "-o", "json"]);
        Assert.True(ran.Code == 0, ran.Error);
        return JsonDocument.Parse(ran.Out).RootElement;
    }
}
