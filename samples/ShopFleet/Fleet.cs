// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace Heliograph.Samples.ShopFleet;

/// <summary>The fleet: one origin, two regional relays, a second-level relay, three agents, six services; everything in one directory that goes when it stops.</summary>
/// <remarks>Every hop above the agents is TLS with certificates of the realm's own authority; services reach their agent over a unix socket.</remarks>
/// <param name="headLifetime">How long a head lives.</param>
/// <param name="isCluster">Whether there are three origins over a three-member etcd cluster.</param>
internal sealed class Fleet(TimeSpan headLifetime, bool isCluster = false) : IAsyncDisposable
{
    private const string Realm = "shop";

    /// <summary>Three heartbeats of this fleet's origin: who hears nothing for so long looks for another parent.</summary>
    private const string StaleAfter = "3s";

    private static readonly string[] Services = ["basket", "catalog", "checkout", "payments", "search", "recommendations"];

    private readonly string _directory = Directory.CreateTempSubdirectory("heliograph-run-").FullName;
    private readonly List<FleetProcess> _processes = [];
    private readonly List<Application> _applications = [];
    private readonly int[] _ports = Ports.Free(16);
    private bool _isDisposed;

    /// <summary>How long a head lives: beyond, nobody advances, and everybody starts all the same.</summary>
    public TimeSpan HeadLifetime { get; } = headLifetime;

    public IReadOnlyList<string> Namespaces { get; } = ["shop.shared", .. Services.Select(service => $"shop.{service}")];

    public FleetProcess Origin => Origins[0];

    public IReadOnlyList<FleetProcess> Origins { get; private set; } = [];

    /// <summary>The members of etcd; none where there is one origin.</summary>
    public IReadOnlyList<FleetProcess> Etcd { get; private set; } = [];

    public IReadOnlyList<FleetProcess> Relays { get; private set; } = [];

    public IReadOnlyList<Application> Applications => _applications;

    public OriginApi Api { get; private set; } = null!;

    public List<Application> Subscribers(string @namespace) => [.. _applications.Where(application => application.Namespaces.Contains(@namespace))];

    /// <summary>Makes the realm, starts every process in order, and loads the shop's configuration.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var (relayEu, relayUs, relayEuA) = (Tls(2), Tls(3), Tls(4));
        var (apis, origins) = isCluster ? ((Uri[])[Http(6), Http(7), Http(8)], (string[])[Tls(9), Tls(10), Tls(11)]) : ([Http(1)], [Tls(0)]);
        await HelioAsync(["certs", "init", Realm, "--dir", PathOf("ca")], cancellationToken);
        for (var i = 1; i <= origins.Length; i++) await IssueAsync($"origin/o{i}", cancellationToken);
        var shared = isCluster ? await StartEtcdAsync(cancellationToken) : ["--realm", Realm];
        Origins = [.. origins.Select((origin, i) => Helio(Name(i), "origin", ["origin", "--id", $"o{i + 1}", "--data", PathOf(isCluster ? $"origin-{i + 1}" : "origin"), "--listen", origin, "--listen", apis[i].OriginalString,
            "--heartbeat", "1s", "--head-lifetime", Seconds(HeadLifetime), .. shared, .. isCluster ? (string[])["--advertise", origin.Replace("tls://", "https://", StringComparison.Ordinal)] : []]))];
        var ready = await Origin.StartAsync(waitUntilReady: true, cancellationToken);
        foreach (var other in Origins.Skip(1)) await other.StartAsync(waitUntilReady: true, cancellationToken);
        using (var document = JsonDocument.Parse(ready!))
        {
            var token = (await File.ReadAllTextAsync(document.RootElement.GetProperty("tokenFile").GetString()!, cancellationToken)).Trim();
            Api = new OriginApi(apis, token);
            File.Copy(document.RootElement.GetProperty("trust").GetString()!, PathOf("trust.json"));
            await LoadConfigurationAsync(apis[0], token, cancellationToken);
        }
        Relays =
        [
            await RelayAsync("relay-eu", "eu", relayEu, [.. origins, relayUs], cancellationToken),
            await RelayAsync("relay-us", "us", relayUs, [.. origins.Reverse(), relayEu], cancellationToken),
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
        await HelioAsync(["apply", "--yes", "-f", Path.Combine(AppContext.BaseDirectory, "configuration"), "--namespace-prefix", "shop.", "--server", api.ToString(), "--token-file", tokenFile], cancellationToken);
    }

    private async Task IssueAsync(string identity, CancellationToken cancellationToken) =>
        await HelioAsync(["certs", "issue", identity, "--dir", PathOf("ca"), "--out", PathOf("certs"), "--ip", "127.0.0.1"], cancellationToken);

    private FleetProcess Helio(string name, string tier, params string[] arguments) => Add(name, tier, Program("Heliograph.Cli", "helio"),
        [.. arguments, "--ca", Path.Combine(PathOf("ca"), "ca.pem"), "--cert", PathOf(Path.Combine("certs", CertificateName(name, tier) + ".pem")), "--key", PathOf(Path.Combine("certs", CertificateName(name, tier) + "-key.pem")), "-o", "json"]);

    private static string CertificateName(string name, string tier) => tier == "origin" ? name == "origin" ? "o1" : name : name;

    private string Name(int origin) => isCluster ? $"o{origin + 1}" : "origin";

    /// <summary>Makes the realm's keys, one head key for each origin, and starts three members of etcd.</summary>
    /// <returns>What each origin is told of it.</returns>
    private async Task<string[]> StartEtcdAsync(CancellationToken cancellationToken)
    {
        await HelioAsync(["cluster", "init", "--realm", Realm, "--origins", "3", "--out", _directory], cancellationToken);
        var (clients, peers) = (Ports.Free(3), Ports.Free(3));
        var cluster = string.Join(',', peers.Select((port, i) => $"etcd-{i + 1}=http://127.0.0.1:{port}"));
        Etcd = [.. clients.Select((port, i) => Add($"etcd-{i + 1}", "etcd", "etcd",
            "--name", $"etcd-{i + 1}", "--data-dir", PathOf($"etcd-{i + 1}"), "--initial-cluster", cluster, "--logger", "zap", "--log-level", "error",
            "--listen-client-urls", $"http://127.0.0.1:{port}", "--advertise-client-urls", $"http://127.0.0.1:{port}", "--listen-peer-urls", $"http://127.0.0.1:{peers[i]}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{peers[i]}"))];
        foreach (var member in Etcd) await member.StartAsync(waitUntilReady: false, cancellationToken);
        return [.. clients.SelectMany(port => new[] { "--etcd", $"http://127.0.0.1:{port}" }), "--allow-unsupported-etcd"]; // whatever is installed: this is a demonstration
    }

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

    private Uri Http(int index) => new($"http://127.0.0.1:{_ports[index]}");

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
