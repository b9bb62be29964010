// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Nodes that were let in by a token, whose certificates live for seconds: real processes, real TLS.</summary>
public sealed class EnrolmentTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60); // only a broken test waits so long

    private readonly string _directory = Directory.CreateTempSubdirectory("helio-enrol-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Relay_and_agent_enrol_renew_by_themselves_outlive_their_first_certificates_and_are_shut_out_at_once()
    {
        // Given an origin that issues certificates of thirty seconds
        await HelioAsync(null, 0, "certs", "init", "shop", "--dir", PathOf("ca"));
        await HelioAsync(null, 0, "certs", "issue", "origin/o1", "--dir", PathOf("ca"), "--out", PathOf("certs"), "--ip", "127.0.0.1");
        await using var origin = Start("origin", "--id", "o1", "--data", PathOf("o1"), "--realm", "shop", "--listen", "tls://127.0.0.1:0", "--listen", "http://127.0.0.1:0", "--heartbeat", "1s",
            "--cert", PathOf("certs/o1.pem"), "--key", PathOf("certs/o1-key.pem"), "--issue-from", PathOf("ca"), "--certificate-life", "30s", "--connection-age", "15s");
        var ready = await ReadyAsync(origin);
        var (trust, tls) = ((string)ready["trust"]!, Listens(ready, "tls"));
        var api = new UriBuilder(tls) { Scheme = "https" }.Uri.ToString();
        var author = new Dictionary<string, string> { ["HELIOGRAPH_SERVER"] = Listens(ready, "http"), ["HELIOGRAPH_TOKEN_FILE"] = (string)ready["tokenFile"]! };
        foreach (var role in new[] { "relay", "agent" }) await HelioAsync(author, 0, "roles", "grant", $"spiffe://shop/{role}/*", "reader", "*", "--name", role);
        await HelioAsync(author, 0, "roles", "grant", "local", "reader", "demo", "--name", "local");
        await HelioAsync(author, 0, "ns", "create", "demo");

        // When a relay and an agent below it start with a token each
        var relayToken = (await HelioAsync(author, 0, "enroll", "token", "relay/eu/r1", "--ip", "127.0.0.1")).Trim();
        var agentToken = (await HelioAsync(author, 0, "enroll", "token", "agent/host-1")).Trim();
        await using var relay = Start("relay", "--id", "r1", "--region", "eu", "--data", PathOf("r1"), "--trust", trust, "--parent", tls, "--single-parent", "--listen", "tls://127.0.0.1:0", "--listen", "http://127.0.0.1:0", "--connection-age", "15s",
            "--renew-at", api, "--enroll", relayToken);
        var relayReady = await ReadyAsync(relay);
        await using var agent = Start("agent", "--id", "host-1", "--data", PathOf("host-1"), "--trust", trust, "--parent", Listens(relayReady, "tls"), "--single-parent", "--subscribe", "demo", "--listen", "http://127.0.0.1:0",
            "--renew-at", api, "--enroll", agentToken);
        var agentReady = await ReadyAsync(agent);
        var (firstOfRelay, firstOfAgent) = (EndOf("r1"), EndOf("host-1"));
        await HelioAsync(author, 0, "set", "demo", "Greeting", "first");
        await HoldsAsync(author, agentReady);

        // Then a token is good once, and for nothing else
        Assert.Contains("401", await FailToEnrolAsync(relayToken, api), StringComparison.Ordinal);
        await HelioAsync(new(author) { ["HELIOGRAPH_TOKEN_FILE"] = "", ["HELIOGRAPH_TOKEN"] = agentToken }, 5, "ns", "list");

        // And both have certificates that outlive the first ones, under which everything still arrives
        await UntilAsync(() => Task.FromResult(EndOf("r1") > firstOfRelay && EndOf("host-1") > firstOfAgent), "both certificates are renewed");
        await UntilAsync(() => Task.FromResult(DateTime.UtcNow > firstOfRelay && DateTime.UtcNow > firstOfAgent), "the first certificates have expired");
        await HelioAsync(author, 0, "set", "demo", "Greeting", "second");
        await HoldsAsync(author, agentReady);

        // When the agent is shut out, then it gets nothing more and its certificate is not renewed
        var denied = await HelioAsync(author, 0, "audit", "list", "--denied", "-o", "json");
        await HelioAsync(author, 0, "roles", "grant", "spiffe://shop/agent/host-1", "none", "*", "--name", "stolen");
        var lastOfAgent = EndOf("host-1");
        await HelioAsync(author, 0, "set", "demo", "Greeting", "third");
        await UntilAsync(async () => (await HelioAsync(author, 0, "audit", "list", "--denied", "-o", "json")).Contains("spiffe://shop/agent/host-1", StringComparison.Ordinal), "the renewal is refused and recorded");
        Assert.DoesNotContain("spiffe://shop/agent/host-1", denied, StringComparison.Ordinal);
        Assert.Equal(lastOfAgent, EndOf("host-1"));
        Assert.False(await IsHeldAsync(author, agentReady));
    }

    private async Task<string> FailToEnrolAsync(string token, string api)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", ["enroll", "use", token, "--out", PathOf("again"), "--server", api, "--ca", PathOf("ca/ca.pem")]);
        var (code, _, errors) = await helio.WaitAsync(Limit, Cancel);
        Assert.Equal(1, code);
        return errors;
    }

    private DateTime EndOf(string node)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(PathOf(node, "node.pem"));
        return certificate.NotAfter.ToUniversalTime();
    }

    private static async Task HoldsAsync(Dictionary<string, string> author, JsonObject tier) =>
        await UntilAsync(() => IsHeldAsync(author, tier), "it holds what the origin has");

    private static async Task<bool> IsHeldAsync(Dictionary<string, string> author, JsonObject tier)
    {
        var root = (string)JsonNode.Parse(await HelioAsync(author, 0, "ns", "show", "demo", "-o", "json"))!["stateRoot"]!;
        using var client = new HttpClient { BaseAddress = new(Listens(tier, "http")) };
        var said = JsonNode.Parse(await client.GetStringAsync(new Uri("/api/v1/replica", UriKind.Relative), Cancel))!;
        return said["namespaces"]!.AsArray().Any(item => (string?)item!["namespace"] == "demo" && (string?)item["stateRoot"] == root);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        for (var started = TimeProvider.System.GetTimestamp(); !await condition(); await Task.Delay(200, Cancel))
            if (TimeProvider.System.GetElapsedTime(started) > Limit) Assert.Fail($"It never came about: {what}.");
    }

    private HelioProcess Start(params string[] arguments) => HelioProcess.Start("Heliograph.Cli", "helio", [.. arguments, "--ca", PathOf("ca/ca.pem"), "-o", "json"]);

    private static async Task<JsonObject> ReadyAsync(HelioProcess tier)
    {
        var line = await tier.ReadLineAsync(Cancel).WaitAsync(Limit, Cancel);
        if (line is null) Assert.Fail((await tier.WaitAsync(Limit, Cancel)).Errors);
        return JsonNode.Parse(line)!.AsObject();
    }

    private static string Listens(JsonObject ready, string scheme) => ready["listen"]!.AsArray().Select(address => (string)address!).First(address => address.StartsWith(scheme + "://", StringComparison.Ordinal));

    private static async Task<string> HelioAsync(Dictionary<string, string>? environment, int expected, params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments, environment);
        var (code, output, errors) = await helio.WaitAsync(Limit, Cancel);
        Assert.True(code == expected, $"helio {string.Join(' ', arguments)} ended with {code}, not {expected}: {output}{errors}");
        return output;
    }

    private string PathOf(params string[] parts) => Path.Combine([_directory, .. parts]);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
