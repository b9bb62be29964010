// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Heliograph.Cli.Tests.Authoring;

public sealed class WaitTests
{
    [Fact]
    public async Task Waiting_ends_when_the_share_is_reached()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(SetCommandTests.Changed).Answers("""{"reached":true,"applied":3,"connected":3,"laggards":[],"laggardsLeftOut":0}""");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("set", "shop", "a", "b", "--wait", "99.5%", "--wait-timeout", "5s");

        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Contains("Applied by 3 of 3 connected instances.", ran.Out, StringComparison.Ordinal);
        Assert.Equal("/api/v1/fleet/wait?namespace=shop&revision=1.7&percent=99.5&timeoutSeconds=5", server.Requests[1].PathAndQuery);
    }

    [Fact]
    public async Task A_wait_longer_than_the_origins_is_asked_again()
    {
        const string NotYet = """{"reached":false,"applied":1,"connected":3,"laggards":[],"laggardsLeftOut":0}""";
        await using var server = (await ScriptedServer.StartAsync()).Answers(SetCommandTests.Changed).Answers(NotYet).Answers(NotYet)
            .Answers("""{"reached":true,"applied":3,"connected":3,"laggards":[],"laggardsLeftOut":0}""");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("delete", "shop", "a", "--wait", "100%", "--wait-timeout", "5m");

        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Equal(4, server.Requests.Count);
        Assert.EndsWith("&timeoutSeconds=60", server.Requests[3].PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Laggards_are_named_to_a_thousand_then_counted_and_the_code_says_so()
    {
        // Given 1,001 laggards of whom the origin left out 5 more
        var laggards = string.Join(',', Enumerable.Range(0, 1_001).Select(i => $$"""{"id":"app-{{i}}","service":"web","region":"eu","revision":"1.6","stale":{{(i == 0 ? "true" : "false")}},"servingStable":false}"""));
        await using var server = (await ScriptedServer.StartAsync()).Answers(SetCommandTests.Changed).Does(async context =>
        {
            await Task.Delay(1_000, TestContext.Current.CancellationToken); // the wait's own second
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"reached":false,"applied":1,"connected":1007,"laggards":[{{laggards}}],"laggardsLeftOut":5}""");
        });
        using var helio = new Helio(server);

        // When the wait runs out
        var ran = await helio.RunAsync("set", "shop", "a", "b", "--wait", "100%", "--wait-timeout", "1s");

        // Then a thousand are named and six are counted
        Assert.Equal(ExitCode.Laggards, ran.Exit);
        Assert.Contains("app-999 ", ran.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("app-1000", ran.Out, StringComparison.Ordinal);
        Assert.Contains("and 6 more.", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_finds_the_wait_in_the_change()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(SetCommandTests.Changed).Answers("""{"reached":true,"applied":3,"connected":3,"laggards":[],"laggardsLeftOut":0}""");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("set", "shop", "a", "b", "--wait", "100", "-o", "json");

        Assert.True(JsonDocument.Parse(ran.Out).RootElement.GetProperty("wait").GetProperty("reached").GetBoolean());
    }
}
