// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Xunit;

namespace Heliograph.Cli.Tests.Access;

public sealed class AccessKeyTests
{
    private const string Created = """{"id":"k1","namespace":"shop","access":"write","secret":"c2VjcmV0","secondarySecret":"b3RoZXI="}""";

    [Fact]
    public async Task A_key_is_printed_once_as_the_connection_string_of_an_address()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Created, 201);
        using var helio = new Helio(server);
        var ran = await helio.RunAsync("access-keys", "create", "shop", "--write", "--endpoint", "https://config.example/");
        Assert.Equal("Endpoint=https://config.example;Id=k1;Secret=c2VjcmV0\n", ran.Out);
        Assert.DoesNotContain("c2VjcmV0", ran.Error, StringComparison.Ordinal);
        Assert.Equal("""{"namespace":"shop","access":"write"}""", Assert.Single(server.Requests).Body);
    }

    [Fact]
    public async Task A_rotated_key_is_printed_once_and_says_until_when_the_secret_before_works()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Created, 200);
        using var helio = new Helio(server);
        var ran = await helio.RunAsync("access-keys", "rotate", "k1", "--endpoint", "https://config.example/");
        Assert.Equal("Endpoint=https://config.example;Id=k1;Secret=c2VjcmV0\n", ran.Out);
        Assert.Contains("until you rotate again", ran.Error, StringComparison.Ordinal);
        var asked = Assert.Single(server.Requests);
        Assert.Equal(("""{"endBoth":false}""", "/api/v1/access-keys/k1/rotate"), (asked.Body, asked.PathAndQuery));
    }

    [Fact]
    public async Task After_a_leak_both_secrets_are_ended_and_the_new_one_goes_to_a_private_file()
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(Created, 200);
        using var helio = new Helio(server);
        var path = Path.Combine(helio.Directory, "connection");
        var ran = await helio.RunAsync("access-keys", "rotate", "k1", "--end-both", "-f", path);
        Assert.Equal(("k1\n", "Id=k1;Secret=c2VjcmV0\n"), (ran.Out, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)));
        Assert.Equal("""{"endBoth":true}""", Assert.Single(server.Requests).Body);
    }

    [Fact]
    public async Task What_is_no_address_is_a_usage_error()
    {
        using var helio = new Helio();
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("access-keys", "create", "shop", "--endpoint", "config.example")).Exit);
    }

    [Fact]
    public async Task A_relay_is_told_where_its_face_listens_and_whom_it_asks()
    {
        RelayArguments? told = null;
        using var helio = new Helio { Tiers = new TierRunners(Relay: (arguments, _) => { told = arguments; return Task.FromResult(0); }) };
        var ran = await helio.RunAsync("relay", "--data", "d", "--listen", "tcp://127.0.0.1:1", "--parent", "tcp://127.0.0.1:2", "--trust", "t",
            "--app-configuration-listen", "http://127.0.0.1:3", "--app-configuration-origin", "https://origin.example", "--app-configuration-store", "config.example=shop.prod");
        Assert.Equal((ExitCode.Success, "https://origin.example/", "http://127.0.0.1:3/"), (ran.Exit, told?.AppConfiguration.Origin?.ToString(), told?.AppConfiguration.Listen[0].ToString()));
        Assert.Equal(["config.example=shop.prod"], told!.AppConfiguration.Stores);
        Assert.False(told.AppConfiguration.ForwardsWrites);
    }

    [Fact]
    public async Task Sending_writes_on_needs_an_origin_to_send_them_to()
    {
        RelayArguments? told = null;
        using var helio = new Helio { Tiers = new TierRunners(Relay: (arguments, _) => { told = arguments; return Task.FromResult(0); }) };
        string[] relay = ["relay", "--data", "d", "--listen", "tcp://127.0.0.1:1", "--parent", "tcp://127.0.0.1:2", "--trust", "t", "--app-configuration-listen", "http://127.0.0.1:3", "--app-configuration-forward-writes"];
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync(relay)).Exit);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync([.. relay, "--app-configuration-origin", "https://origin.example"])).Exit);
        Assert.True(told!.AppConfiguration.ForwardsWrites);
    }

    [Fact]
    public async Task An_origin_refuses_malformed_flags_and_sends_no_events_unless_it_is_told_to()
    {
        OriginArguments? told = null;
        using var helio = new Helio { Tiers = new TierRunners(Origin: (arguments, _) => { told = arguments; return Task.FromResult(0); }) };
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("origin", "--data", "d")).Exit);
        Assert.Equal((false, null), (told!.AcceptsMalformedFlags, told.Webhooks));
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("origin", "--data", "d", "--accept-malformed-flags", "--webhooks", "hooks.json")).Exit);
        Assert.Equal((true, "hooks.json"), (told.AcceptsMalformedFlags, told.Webhooks));
    }
}
