// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Authoring;

public sealed class SetCommandTests
{
    internal const string Changed = """{"namespace":"shop","revision":"1.7","stateRoot":"ab","committedAt":"2026-01-02T03:04:05Z","actor":"ann","message":"m","changed":1,"duplicate":false,"diff":[{"key":"Basket:Max","label":"dev","kind":"changed","before":{"key":"Basket:Max","label":"dev","value":"10","locked":false},"after":{"key":"Basket:Max","label":"dev","value":"50","locked":false}}]}""";

    [Fact]
    public async Task A_setting_is_put_with_everything_that_was_said()
    {
        // Given an origin
        await using var server = (await ScriptedServer.StartAsync()).Answers(Changed);
        using var helio = new Helio(server).With("HELIOGRAPH_TOKEN", "hlg_id_secret");

        // When a setting is set with all options
        var ran = await helio.RunAsync("set", "shop", "Basket:Max", "50", "--label", "dev", "--content-type", "text/plain", "--tag", "owner=team a", "--tag", "x=1=2",
            "--message", "raise it", "--if-etag", new string('a', 64), "--idempotency-key", "k1");

        // Then one request says so
        Assert.Equal((ExitCode.Success, ""), (ran.Exit, ran.Error));
        Assert.Contains("shop 1.7: 0 added, 1 changed, 0 removed by ann.", ran.Out, StringComparison.Ordinal);
        Assert.Contains("~ Basket:Max@dev: 10 → 50", ran.Out, StringComparison.Ordinal);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("PUT", "/api/v1/namespaces/shop/setting?key=Basket%3AMax&label=dev"), (request.Method, request.PathAndQuery));
        Assert.Equal("""{"value":"50","contentType":"text/plain","tags":{"owner":"team a","x":"1=2"},"message":"raise it"}""", request.Body);
        Assert.Equal(("Bearer hlg_id_secret", "k1", $"\"{new string('a', 64)}\""), (request.Header("Authorization"), request.Header("Idempotency-Key"), request.Header("If-Match")));
    }

    [Fact]
    public async Task Without_options_nothing_else_is_said()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Changed);
        using var helio = new Helio(server);

        await helio.RunAsync("set", "shop", "a/b c?", "-5");

        var request = Assert.Single(server.Requests);
        Assert.Equal("/api/v1/namespaces/shop/setting?key=a%2Fb%20c%3F", request.PathAndQuery);
        Assert.Equal("""{"value":"-5"}""", request.Body);
        Assert.Null(request.Header("Authorization"));
        Assert.Matches("^helio-[0-9a-f]{32}$", request.Header("Idempotency-Key"));
    }

    [Fact]
    public async Task A_value_comes_from_a_file_or_standard_input_or_as_it_stands()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Changed).Answers(Changed).Answers(Changed);
        using var helio = new Helio(server) { In = "from\npipe\n" };
        var file = helio.File("value.txt", "\uFEFFfrom file ☃\n");

        await helio.RunAsync("set", "shop", "a", "@" + file);
        await helio.RunAsync("set", "shop", "a", "-");
        await helio.RunAsync("set", "shop", "a", "@" + file, "--literal");

        Assert.Equal(["from file ☃\n", "from\npipe\n", "@" + file], server.Requests.Select(request => JsonDocument.Parse(request.Body).RootElement.GetProperty("value").GetString()));
    }

    [Theory]
    [InlineData("--if-exists", "If-Match")]
    [InlineData("--if-absent", "If-None-Match")]
    public async Task Existence_can_be_required(string option, string header)
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Changed);
        using var helio = new Helio(server);

        await helio.RunAsync("set", "shop", "a", "b", option);

        Assert.Equal("*", Assert.Single(server.Requests).Header(header));
    }

    [Theory]
    [InlineData("The namespace name's segments", "set", "-shop", "a", "b")]
    [InlineData("'Shop' is no namespace", "set", "Shop", "a", "b")]
    [InlineData("A key must not be empty", "set", "shop", "", "b")]
    [InlineData("The argument <value> is missing", "set", "shop", "a")]
    [InlineData("is no tag", "set", "shop", "a", "b", "--tag", "x")]
    [InlineData("stands twice", "set", "shop", "a", "b", "--tag", "x=1", "--tag", "x=2")]
    [InlineData("The etag is none", "set", "shop", "a", "b", "--if-etag", "x")]
    [InlineData("Give one of", "set", "shop", "a", "b", "--if-exists", "--if-absent")]
    [InlineData("is no share of the fleet", "set", "shop", "a", "b", "--wait", "101%")]
    [InlineData("is no share of the fleet", "set", "shop", "a", "b", "--wait", "0%")]
    [InlineData("is no duration", "set", "shop", "a", "b", "--wait-timeout", "5")]
    [InlineData("cannot be read", "set", "shop", "a", "@/no/such/file")]
    [InlineData("Unrecognized", "set", "shop", "a", "b", "--colour", "red")]
    public async Task A_wrong_command_line_is_told_and_nothing_is_sent(string expected, params string[] arguments)
    {
        await using var server = await ScriptedServer.StartAsync();
        using var helio = new Helio(server);

        var ran = await helio.RunAsync(arguments);

        Assert.Equal((ExitCode.Usage, ""), (ran.Exit, ran.Out));
        if (!arguments.Contains("-shop")) Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_value_larger_than_one_mebibyte_is_not_even_read()
    {
        await using var server = await ScriptedServer.StartAsync();
        using var helio = new Helio(server) { In = new string('x', (1 << 20) + 5) };

        var ran = await helio.RunAsync("set", "shop", "a", "-");

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains("larger than 1 MiB", ran.Error, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_program_gets_one_json_object()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Changed);
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("set", "shop", "Basket:Max", "50", "-o", "json");

        var json = JsonDocument.Parse(Assert.Single(ran.Out.TrimEnd('\n').Split('\n'))).RootElement;
        Assert.Equal("1.7", json.GetProperty("revision").GetString());
        Assert.False(json.TryGetProperty("wait", out _));
    }
}
