// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace Heliograph.Samples.ShopFleet;

/// <summary>The fleet: one origin, two regional relays, a second-level relay, three agents, six services; everything in one directory that goes when it stops.</summary>
/// <remarks>Every hop above the agents is TLS with certificates of the realm's own authority; services reach their agent over a unix socket.</remarks>
internal sealed class Fleet(TimeSpan headLifetime) : IAsyncDisposable
{
    private const string Realm = "shop";

    /// <summary>Three heartbeats of this fleet's origin: who hears nothing for so long looks for another parent.</summary>
    private const string StaleAfter = "3s";

    private static readonly string[] Services = ["basket", "catalog", "checkout", "payments", "search", "recommendations"];

    private readonly string _directory = Directory.CreateTempSubdirectory("heliograph-run-").FullName;
    private readonly List<FleetProcess> _processes = [];
    private readonly List<Application> _applications = [];
    private readonly int[] _ports = Ports.Free(6);
    private bool _isDisposed;

    /// <summary>How long a head lives: beyond, nobody advances, and everybody starts all the same.</summary>
    public TimeSpan HeadLifetime { get; } = headLifetime;

    public IReadOnlyList<string> Namespaces { get; } = ["shop.shared", .. Services.Select(service => $"shop.{service}")];

    public FleetProcess Origin { get; private set; } = null!;

    public IReadOnlyList<FleetProcess> Relays { get; private set; } = [];

    public IReadOnlyList<Application> Applications => _applications;

    public OriginApi Api { get; private set; } = null!;

    public List<Application> Subscribers(string @namespace) => [.. _applications.Where(application => application.Namespaces.Contains(@namespace))];

    /// <summary>Makes the realm, starts every process in order, and loads the shop's configuration.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var (origin, originApi, relayEu, relayUs, relayEuA) = (Tls(0), new Uri($"http://127.0.0.1:{_ports[1]}"), Tls(2), Tls(3), Tls(4));
        await HelioAsync(["certs", "init", Realm, "--dir", PathOf("ca")], cancellationToken);
        await IssueAsync("origin/o1", cancellationToken);
        Origin = Helio("origin", "origin", "origin", "--realm", Realm, "--id", "o1", "--data", PathOf("origin"), "--listen", origin, "--listen", originApi.OriginalString,
            "--heartbeat", "1s", "--head-lifetime", Seconds(HeadLifetime));
        var ready = await Origin.StartAsync(waitUntilReady: true, cancellationToken);
        using (var document = JsonDocument.Parse(ready!))
        {
            var token = (await File.ReadAllTextAsync(document.RootElement.GetProperty("tokenFile").GetString()!, cancellationToken)).Trim();
            Api = new OriginApi(originApi, token);
            File.Copy(document.RootElement.GetProperty("trust").GetString()!, PathOf("trust.json"));
            await LoadConfigurationAsync(originApi, token, cancellationToken);
        }
        Relays =
        [
            await RelayAsync("relay-eu", "eu", relayEu, [origin, relayUs], cancellationToken),
            await RelayAsync("relay-us", "us", relayUs, [origin, relayEu], cancellationToken),
            await RelayAsync("relay-eu-a", "eu", relayEuA, [relayEu, relayUs], cancellationToken),
        ];
        foreach (var relay in Relays) await relay.StartAsync(waitUntilReady: true, cancellationToken);
        await AgentAsync("agent-eu-1", "eu", [relayEuA, relayEu], cancellationToken);
        await AgentAsync("agent-eu-2", "eu", [relayEu, relayUs], cancellationToken);
        await AgentAsync("agent-us-1", "us", [relayUs, relayEuA], cancellationToken);
        foreach (var service in Services) await StartApplicationAsync($"{service}-1", cancellationToken);
    }

    /// <summary>Starts one more service; which one, its name says, and with it its agent.</summary>
    public async Task<Application> StartApplicationAsync(string name, CancellationToken cancellationToken)
    {
        var service = Array.Find(Services, candidate => name.StartsWith(candidate, StringComparison.Ordinal)) ?? Services[0];
        var agents = _processes.Where(process => process.Tier == "agent").ToList();
        var agent = agents[Array.IndexOf(Services, service) % agents.Count];
        var region = agent.Name.Contains("-us-", StringComparison.Ordinal) ? "us" : "eu";
        string[] namespaces = ["shop.shared", $"shop.{service}"];
        var journal = PathOf($"{name}.journal");
        var process = Add(name, agent.Name, Program("ShopService", "ShopService"),
            "--name", name, "--service", service, "--region", region, "--zone", "a", "--trust", PathOf("trust.json"),
            "--parents", $"unix://{PathOf(agent.Name + ".sock")},unix://{PathOf(agents[(agents.IndexOf(agent) + 1) % agents.Count].Name + ".sock")}",
            "--namespaces", string.Join(',', namespaces), "--journal", journal, "--wait", "60"); // a dozen processes start at once here: on a busy machine the first answer takes a while
        var application = new Application(process, service, region, namespaces, new Journal(journal));
        await process.StartAsync(waitUntilReady: false, cancellationToken);
        _applications.Add(application);
        return application;
    }

    private async Task<FleetProcess> RelayAsync(string name, string region, string listen, string[] parents, CancellationToken cancellationToken)
    {
        await IssueAsync($"relay/{region}/{name}", cancellationToken);
        return Helio(name, "relay", ["relay", "--id", name, "--region", region, "--data", PathOf(name), "--trust", PathOf("trust.json"), "--listen", listen, "--stale-after", StaleAfter,
            .. parents.SelectMany(parent => new[] { "--parent", parent })]);
    }

    private async Task AgentAsync(string name, string region, string[] parents, CancellationToken cancellationToken)
    {
        await IssueAsync($"agent/{name}", cancellationToken);
        var agent = Helio(name, "agent", ["agent", "--id", name, "--region", region, "--data", PathOf(name), "--trust", PathOf("trust.json"), "--socket", PathOf(name + ".sock"), "--subscribe", "shop.shared", "--stale-after", StaleAfter,
            .. parents.SelectMany(parent => new[] { "--parent", parent })]);
        await agent.StartAsync(waitUntilReady: true, cancellationToken);
    }

    private async Task LoadConfigurationAsync(Uri api, string token, CancellationToken cancellationToken)
    {
        var tokenFile = PathOf("author.token");
        await File.WriteAllTextAsync(tokenFile, token, cancellationToken);
        await Api.GrantAsync("relays", $"spiffe://{Realm}/relay/*", "reader", "*", cancellationToken);
        await Api.GrantAsync("agents", $"spiffe://{Realm}/agent/*", "reader", "shop.*", cancellationToken);
        await HelioAsync(["apply", "-f", Path.Combine(AppContext.BaseDirectory, "configuration"), "--namespace-prefix", "shop.", "--server", api.ToString(), "--token-file", tokenFile], cancellationToken);
    }

    private async Task IssueAsync(string identity, CancellationToken cancellationToken) =>
        await HelioAsync(["certs", "issue", identity, "--dir", PathOf("ca"), "--out", PathOf("certs"), "--ip", "127.0.0.1"], cancellationToken);

    private FleetProcess Helio(string name, string tier, params string[] arguments) => Add(name, tier, Program("Heliograph.Cli", "helio"),
        [.. arguments, "--ca", Path.Combine(PathOf("ca"), "ca.pem"), "--cert", PathOf(Path.Combine("certs", CertificateName(name, tier) + ".pem")), "--key", PathOf(Path.Combine("certs", CertificateName(name, tier) + "-key.pem")), "-o", "json"]);

    private static string CertificateName(string name, string tier) => tier == "origin" ? "o1" : name;

    private async Task HelioAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var once = new FleetProcess(string.Join(' ', arguments.Take(2)), "once", Program("Heliograph.Cli", "helio"), arguments, PathOf("setup.log"));
        await once.StartAsync(waitUntilReady: false, cancellationToken);
        var code = await once.WaitAsync(cancellationToken);
        if (code != 0) throw new InvalidOperationException($"helio {once.Name} ended with {code}:{Environment.NewLine}{once.Tail()}");
    }

    private FleetProcess Add(string name, string tier, string program, params string[] arguments)
    {
        var process = new FleetProcess(name, tier, program, arguments, PathOf(name + ".log"));
        _processes.Add(process);
        return process;
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private string Tls(int index) => $"tls://127.0.0.1:{_ports[index]}";

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:F0}s");

    /// <summary>A program of this solution, built beside this one in the same configuration.</summary>
    private static string Program(string project, string executable)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, configuration, executable));
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        foreach (var application in _applications) await application.Process.DisposeAsync();
        foreach (var process in Enumerable.Reverse(_processes)) await process.DisposeAsync();
        Api?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
