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
    }
}
