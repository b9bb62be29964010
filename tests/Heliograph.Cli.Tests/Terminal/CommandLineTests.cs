// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Xunit;

namespace Heliograph.Cli.Tests.Terminal;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Every_command_explains_itself()
    {
        using var helio = new Helio { Tiers = new((_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), (_, _) => throw new NotSupportedException()) };
        string[][] commands =
        [
            [], ["dev"], ["origin"], ["relay"], ["agent"], ["ns"], ["ns", "create"], ["ns", "list"], ["ns", "show"], ["ns", "archive"], ["ns", "unarchive"], ["ns", "delete"],
            ["set"], ["get"], ["list"], ["delete"], ["apply"], ["export"], ["diff"], ["history"], ["rollback"], ["watch"], ["fleet"], ["status"], ["explain"], ["protection", "set"], ["protection", "lift"], ["change", "list"], ["change", "approve"], ["change", "reject"],
            ["tokens", "create"], ["tokens", "list"], ["tokens", "revoke"], ["roles", "list"], ["roles", "grant"], ["roles", "revoke"], ["trust", "show"],
            ["certs", "init"], ["certs", "issue"], ["certs", "show"], ["edit"], ["import", "yaml"], ["doctor"], ["context", "set"], ["freeze", "ns"], ["unfreeze", "realm"], ["pin"], ["unpin"], ["pins"], ["bench"], ["completion"], ["man"],
        ];
        foreach (var command in commands)
        {
            var ran = await helio.RunAsync([.. command, "--help"]);
            Assert.Equal((0, ""), (ran.Code, ran.Error));
            Assert.Matches(string.Join(' ', ["Usage:\n  [^ ]+", .. command]), ran.Out); // the program's own name is that of the process
        }
    }

    [Fact]
    public async Task A_role_without_a_host_is_no_command()
    {
        using var helio = new Helio();

        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("origin", "--data", "x")).Exit);
    }

    [Fact]
    public async Task An_origin_needs_no_more_than_a_directory_and_refuses_lifetimes_that_cannot_work()
    {
        OriginArguments? told = null;
        using var helio = new Helio { Tiers = new(Origin: (arguments, _) => { told = arguments; return Task.FromResult(0); }) };

        Assert.Equal(0, (await helio.RunAsync("origin", "--data", helio.Directory)).Code);
        Assert.Equal(ExitCode.Usage, (await helio.RunAsync("origin", "--data", helio.Directory, "--head-lifetime", "15s")).Exit);

        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10)), (told!.Heartbeat, told.HeadLifetime));
        Assert.Equal(["http://127.0.0.1:7430/", "tcp://127.0.0.1:7431/"], told.Listen.Select(address => address.ToString()).Select(address => address.TrimEnd('/') + "/"));
    }

    [Theory]
    [InlineData("relay", "--listen tls://0.0.0.0:7443 --listen grpc+tcp://127.0.0.1:7433 --listen grpc+unix:///run/g.sock", "--parent grpc://origin:7443 --parent tls://origin:7443 --parent grpc+tcp://localhost:1", null)]
    [InlineData("agent", "--listen grpc+tcp://127.0.0.1:7441 --listen grpc+unix:///run/g.sock", "--parent grpc://relay:7443", null)]
    [InlineData("agent", "--listen tls://0.0.0.0:7443", "--parent tls://relay:7443", "serves its own host only")]
    [InlineData("relay", "--listen grpc+tcp://10.0.0.1:7433", "--parent tls://origin:7443", "plain text that others could reach")]
    [InlineData("relay", "--listen grpc://0.0.0.0:7443", "--parent tls://origin:7443", "the scheme is none of tls")]
    [InlineData("relay", "--listen tls://0.0.0.0:7443", "--parent grpc+tcp://origin:7433", "only for loopback addresses")]
    [InlineData("relay", "--listen tls://0.0.0.0:7443", "--parent https://origin:7443", "the scheme is none of tls")]
    [InlineData("relay", "--listen tls://0.0.0.0:7443", "--parent grpc://origin", "a host or a port is missing")]
    public async Task Tiers_listen_and_follow_at_addresses_of_either_envelope_and_refuse_others_before_they_start(string role, string listen, string parents, string? refused)
    {
        var started = 0;
        using var helio = new Helio { Tiers = new(Relay: (_, _) => Task.FromResult(started++), Agent: (_, _) => Task.FromResult(started++)) };

        var ran = await helio.RunAsync([role, "--data", helio.Directory, "--trust", "trust.json", .. listen.Split(' '), .. parents.Split(' ')]);

        Assert.True((refused is null ? ExitCode.Success : ExitCode.Usage) == ran.Exit, ran.Error);
        Assert.Equal(refused is null ? 1 : 0, started);
        if (refused is not null) Assert.Contains(refused, ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ns")]
    [InlineData("nosuch")]
    [InlineData("list", "shop", "-o", "xml")]
    [InlineData("history", "shop", "--limit", "0")]
    [InlineData("diff", "shop", "7")]
    [InlineData("rollback", "shop", "1.x")]
    [InlineData("list", "shop", "--timeout", "soon")]
    [InlineData("backup")]
    [InlineData("backup", "b.helio")]
    [InlineData("backup", "b.helio", "--keys", "k.tar")]
    [InlineData("backup", "b.helio", "--from", "tcp://127.0.0.1:1")]
    [InlineData("restore")]
    public async Task A_wrong_command_line_goes_to_standard_error(params string[] arguments)
    {
        using var helio = new Helio();

        var ran = await helio.RunAsync(arguments);

        Assert.Equal((ExitCode.Usage, ""), (ran.Exit, ran.Out));
        Assert.StartsWith("error: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_others_cannot_drive_the_terminal()
    {
        Assert.Equal("a⏎b c\uFFFD[31m", PrintableText.OneLine("a\nb\tc\u001b[31m", 100));
        Assert.Equal("abc…", PrintableText.OneLine("abcdef", 4));
        Assert.Equal("abcd", PrintableText.OneLine("abcd", 4));
    }
}
