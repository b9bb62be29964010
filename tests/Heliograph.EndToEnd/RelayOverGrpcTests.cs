// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>A relay behind a network that passes only HTTP/2: processes, TLS, certificates of the realm's own authority.</summary>
public sealed class RelayOverGrpcTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("helio-grpc-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_relay_follows_an_origin_over_gRPC_and_serves_both_envelopes_to_those_below()
    {
        // Given an origin under TLS, a relay that follows it over gRPC, and an agent that follows the relay over gRPC
        await HelioAsync(null, "certs", "init", "shop", "--dir", PathOf("ca"));
        foreach (var identity in new[] { "origin/o1", "relay/eu/r1", "agent/host-1" }) await HelioAsync(null, "certs", "issue", identity, "--dir", PathOf("ca"), "--out", PathOf("certs"), "--ip", "127.0.0.1");
        await using var origin = Tier("o1", "origin", "--realm", "shop", "--listen", "tls://127.0.0.1:0", "--listen", "http://127.0.0.1:0", "--heartbeat", "1s");
        var ready = await ReadyAsync(origin);
        var trust = (string)ready["trust"]!;
        var author = new Dictionary<string, string> { ["HELIOGRAPH_SERVER"] = Listens(ready, "http"), ["HELIOGRAPH_TOKEN_FILE"] = (string)ready["tokenFile"]! };
        foreach (var role in new[] { "relay", "agent" }) await HelioAsync(author, "roles", "grant", $"spiffe://shop/{role}/*", "reader", "*", "--name", role);
        await HelioAsync(author, "roles", "grant", "local", "reader", "demo", "--name", "local"); // a relay tells what it holds only to those who may read it
        await HelioAsync(author, "ns", "create", "demo");
        await HelioAsync(author, "set", "demo", "Greeting", "hello");
        var parent = OverGrpc(Listens(ready, "tls"));
        await using var relay = Tier("r1", "relay", "--region", "eu", "--trust", trust, "--parent", parent, "--listen", "tls://127.0.0.1:0", "--listen", "http://127.0.0.1:0");
        var relayReady = await ReadyAsync(relay);
        await using var agent = Tier("host-1", "agent", "--trust", trust, "--parent", OverGrpc(Listens(relayReady, "tls")), "--parent", parent, "--subscribe", "demo", "--listen", "http://127.0.0.1:0");
        var agentReady = await ReadyAsync(agent);

        // When a setting changes, then relay and agent hold it, and each says that it came over gRPC
        await HelioAsync(author, "set", "demo", "Greeting", "hello again");
        await HoldsAsync(author, relayReady, parent);
        await HoldsAsync(author, agentReady, OverGrpc(Listens(relayReady, "tls")));

        // And when the relay is told to stop, the agent goes to its other parent, over gRPC as well
        await relay.SignalAsync("TERM");
        var (code, _, errors) = await relay.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.True(code == 0, errors);
        await HelioAsync(author, "set", "demo", "Greeting", "hello for the third time");
        await HoldsAsync(author, agentReady, parent);
    }

    /// <summary>Waits until a tier holds what the origin has, and says that it follows that parent.</summary>
    private static async Task HoldsAsync(Dictionary<string, string> author, JsonObject tier, string parent)
    {
        var root = (string)JsonNode.Parse(await HelioAsync(author, "ns", "show", "demo", "-o", "json"))!["stateRoot"]!;
        using var client = new HttpClient { BaseAddress = new(Listens(tier, "http")) };
        var view = "";
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60);)
        {
            view = await client.GetStringAsync(new Uri("/api/v1/replica", UriKind.Relative), Cancel);
            var said = JsonNode.Parse(view)!;
            if (new Uri((string?)said["parent"] ?? "none://none") == new Uri(parent) && said["namespaces"]!.AsArray().Any(item => (string?)item!["namespace"] == "demo" && (string?)item["stateRoot"] == root)) return;
            await Task.Delay(50, Cancel);
        }
        Assert.Fail($"It does not hold {root} from {parent}: {view}");
    }

    private HelioProcess Tier(string id, string role, params string[] arguments) => HelioProcess.Start("Heliograph.Cli", "helio",
    [
        role, "--id", id, "--data", PathOf(id), .. arguments, "--ca", PathOf("ca/ca.pem"), "--cert", PathOf($"certs/{id}.pem"), "--key", PathOf($"certs/{id}-key.pem"), "-o", "json",
    ]);

    private static async Task<JsonObject> ReadyAsync(HelioProcess tier)
    {
        var line = await tier.ReadLineAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        return JsonNode.Parse(line ?? "null")?.AsObject() ?? throw new InvalidOperationException("The tier ended before it was ready.");
    }

    private static string Listens(JsonObject ready, string scheme) => ready["listen"]!.AsArray().Select(address => (string)address!).Single(address => new Uri(address).Scheme == scheme);

    private static string OverGrpc(string tls) => $"grpc://127.0.0.1:{new Uri(tls).Port}";

    private static async Task<string> HelioAsync(Dictionary<string, string>? access, params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments, access);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(90), Cancel);
        Assert.True(code == 0, $"helio {string.Join(' ', arguments)} ended with {code}: {output}{errors}");
        return output;
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
