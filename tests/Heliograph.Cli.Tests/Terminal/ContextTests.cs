// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Terminal;

public sealed class ContextTests
{
    private const string Nothing = """{"items":[]}""";

    [Fact]
    public async Task Commands_go_where_the_chosen_deployment_is_with_its_own_token()
    {
        await using var here = (await ScriptedServer.StartAsync()).Answers(Nothing).Answers(Nothing);
        await using var there = (await ScriptedServer.StartAsync()).Answers(Nothing);
        using var helio = new Helio();
        var token = helio.File("token", "hlg_there\n");

        Assert.Equal(0, (await helio.RunAsync("context", "set", "here", "--server", here.Address, "--token", "hlg_here")).Code);
        Assert.Equal(0, (await helio.RunAsync("context", "set", "there", "--server", there.Address, "--token-file", token)).Code);
        await helio.RunAsync("ns", "list"); // the first one that was named
        await helio.RunAsync("ns", "list", "--context", "there");
        Assert.Equal(0, (await helio.RunAsync("context", "use", "there")).Code);
        await helio.RunAsync("ns", "list", "--server", here.Address);

        Assert.Equal(["Bearer hlg_here", null], here.Requests.Select(request => request.Header("Authorization"))); // a token is for its own server
        Assert.Equal(["Bearer hlg_there"], there.Requests.Select(request => request.Header("Authorization")));
    }

    [Fact]
    public async Task A_deployment_named_on_the_command_line_comes_before_the_environment_and_a_running_dev_realm()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Nothing).Answers(Nothing);
        using var helio = new Helio();
        await helio.RunAsync("context", "set", "prod", "--server", server.Address, "--token", "hlg_prod");
        helio.With("HELIOGRAPH_SERVER", "http://127.0.0.1:1").With("HELIOGRAPH_TOKEN", "hlg_env");
        ContextFile.Write(Path.Combine(helio.Directory, "context.json"), new("http://127.0.0.1:2", "hlg_dev"));

        Assert.Equal(ExitCode.Success, (await helio.RunAsync("ns", "list", "--context", "prod")).Exit);
        Assert.Equal("Bearer hlg_prod", server.Requests[0].Header("Authorization"));
        Assert.Equal(ExitCode.Unreachable, (await helio.RunAsync("ns", "list", "--timeout", "1s")).Exit);
    }

    [Fact]
    public async Task They_are_listed_without_their_tokens_and_kept_for_their_owner_only()
    {
        using var helio = new Helio();
        await helio.RunAsync("context", "set", "a", "--server", "https://a.example:7443", "--token", "hlg_secret");
        await helio.RunAsync("context", "set", "b", "--server", "https://b.example:7443", "--use");

        var listed = await helio.RunAsync("context", "list", "-o", "json");
        var table = await helio.RunAsync("context", "list");

        Assert.DoesNotContain("hlg_secret", listed.Out + table.Out, StringComparison.Ordinal);
        Assert.Equal(["a False", "b True"], JsonDocument.Parse(listed.Out).RootElement.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("name")} {item.GetProperty("current").GetBoolean()}"));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(helio.Directory, "contexts.json")));
        Assert.Equal(0, (await helio.RunAsync("context", "delete", "b")).Code);
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("ns", "list")).Exit); // none is in use any more: nothing is guessed
    }

    [Fact]
    public async Task A_new_address_takes_no_old_token_along()
    {
        using var helio = new Helio();
        await helio.RunAsync("context", "set", "a", "--server", "https://a.example:7443", "--token", "hlg_secret", "--ca", "/x/ca.pem");
        await helio.RunAsync("context", "set", "a", "--server", "https://other.example:7443");

        Assert.DoesNotContain("hlg_secret", await File.ReadAllTextAsync(Path.Combine(helio.Directory, "contexts.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((int)ExitCode.NotFound, "There is no deployment 'x'", "ns", "list", "--context", "x")]
    [InlineData((int)ExitCode.NotFound, "There is no deployment 'x'", "context", "use", "x")]
    [InlineData((int)ExitCode.NotFound, "There is no deployment 'x'", "context", "delete", "x")]
    [InlineData((int)ExitCode.NotFound, "No 'helio dev' runs", "ns", "list", "--context", "dev")]
    [InlineData((int)ExitCode.Usage, "has no address", "context", "set", "x")]
    [InlineData((int)ExitCode.Usage, "choose another name", "context", "set", "dev", "--server", "http://127.0.0.1:1")]
    [InlineData((int)ExitCode.Usage, "letters, digits", "context", "set", "a b", "--server", "http://127.0.0.1:1")]
    [InlineData((int)ExitCode.Usage, "in the clear", "context", "set", "x", "--server", "http://other.example:1", "--token", "hlg_x")]
    public async Task A_wrong_call_is_told(int code, string expected, params string[] arguments)
    {
        using var helio = new Helio();

        var ran = await helio.RunAsync(arguments);

        Assert.Equal(code, ran.Code);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_come_as_yaml_too()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers("""{"items":[{"key":"Basket:Max","value":"50","locked":true,"tags":{"a":"yes"}}],"revision":"1.5"}""");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("list", "shop", "-o", "yaml");

        Assert.Contains("items:\n- key: \"Basket:Max\"\n", ran.Out, StringComparison.Ordinal);
        Assert.Contains("  value: \"50\"\n", ran.Out, StringComparison.Ordinal);
        Assert.Contains("  locked: true\n", ran.Out, StringComparison.Ordinal);
        Assert.Contains("    a: \"yes\"\n", ran.Out, StringComparison.Ordinal);
    }
}
