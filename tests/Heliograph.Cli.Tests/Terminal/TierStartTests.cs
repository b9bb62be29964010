// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Platform.Trust;
using Xunit;

namespace Heliograph.Cli.Tests.Terminal;

/// <summary>What a tier cannot start with is said in a line, and nothing is left behind.</summary>
public sealed class TierStartTests : IDisposable
{
    private readonly Helio _helio = new() { Tiers = new(OriginTier.RunAsync, ReplicaTiers.RunRelayAsync, ReplicaTiers.RunAgentAsync, DevRealm.StartAsync) };

    private string Data => Path.Combine(_helio.Directory, "data");

    public void Dispose() => _helio.Dispose();

    [Theory]
    [InlineData("origin --listen tls://127.0.0.1:0", "needs a certificate")]
    [InlineData("origin --listen http://0.0.0.0:7430", "plain text that others could reach")]
    [InlineData("origin --listen tcp://192.0.2.1:7430", "plain text that others could reach")]
    [InlineData("origin --listen http://127.0.0.1:99999", "http://127.0.0.1:99999")]
    [InlineData("origin --listen http://shop.example:80", "not a name")]
    [InlineData("origin --listen http://127.0.0.1:0 --heartbeat 150ms", "--heartbeat")]
    [InlineData("origin --listen http://127.0.0.1:0 --heartbeat 1500ms", "--heartbeat")]
    [InlineData("origin --listen http://127.0.0.1:0 --head-lifetime 8d", "--head-lifetime")]
    [InlineData("origin --listen http://127.0.0.1:0 --realm Shop/1", "realm")]
    [InlineData("origin --listen tls://127.0.0.1:0 --cert {text} --key {text} --ca {text}", "text")]
    [InlineData("origin --listen tls://127.0.0.1:0 --cert {text}", "--cert and --key go together")]
    [InlineData("origin --listen http://127.0.0.1:0 --issue-from {text}", "IssueFrom")]
    [InlineData("origin --listen http://127.0.0.1:0 --certificate-life 1s", "--certificate-life")]
    [InlineData("origin --listen http://127.0.0.1:0 --connection-age 31d", "--connection-age")]
    [InlineData("agent --parent tcp://127.0.0.1:1 --trust {trust} --enroll x", "--renew-at")]
    [InlineData("relay --listen tcp://127.0.0.1:0 --parent tcp://127.0.0.1:1 --trust {trust} --renew-at https://127.0.0.1:1", "--enroll")]
    [InlineData("relay --listen tcp://127.0.0.1:0 --parent tcp://127.0.0.1:1 --trust {text}", "text")]
    [InlineData("relay --listen tcp://127.0.0.1:0 --parent tcp://192.0.2.1:1 --trust {trust}", "192.0.2.1")]
    [InlineData("relay --listen tcp://127.0.0.1:0 --parent http://127.0.0.1:1 --trust {trust}", "http://127.0.0.1:1")]
    [InlineData("relay --listen tcp://127.0.0.1:0 --parent tls://127.0.0.1:1 --trust {trust}", "authority")]
    [InlineData("relay --listen tls://127.0.0.1:0 --parent tcp://127.0.0.1:1 --trust {trust}", "needs a certificate")]
    [InlineData("relay --listen tcp://127.0.0.1:0 --parent tcp://127.0.0.1:1 --trust {trust} --stale-after 1ms", "StaleAfter")]
    [InlineData("relay --listen tcp://127.0.0.1:0 --parent tcp://127.0.0.1:1 --trust {trust} --subscribers-max 0", "--subscribers-max")]
    [InlineData("relay --listen tcp://127.0.0.1:0 --parent tcp://127.0.0.1:1 --trust {trust} --snapshots-at-once 65537", "--snapshots-at-once")]
    [InlineData("agent --parent tcp://127.0.0.1:1 --trust {trust} --listen tls://127.0.0.1:0", "could be reached from elsewhere")]
    [InlineData("agent --parent tcp://127.0.0.1:1 --trust {trust} --listen tls://0.0.0.0:0", "serves its own host only")]
    [InlineData("agent --parent tcp://127.0.0.1:1 --trust {text}", "text")]
    public async Task What_it_was_told_wrong_is_refused_before_anything_is_made(string line, string named)
    {
        var text = _helio.File("text", "no PEM, no JSON");
        RealmKeys.Create("shop", Path.Combine(_helio.Directory, "realm"));
        var arguments = line.Replace("{text}", text, StringComparison.Ordinal).Replace("{trust}", Path.Combine(_helio.Directory, "realm", RealmKeys.TrustFileName), StringComparison.Ordinal).Split(' ');

        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        inTime.CancelAfter(TimeSpan.FromMinutes(1)); // a tier that starts all the same is told to stop, and gives success

        var ran = await _helio.RunAsync([.. arguments, "--data", Data], inTime.Token);

        Assert.Equal((ExitCode.Usage, ""), (ran.Exit, ran.Out));
        Assert.StartsWith("error: ", ran.Error, StringComparison.Ordinal);
        Assert.Contains(named, ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(" at Heliograph.", ran.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data), "A data directory was made.");
    }

    [Fact]
    public async Task A_realm_of_another_name_than_the_one_that_is_there_is_refused()
    {
        RealmKeys.Create("shop", Data);

        var ran = await _helio.RunAsync("origin", "--data", Data, "--realm", "other", "--listen", "http://127.0.0.1:0");

        Assert.Equal(ExitCode.Usage, ran.Exit);
        Assert.Contains("'shop', not 'other'", ran.Error, StringComparison.Ordinal);
    }
}
