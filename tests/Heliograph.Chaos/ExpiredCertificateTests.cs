// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Chaos.Faults;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.Chaos;

/// <summary>Certificates of a day, and a clock that is days ahead.</summary>
public sealed class ExpiredCertificateTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hl-expired-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_every_certificate_has_expired_a_relay_starts_from_what_it_has_and_says_that_it_is_stale()
    {
        Assert.SkipWhen(SteppedClock.Missing is not null, $"It needs {SteppedClock.Missing}.");

        // Given a relay that follows an origin over TLS with certificates of a day
        await HelioAsync(null, "certs", "init", "shop", "--dir", PathOf("ca"));
        foreach (var identity in new[] { "origin/o1", "relay/eu/r1" }) await HelioAsync(null, "certs", "issue", identity, "--dir", PathOf("ca"), "--out", PathOf("certs"), "--ip", "127.0.0.1", "--days", "1");
        await using var origin = Tier("o1", "origin", "--realm", "shop", "--listen", "tls://127.0.0.1:0", "--listen", "http://127.0.0.1:0", "--heartbeat", "1s");
        var ready = await ReadyAsync(origin);
        var author = new Dictionary<string, string> { ["HELIOGRAPH_SERVER"] = Listens(ready, "http"), ["HELIOGRAPH_TOKEN_FILE"] = (string)ready["tokenFile"]! };
        await HelioAsync(author, "roles", "grant", "spiffe://shop/relay/*", "reader", "*", "--name", "relay");
        await HelioAsync(author, "roles", "grant", "local*", "reader", "*", "--name", "local");
        await HelioAsync(author, "ns", "create", "demo");
        await HelioAsync(author, "set", "demo", "Greeting", "hello");
        string[] relayArguments = ["relay", "--region", "eu", "--trust", (string)ready["trust"]!, "--parent", Listens(ready, "tls"), "--single-parent", "--subscribe", "demo", "--stale-after", "3s", "--listen", "http://127.0.0.1:0"];
        await using (var relay = Tier("r1", relayArguments))
        {
            await ShowsAsync(await ReadyAsync(relay), author, isStale: false);
            await relay.SignalAsync("KILL");
        }

        // When it starts again with a clock that is three days ahead: no certificate is valid any more, its own neither
        SteppedClock.Set(PathOf("r1.clock"), "+3d");
        await using var late = Tier("r1", relayArguments);
        var lateReady = await ReadyAsync(late);

        // Then it serves what it had, and says that it is stale
        await ShowsAsync(lateReady, author, isStale: true);

        // And when its clock is right again, it follows again
        SteppedClock.Set(PathOf("r1.clock"), "+0");
        await HelioAsync(author, "set", "demo", "Greeting", "hello again");
        await ShowsAsync(lateReady, author, isStale: false);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task ShowsAsync(JsonObject relay, Dictionary<string, string> author, bool isStale)
    {
        var root = (string)JsonNode.Parse(await HelioAsync(author, "ns", "show", "demo", "-o", "json"))!["stateRoot"]!;
        using var client = new HttpClient { BaseAddress = new(Listens(relay, "http")) };
        var view = "";
        await RealFleet.EventuallyAsync(async () =>
        {
            view = await client.GetStringAsync(new Uri("/api/v1/replica", UriKind.Relative), Cancel);
            var said = JsonNode.Parse(view)!;
            return (bool)said["stale"]! == isStale && said["namespaces"]!.AsArray().Any(it => (string?)it!["namespace"] == "demo" && (string?)it["stateRoot"] == root);
        }, () => $"the relay shows {root}, stale: {isStale}; it shows {view}");
    }

    private HelioProcess Tier(string id, params string[] arguments) => HelioProcess.Start("Heliograph.Cli", "helio",
        [arguments[0], "--id", id, "--data", PathOf(id), .. arguments[1..], "--ca", PathOf("ca/ca.pem"), "--cert", PathOf($"certs/{id}.pem"), "--key", PathOf($"certs/{id}-key.pem"), "-o", "json"],
        id == "r1" ? SteppedClock.Of(PathOf("r1.clock")) : null);

    private static async Task<JsonObject> ReadyAsync(HelioProcess tier) =>
        JsonNode.Parse(await tier.ReadLineAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel) ?? "null")?.AsObject()
        ?? throw new InvalidOperationException($"The tier ended before it was ready: {(await tier.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Errors}");

    private static string Listens(JsonObject ready, string scheme) => ready["listen"]!.AsArray().Select(address => (string)address!).Single(address => new Uri(address).Scheme == scheme);

    private static async Task<string> HelioAsync(Dictionary<string, string>? access, params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments, access);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(90), Cancel);
        Assert.True(code == 0, $"helio {string.Join(' ', arguments)} ended with {code}: {output}{errors}");
        return output;
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
