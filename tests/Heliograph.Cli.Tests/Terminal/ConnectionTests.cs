// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Terminal;

public sealed class ConnectionTests
{
    private const string Empty = """{"items":[]}""";

    [Fact]
    public async Task After_a_realm_was_started_commands_need_no_options()
    {
        // Given a context that a realm has written
        await using var server = (await ScriptedServer.StartAsync()).Answers(Empty);
        using var helio = new Helio();
        ContextFile.Write(Path.Combine(helio.Directory, "context.json"), new(server.Address, Token: "hlg_dev_secret"));

        // When a command runs without saying where
        var ran = await helio.RunAsync("ns", "list");

        // Then it goes there, as the one who started it
        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Equal("Bearer hlg_dev_secret", Assert.Single(server.Requests).Header("Authorization"));
    }

    [Fact]
    public async Task The_contexts_token_goes_to_the_contexts_server_only()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Empty);
        using var helio = new Helio(server);
        ContextFile.Write(Path.Combine(helio.Directory, "context.json"), new("http://127.0.0.1:1", Token: "hlg_dev_secret"));

        await helio.RunAsync("ns", "list");

        Assert.Null(Assert.Single(server.Requests).Header("Authorization"));
    }

    [Fact]
    public async Task Options_win_over_the_environment()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Empty).Answers(Empty);
        using var helio = new Helio().With("HELIOGRAPH_SERVER", "http://127.0.0.1:1").With("HELIOGRAPH_TOKEN", "of-environment");
        var file = helio.File("token", "of-file\n");

        await helio.RunAsync("ns", "list", "--server", server.Address, "--token", "of-option");
        await helio.RunAsync("--server", server.Address, "ns", "list", "--token-file", file);

        Assert.Equal(["Bearer of-option", "Bearer of-file"], server.Requests.Select(request => request.Header("Authorization")));
    }

    [Theory]
    [InlineData("No server is named")]
    [InlineData("is no address of a server", "--server", "origin:7430x")]
    [InlineData("is no address of a server", "--server", "ftp://origin")]
    [InlineData("not sent in the clear", "--server", "http://origin.example", "--token", "t")]
    [InlineData("characters that no token has", "--server", "http://127.0.0.1:1", "--token", "a\nb")]
    [InlineData("token file cannot be read", "--server", "http://127.0.0.1:1", "--token-file", "/no/such")]
    [InlineData("cannot be read", "--server", "https://127.0.0.1:1", "--ca", "/no/such.pem")]
    public async Task A_connection_that_cannot_be_right_is_told_before_anything_is_sent(string expected, params string[] options)
    {
        using var helio = new Helio();

        var ran = await helio.RunAsync(["ns", "list", .. options]);

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_context_is_told()
    {
        using var helio = new Helio();
        helio.File("context.json", "{oops");

        var ran = await helio.RunAsync("ns", "list");

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains("context.json", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5s", 1.5)]
    [InlineData("2m", 120)]
    [InlineData("90d", 7_776_000)]
    public void Durations_are_a_number_and_a_unit(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out var span));
        Assert.Equal(seconds, span.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("1e9d")]
    [InlineData("99999d")]
    [InlineData("NaNs")]
    public void Other_durations_are_refused(string text) => Assert.False(Duration.TryParse(text, out _));
}
