// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Platform.Trust;
using Xunit;

namespace Heliograph.Cli.Tests.Configuration;

/// <summary>A role is told by flags, variables and a file, in this order.</summary>
public sealed class RoleConfigurationTests : IDisposable
{
    private readonly Helio _helio;
    private RelayArguments? _told;

    public RoleConfigurationTests() => _helio = new() { Tiers = new((_, _) => Task.FromResult(0), (told, _) => { _told = told; return Task.FromResult(0); }, (_, _) => Task.FromResult(0)) };

    public void Dispose() => _helio.Dispose();

    [Fact]
    public async Task The_flag_wins_over_the_variable_and_the_variable_over_the_file()
    {
        var file = _helio.File("relay.json", """
            {
              // as on the command line, without dashes
              "data": "d", "trust": "t", "listen": ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2"], "parent": "tcp://127.0.0.1:3",
              "region": "of the file", "zone": "of the file", "stale-after": "40s", "single-parent": true, "ca": "authority.pem",
            }
            """);
        _helio.With("HELIOGRAPH_RELAY_CONFIG", file).With("HELIOGRAPH_RELAY_ZONE", "of the variable").With("HELIOGRAPH_RELAY_PARENT", "tcp://127.0.0.1:4, tcp://127.0.0.1:5").With("HELIOGRAPH_RELAY_REGION", "");

        var ran = await _helio.RunAsync("relay", "--listen", "tcp://127.0.0.1:9");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Equal(["tcp://127.0.0.1:9/"], _told!.Listen.Select(address => address.ToString())); // a list replaces a list
        Assert.Equal([4, 5], _told.Parents.Select(address => address.Port));
        Assert.Equal(("of the file", "of the variable", TimeSpan.FromSeconds(40), true, "authority.pem"), (_told.Region, _told.Zone, _told.StaleAfter, _told.SingleParent, _told.Tls.Authority));
    }

    [Fact]
    public async Task Every_fault_is_named_at_once_with_its_place()
    {
        var file = _helio.File("origin.json", "{\n  \"heartbeat\": \"soon\",\n  \"hart-beat\": \"10s\",\n  \"scrub-interval\": \"90d\",\n  \"realm\": [\"a\", \"b\"],\n  \"cert\": {\"file\": \"x\"},\n  \"data\": \"d\",\n  \"data\": \"e\"\n}");
        _helio.With("HELIOGRAPH_ORIGIN_LISTN", "x").With("HELIOGRAPH_ORIGIN_LISTEN", "tcp://192.0.2.1:1,nonsense").With("HELIOGRAPH_ORIGIN_KEY", "k").With("HELIOGRAPH_ORIGIN_PORT_7443_TCP_ADDR", "192.0.2.7");

        var ran = await _helio.RunAsync("origin", "--config", file, "--etcd", "http://127.0.0.1:1");

        Assert.Equal(ExitCode.Usage, ran.Exit);
        string[] faults =
        [
            $"error: 'HELIOGRAPH_ORIGIN_LISTN' sets no option. Is 'HELIOGRAPH_ORIGIN_LISTEN' meant? [environment]",
            $"error: 'hart-beat' is no option here. Is 'heartbeat' meant? [{file}:3]",
            $"error: 'realm' takes one value, not a list. [{file}:5]",
            $"error: 'cert' is a text, a number, true or false. [{file}:6]",
            $"error: 'data' stands twice. Keep one. [{file}:8]",
            $"error: --heartbeat: 'soon' is no duration. Write a number and a unit: 500ms, 30s, 2m, 1h, 90d. [{file}:2]",
            $"error: --scrub-interval is 1s to 30d. [{file}:4]",
            "error: --cert and --key go together. [HELIOGRAPH_ORIGIN_KEY]",
            "error: --etcd and --advertise go together: the log is in etcd, and the other origins forward changes here.",
        ];
        Assert.All(faults, fault => Assert.Contains(fault, ran.Error.Split('\n')));
        Assert.Contains("192.0.2.1", ran.Error, StringComparison.Ordinal);
        Assert.Contains("'nonsense' is no address", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("TCP_ADDR", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]", "an object of options is expected")]
    [InlineData("{\"data\": ", "is no JSON")]
    [InlineData("{} {}", "is no JSON")]
    [InlineData(null, "cannot be read")]
    public async Task A_file_that_is_none_is_refused(string? content, string says)
    {
        var file = content is null ? Path.Combine(_helio.Directory, "nowhere.json") : _helio.File("agent.json", content);

        var ran = await _helio.RunAsync("agent", "--config", file, "--data", "d");

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
        Assert.Contains("'--trust' is required", ran.Error, StringComparison.Ordinal); // and the rest as well
    }

    [Fact]
    public async Task Check_looks_at_every_file_and_says_all_that_is_wrong()
    {
        var text = _helio.File("text", "no PEM, no JSON");
        var file = _helio.File("agent.json", $$"""{ "trust": "{{text}}", "data": "{{text}}/below", "parent": ["tls://relay:7443"], "project": ["{{text}}", "nowhere.json"], "cert": "{{text}}", "key": "{{text}}" }""");

        var ran = await _helio.RunAsync("config", "check", "agent", "--config", file);

        Assert.Equal((ExitCode.Usage, ""), (ran.Exit, ran.Out));
        foreach (var option in new[] { "--trust", "--data", "--parent", "--project", "--cert" })
            Assert.Contains(ran.Error.Split('\n'), line => line.StartsWith($"error: {option}: ", StringComparison.Ordinal) && line.EndsWith($"[{file}:1]", StringComparison.Ordinal));
        Assert.Equal(2, ran.Error.Split('\n').Count(line => line.StartsWith("error: --project: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Check_lets_what_can_start_pass()
    {
        RealmKeys.Create("shop", Path.Combine(_helio.Directory, "realm"));
        string[] told = ["--data", Path.Combine(_helio.Directory, "data"), "--trust", Path.Combine(_helio.Directory, "realm", RealmKeys.TrustFileName), "--parent", "tcp://127.0.0.1:1", "--listen", "tcp://127.0.0.1:0"];

        var ran = await _helio.RunAsync(["config", "check", "relay", .. told]);
        Assert.Equal((0, "The relay can start with this.\n", ""), (ran.Code, ran.Out, ran.Error));
        ran = await _helio.RunAsync(["config", "check", "relay", .. told, "--listen", "tls://0.0.0.0:7443"]);
        Assert.Contains("--listen: tls://0.0.0.0:7443 needs a certificate: --cert and --key and --ca are not given", ran.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_helio.Directory, "data")), "Something was made.");
    }

    [Fact]
    public async Task A_start_finds_what_the_check_finds()
    {
        using var helio = new Helio { Tiers = new(Relay: (_, _) => throw new InvalidOperationException("It was started.")) { InspectsFiles = true } };

        var ran = await helio.RunAsync("relay", "--data", helio.Directory, "--trust", "nowhere.json", "--parent", "tls://a:1", "--listen", "tls://127.0.0.1:0");

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Equal(3, ran.Error.Split('\n').Count(line => line.StartsWith("error: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Show_says_each_value_and_where_it_is_from()
    {
        var file = _helio.File("origin.json", "{\n\"heartbeat\": \"5s\",\n\"etcd\": [\"https://user:word@e1:2379\", \"https://e2:2379\"], \"advertise\": \"https://o1:7443\" }");
        _helio.With("HELIOGRAPH_ORIGIN_ID", "o1").With("HELIOGRAPH_CA", "ca.pem");

        var ran = await _helio.RunAsync("config", "show", "origin", "--config", file, "--data", "d", "-o", "json");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        var options = JsonDocument.Parse(ran.Out).RootElement.GetProperty("options").EnumerateArray().ToDictionary(option => option.GetProperty("name").GetString()!, option => option.ToString());
        Assert.Equal($$"""{"name":"heartbeat","values":["5s"],"source":"file","where":"{{file}}:2"}""", options["heartbeat"]);
        Assert.Equal("""{"name":"id","values":["o1"],"source":"environment","where":"HELIOGRAPH_ORIGIN_ID"}""", options["id"]);
        Assert.Equal("""{"name":"ca","values":["ca.pem"],"source":"environment","where":"HELIOGRAPH_CA"}""", options["ca"]);
        Assert.Equal("""{"name":"data","values":["d"],"source":"flag"}""", options["data"]);
        Assert.Equal("""{"name":"scrub-interval","values":["24h"],"source":"default"}""", options["scrub-interval"]);
        Assert.Equal("""{"name":"listen","values":["http://127.0.0.1:7430","tcp://127.0.0.1:7431"],"source":"default"}""", options["listen"]);
        Assert.Contains("https://(hidden)@e1:2379", options["etcd"], StringComparison.Ordinal);
        Assert.DoesNotContain("word", ran.Out, StringComparison.Ordinal);

        ran = await _helio.RunAsync("config", "show", "origin", "--config", file, "--data", "d");
        Assert.Matches($"heartbeat +5s +{file}:2", ran.Out);
    }

    [Fact]
    public async Task Help_needs_no_file()
    {
        var ran = await _helio.With("HELIOGRAPH_RELAY_CONFIG", "nowhere.json").RunAsync("relay", "--help");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
    }
}
