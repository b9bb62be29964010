// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Nodes that were let in by a token and whose certificates are renewed: real processes, real TLS.</summary>
public sealed class EnrolmentTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4); // only a broken test waits so long

    private readonly string _directory = Directory.CreateTempSubdirectory("helio-enrol-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Relay_and_agent_enrol_by_tokens_renew_by_themselves_and_are_shut_out_at_once()
    {
        await using var realm = await StartRealmAsync("1h", "5s");
        Assert.Contains("401", await FailToEnrolAsync(realm.RelayToken, realm.Api), StringComparison.Ordinal); // a token is good once,
        await HelioAsync(new(realm.Author) { ["HELIOGRAPH_TOKEN_FILE"] = "", ["HELIOGRAPH_TOKEN"] = realm.AgentToken }, 5, "ns", "list"); // and for nothing else

        // When an agent starts whose certificate has seen three quarters of its life, then it renews it, and gets what is new
        await realm.StopAgentAsync();
        var aged = Age("host-1");
        await realm.StartAgentAsync();
        await UntilAsync(() => Task.FromResult(EndOf("host-1") > aged), "the certificate is renewed");
        await HelioAsync(realm.Author, 0, "set", "demo", "Greeting", "second");
        await HoldsAsync(realm.Author, realm.AgentReady);

        // When it is shut out, then it gets nothing more
        var denied = await DeniedAsync(realm);
        await HelioAsync(realm.Author, 0, "roles", "grant", "spiffe://shop/agent/host-1", "none", "*", "--name", "stolen");
        await HelioAsync(realm.Author, 0, "set", "demo", "Greeting", "third");
        await HoldsAsync(realm.Author, realm.RelayReady);
        Assert.False(await IsHeldAsync(realm.Author, realm.AgentReady));

        // And its certificate, when it is due, is not renewed
        await realm.StopAgentAsync();
        aged = Age("host-1");
        await realm.StartAgentAsync();
        await UntilAsync(async () => (await DeniedAsync(realm)).Contains("spiffe://shop/agent/host-1", StringComparison.Ordinal), "the renewal is refused and recorded");
        Assert.DoesNotContain("spiffe://shop/agent/host-1", denied, StringComparison.Ordinal);
        Assert.Equal(aged, EndOf("host-1"));
        Assert.False(await IsHeldAsync(realm.Author, realm.AgentReady));
    }

    [Fact]
    public async Task An_old_connection_is_made_anew_without_a_warning_and_changes_go_on()
    {
        await using var realm = await StartRealmAsync("1h", "6s");
        using var http = new HttpClient { BaseAddress = new(Listens(realm.AgentReady, "http")) };
        await UntilAsync(async () => Metric(await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel), "heliograph_follower_sessions_total") >= 3, "the agent has come back to its relay twice");
        await HelioAsync(realm.Author, 0, "set", "demo", "Greeting", "second");
        await HoldsAsync(realm.Author, realm.AgentReady);

        Assert.Equal(0, Metric(await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel), "heliograph_follower_sessions_lost_total"));
        var said = await realm.StopAgentAsync();
        Assert.Contains("is made anew", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Lost parent", said, StringComparison.Ordinal);
    }

    private static double Metric(string metrics, string name) =>
        double.Parse(metrics.Split('\n').First(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Takes as long as certificates live, and those live long enough for a machine that has much else to do.</summary>
    [Fact]
    public async Task Relay_and_agent_outlive_their_first_certificates()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1", "It waits until certificates of two minutes have expired: HELIOGRAPH_NIGHTLY=1.");
        await using var realm = await StartRealmAsync("2m", "45s");
        var (firstOfRelay, firstOfAgent) = (EndOf("r1"), EndOf("host-1"));
        await UntilAsync(() => Task.FromResult(DateTime.UtcNow > firstOfRelay && DateTime.UtcNow > firstOfAgent), "the first certificates have expired");
        Assert.True(EndOf("r1") > firstOfRelay && EndOf("host-1") > firstOfAgent, "A certificate was not renewed.");
        await HelioAsync(realm.Author, 0, "set", "demo", "Greeting", "second");
        await HoldsAsync(realm.Author, realm.AgentReady);
    }

    /// <summary>An origin that issues certificates, and a relay and an agent below it which were enrolled with a token each and hold the first change.</summary>
    private async Task<Realm> StartRealmAsync(string life, string connectionAge)
    {
        await HelioAsync(null, 0, "certs", "init", "shop", "--dir", PathOf("ca"));
        MakeAuthorityOlder();
        await HelioAsync(null, 0, "certs", "issue", "origin/o1", "--dir", PathOf("ca"), "--out", PathOf("certs"), "--ip", "127.0.0.1");
        var realm = new Realm(this);
        try
        {
            await realm.StartAsync(life, connectionAge);
            return realm;
        }
        catch
        {
            await realm.DisposeAsync();
            throw;
        }
    }

    private sealed class Realm(EnrolmentTests test) : IAsyncDisposable
    {
        private HelioProcess? _origin, _relay, _agent;
        private string _trust = "";

        public Dictionary<string, string> Author { get; private set; } = [];

        public string Api { get; private set; } = "";

        public string RelayToken { get; private set; } = "";

        public string AgentToken { get; private set; } = "";

        public JsonObject RelayReady { get; private set; } = [];

        public JsonObject AgentReady { get; private set; } = [];

        public async Task StartAsync(string life, string connectionAge)
        {
            _origin = test.Start("origin", "--id", "o1", "--data", test.PathOf("o1"), "--realm", "shop", "--listen", "tls://127.0.0.1:0", "--listen", "http://127.0.0.1:0", "--heartbeat", "1s",
                "--cert", test.PathOf("certs/o1.pem"), "--key", test.PathOf("certs/o1-key.pem"), "--issue-from", test.PathOf("ca"), "--certificate-life", life, "--connection-age", connectionAge);
            var ready = await ReadyAsync(_origin);
            var tls = Listens(ready, "tls");
            (_trust, Api) = ((string)ready["trust"]!, new UriBuilder(tls) { Scheme = "https" }.Uri.ToString());
            Author = new() { ["HELIOGRAPH_SERVER"] = Listens(ready, "http"), ["HELIOGRAPH_TOKEN_FILE"] = (string)ready["tokenFile"]! };
            foreach (var role in new[] { "relay", "agent" }) await HelioAsync(Author, 0, "roles", "grant", $"spiffe://shop/{role}/*", "reader", "*", "--name", role);
            await HelioAsync(Author, 0, "roles", "grant", "local", "reader", "demo", "--name", "local");
            await HelioAsync(Author, 0, "ns", "create", "demo");

            RelayToken = (await HelioAsync(Author, 0, "enroll", "token", "relay/eu/r1", "--ip", "127.0.0.1")).Trim();
            AgentToken = (await HelioAsync(Author, 0, "enroll", "token", "agent/host-1")).Trim();
            _relay = test.Start("relay", "--id", "r1", "--region", "eu", "--data", test.PathOf("r1"), "--trust", _trust, "--parent", tls, "--single-parent", "--listen", "tls://127.0.0.1:0", "--listen", "http://127.0.0.1:0", "--connection-age", connectionAge,
                "--subscribe", "demo", "--renew-at", Api, "--enroll", RelayToken);
            RelayReady = await ReadyAsync(_relay);
            await StartAgentAsync("--enroll", AgentToken);
            await HelioAsync(Author, 0, "set", "demo", "Greeting", "first");
            await HoldsAsync(Author, AgentReady);
        }

        public async Task StartAgentAsync(params string[] more)
        {
            _agent = test.Start(["agent", "--id", "host-1", "--data", test.PathOf("host-1"), "--trust", _trust, "--parent", Listens(RelayReady, "tls"), "--single-parent", "--subscribe", "demo", "--listen", "http://127.0.0.1:0", "--renew-at", Api, .. more]);
            AgentReady = await ReadyAsync(_agent);
        }

        /// <summary>Stops the agent as an operator does.</summary>
        /// <returns>What it had to say.</returns>
        public async Task<string> StopAgentAsync()
        {
            await _agent!.SignalAsync("TERM");
            var (code, _, errors) = await _agent.WaitAsync(Limit, Cancel);
            Assert.True(code == 0, $"The agent ended with {code}: {errors}");
            return errors;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var tier in new[] { _agent, _relay, _origin })
                if (tier is not null) await tier.DisposeAsync();
        }
    }

    /// <summary>Gives the authority a certificate that began a day ago, so that certificates can be issued which are not young.</summary>
    private void MakeAuthorityOlder()
    {
        using var young = X509Certificate2.CreateFromPemFile(PathOf("ca/ca.pem"), PathOf("ca/ca-key.pem"));
        using var key = young.GetECDsaPrivateKey()!;
        using var older = RequestLike(young, key).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), young.NotAfter);
        File.WriteAllText(PathOf("ca/ca.pem"), older.ExportCertificatePem());
    }

    /// <summary>Replaces a node's certificate by one of the same key that has seen three hours of four; returns its end.</summary>
    private DateTime Age(string node)
    {
        using var authority = X509Certificate2.CreateFromPemFile(PathOf("ca/ca.pem"), PathOf("ca/ca-key.pem"));
        using var young = X509Certificate2.CreateFromPemFile(PathOf(node, "node.pem"), PathOf(node, "node-key.pem"));
        using var key = young.GetECDsaPrivateKey()!;
        using var aged = RequestLike(young, key).Create(authority, DateTimeOffset.UtcNow.AddHours(-3), DateTimeOffset.UtcNow.AddMinutes(50), [0x40, .. RandomNumberGenerator.GetBytes(15)]);
        File.WriteAllText(PathOf(node, "node.pem"), aged.ExportCertificatePem());
        return EndOf(node);
    }

    private static CertificateRequest RequestLike(X509Certificate2 certificate, ECDsa key)
    {
        var request = new CertificateRequest(certificate.SubjectName, key, HashAlgorithmName.SHA256);
        foreach (var extension in certificate.Extensions) request.CertificateExtensions.Add(extension);
        return request;
    }

    private static Task<string> DeniedAsync(Realm realm) => HelioAsync(realm.Author, 0, "audit", "list", "--denied", "-o", "json");

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
