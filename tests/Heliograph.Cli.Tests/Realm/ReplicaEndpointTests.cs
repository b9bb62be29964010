// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Relay;
using Heliograph.Replication.Replicas;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

/// <summary>What a relay answers over HTTP, to whom.</summary>
public sealed class ReplicaEndpointTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_answers_probes_and_names_what_it_holds_to_those_alone_who_may_read_it()
    {
        // Given a relay that follows an origin on its host, and others who reach its port
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        var trust = helio.File("trust.json", (await helio.RunAsync("trust", "show", "--raw")).Out);
        var realm = (string)JsonNode.Parse(await File.ReadAllTextAsync(trust, Cancel))!["realm"]!;
        await DoAsync(helio, "certs", "init", realm, "--dir", helio.Directory);
        await DoAsync(helio, "certs", "issue", "relay/eu/r1", "--dir", helio.Directory, "--out", helio.Directory, "--ip", "127.0.0.1");
        await DoAsync(helio, "certs", "issue", "agent/h1", "--dir", helio.Directory, "--out", helio.Directory);
        await DoAsync(helio, "ns", "create", "shop.web");
        await DoAsync(helio, "ns", "create", "bank");
        await DoAsync(helio, "roles", "grant", "local", "reader", "*");
        await DoAsync(helio, "roles", "grant", $"spiffe://{realm}/agent/*", "reader", "shop.*");
        await using var relay = await RelayHost.StartAsync(new RelayOptions
        {
            Id = "r1",
            DataDirectory = Path.Combine(helio.Directory, "relay"),
            TrustFile = trust,
            Parents = [new(origin.Sync)],
            Listen = [ListenEndpoint.Parse("tls://127.0.0.1:0"), ListenEndpoint.Parse("http://127.0.0.1:0")],
            AuthorityFile = Path.Combine(helio.Directory, "ca.pem"),
            CertificateFile = Path.Combine(helio.Directory, "r1.pem"),
            KeyFile = Path.Combine(helio.Directory, "r1-key.pem"),
            Always = [NamespacePattern.Parse("shop.web"), NamespacePattern.Parse("bank")],
        }, TimeProvider.System, _ => { }, Cancel);
        await HoldsAsync(relay, 3);
        using var local = new HttpClient { BaseAddress = new(relay.Endpoints.Of(ListenProtocol.Http).ToString()) };
        using var stranger = Https(relay, helio, null);
        using var agent = Https(relay, helio, "h1");

        // When and then: probes for everyone
        foreach (var (probe, status) in new[] { ("livez", 200), ("startupz", 200), ("readyz", 200), ("readyz?for=write", 503) })
            Assert.Equal(status, (int)(await stranger.GetAsync($"/{probe}", Cancel)).StatusCode);
        var facts = JsonNode.Parse(await local.GetStringAsync("/readyz", Cancel))!;
        Assert.Equal(("relay", 3, false), ((string)facts["role"]!, (int)facts["namespaces"]!, (bool)facts["degraded"]!));
        // and what it holds for those who may read it
        Assert.Equal((401, "application/problem+json"), await StatusAsync(stranger, "/api/v1/replica"));
        Assert.Equal(["heliograph.realm", "shop.web"], await NamesAsync(agent));
        Assert.Equal(["bank", "heliograph.realm", "shop.web"], await NamesAsync(local));
        // and a problem for what there is not, and for a name that leads here from elsewhere
        Assert.Equal((404, "application/problem+json"), await StatusAsync(local, "/api/v1/namespaces"));
        local.DefaultRequestHeaders.Host = "rebound.example";
        Assert.Equal((421, "application/problem+json"), await StatusAsync(local, "/api/v1/replica"));
    }

    private static async Task<string[]> NamesAsync(HttpClient http) =>
        [.. JsonNode.Parse(await http.GetStringAsync("/api/v1/replica", Cancel))!["namespaces"]!.AsArray().Select(held => (string)held!["namespace"]!).Order(StringComparer.Ordinal)];

    private static async Task<(int, string?)> StatusAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(path, Cancel);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType);
    }

    private static async Task DoAsync(Helio helio, params string[] arguments)
    {
        var ran = await helio.RunAsync(arguments);
        Assert.True(ran.Exit == ExitCode.Success, ran.Error);
    }

    private static async Task HoldsAsync(ReplicaNode relay, int namespaces)
    {
        using var arrivals = new Arrivals(relay, namespaces);
        await arrivals.AllThere.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
    }

    private sealed class Arrivals : INamespaceObserver, IDisposable
    {
        private readonly TaskCompletionSource _there = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ReplicaNode _relay;
        private readonly int _wanted;
        private readonly IDisposable _observation;

        public Arrivals(ReplicaNode relay, int wanted)
        {
            (_relay, _wanted) = (relay, wanted);
            _observation = relay.Follower.Observe(this);
            Look(); // what was there before
        }

        public Task AllThere => _there.Task;

        void INamespaceObserver.OnChanged(NamespaceVersion version) => Look();

        void INamespaceObserver.OnHead(SignedHead head) => Look();

        void INamespaceObserver.OnGone(NamespaceGone gone) { }

        public void Dispose() => _observation.Dispose();

        private void Look()
        {
            if (_relay.Follower.Versions.Count >= _wanted) _there.TrySetResult();
        }
    }

    private static HttpClient Https(ReplicaNode relay, Helio helio, string? name)
    {
        var handler = new HttpClientHandler
        {
            ClientCertificateOptions = ClientCertificateOption.Manual,
            ServerCertificateCustomValidationCallback = (_, _, _, _) => true, // whom the server believes is what is tested
        };
        if (name is not null) handler.ClientCertificates.Add(X509Certificate2.CreateFromPemFile(Path.Combine(helio.Directory, $"{name}.pem"), Path.Combine(helio.Directory, $"{name}-key.pem")));
        return new(handler) { BaseAddress = new($"https://127.0.0.1:{relay.Endpoints.Of(ListenProtocol.All).Address!.Port}") };
    }
}
