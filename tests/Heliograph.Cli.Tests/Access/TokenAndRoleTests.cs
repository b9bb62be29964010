// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tests.Authoring;
using Xunit;

namespace Heliograph.Cli.Tests.Access;

public sealed class TokenAndRoleTests
{
    private const string Created = """{"id":"t1","token":"hlg_t1_secret","subject":"ci","expiresAt":"2027-01-01T00:00:00Z"}""";

    [Fact]
    public async Task A_token_is_printed_once_and_alone()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Created, 201);
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("tokens", "create", "ci", "--expires-in-days", "30");

        Assert.Equal("hlg_t1_secret\n", ran.Out);
        Assert.DoesNotContain("secret", ran.Error, StringComparison.Ordinal);
        Assert.Equal("""{"subject":"ci","expiresInDays":30}""", Assert.Single(server.Requests).Body);
    }

    [Fact]
    public async Task A_token_in_a_file_is_its_owners_and_is_not_printed()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Created, 201).Answers("""{"items":[]}""");
        using var helio = new Helio(server);
        var path = Path.Combine(helio.Directory, "token");

        var ran = await helio.RunAsync("tokens", "create", "ci", "-f", path);
        await helio.RunAsync("tokens", "list", "--token-file", path);

        Assert.DoesNotContain("secret", ran.Out + ran.Error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal("Bearer hlg_t1_secret", server.Requests[1].Header("Authorization"));
    }

    [Fact]
    public async Task A_role_is_a_setting_of_the_realm()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(SetCommandTests.Changed).Answers(SetCommandTests.Changed);
        using var helio = new Helio(server);

        await helio.RunAsync("roles", "grant", "ci-payments", "author", "payments.*", "-m", "for releases");
        await helio.RunAsync("roles", "revoke", "ci-payments@payments.*");

        Assert.Equal("/api/v1/namespaces/heliograph.realm/setting?key=roles%2Fci-payments%40payments.%2A", server.Requests[0].PathAndQuery);
        var body = JsonDocument.Parse(server.Requests[0].Body).RootElement;
        Assert.Equal("""{"subject":"ci-payments","role":"author","namespaces":"payments.*"}""", body.GetProperty("value").GetString());
        Assert.Equal(("application/json", "for releases"), (body.GetProperty("contentType").GetString(), body.GetProperty("message").GetString()));
        Assert.Equal(("DELETE", "*"), (server.Requests[1].Method, server.Requests[1].Header("If-Match")));
    }

    [Fact]
    public async Task Roles_are_listed_even_if_one_cannot_be_understood()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers("""{"items":[{"key":"roles/a","value":"{\"subject\":\"s\",\"role\":\"reader\",\"namespaces\":\"*\"}"},{"key":"roles/b","value":"oops"}],"revision":"1.1"}""");
        using var helio = new Helio(server);

        var ran = await helio.RunAsync("roles", "list");

        Assert.Equal(ExitCode.Success, ran.Exit);
        Assert.Matches("a +s +reader +\\*", ran.Out);
        Assert.Matches("b +not understood", ran.Out);
    }

    [Fact]
    public async Task A_role_that_does_not_exist_is_a_wrong_command_line()
    {
        using var helio = new Helio();

        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("roles", "grant", "ci", "king", "*")).Exit);
    }
}
