// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Headers;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Stores;
using Heliograph.Chaos.Faults;
using Heliograph.Chaos.Recording;
using Heliograph.Chaos.Traffic;
using Heliograph.EndToEnd;

namespace Heliograph.Chaos.Rigs;

/// <summary>One origin over SQLite, on a disk of its own where the machine allows it; behind fault proxies a relay, an agent, and services at each of them.</summary>
internal sealed partial class FileRig : IRig
{
    private const string Relay = "relay-1", Agent = "agent-1";
    private const long StaleAfterMs = 3_000;

    private readonly RealFleet _fleet = new();
    private readonly Dictionary<string, (HelioProcess Process, string Address)> _replicas = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HelioProcess> _services = new(StringComparer.Ordinal);
    private readonly List<IAsyncDisposable> _others = [];
    private PlatterDisk? _disk;
    private string? _noDisk;
    private ProxyProcess _toApi = null!, _toOrigin = null!;
    private Recorder _recorder = null!;

    public string Name => "SQLite";

    public IReadOnlyList<ApiEndpoint> Endpoints { get; private set; } = [];

    public IReadOnlyList<string> Namespaces { get; } = ["shop.cart", "shop.search", "shop.pay"];

    public bool HasFollowers => false;

    public IReadOnlyList<string> Followers { get; } = ["at-origin", "at-relay", "at-agent"];

    private string OriginData => _fleet.PathOf("origin");

    private string Store => Path.Combine(OriginData, "log.db");

    public async Task StartAsync(Recorder recorder, int seed)
    {
        _recorder = recorder;
        (_disk, _noDisk) = await PlatterDisk.TryMountAsync(_fleet.PathOf(), OriginData);
        if (_disk is not null) _fleet.BeforeDelete = _disk.DisposeAsync;
        if (SteppedClock.Missing is null)
            foreach (var id in new[] { "o1", Relay, Agent }) _fleet.Environments[id] = SteppedClock.Of(_fleet.PathOf(id + ".clock"));
        await _fleet.StartOriginAsync();
        foreach (var name in Namespaces) await _fleet.CreateAsync(name);
        _toApi = await ProxyProcess.StartAsync(_fleet.Api.BaseAddress!.Authority, seed);
        _toOrigin = await ProxyProcess.StartAsync(new Uri(_fleet.OriginAddress).Authority, seed + 1);
        Endpoints = [new("o1", ApiAt(_fleet.Api.BaseAddress!.Authority)), new("o1", ApiAt(_toApi.Listen))];
        await StartReplicaAsync(Relay);
        await StartReplicaAsync(Agent);
        foreach (var service in Followers) StartService(service);
        _others.Add(new FreshnessPoll(recorder, Relay, _fleet.HttpOf(Relay)));
    }

    public IReadOnlyList<ClientLine> Journal(string follower) => File.Exists(_fleet.PathOf(follower + ".journal")) ? HistoryFile.ReadJournal(_fleet.PathOf(follower + ".journal")) : [];

    public async Task<RawLog> ReadStoreAsync()
    {
        await KillAsync(_fleet.Origin); // what lies on the disk, not what a shutdown would tidy up
        return SqliteRawStore.Read(Store);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var other in _others) await other.DisposeAsync();
        foreach (var endpoint in Endpoints) endpoint.Api.Dispose();
        if (_toApi is not null) await _toApi.DisposeAsync();
        if (_toOrigin is not null) await _toOrigin.DisposeAsync();
        await _fleet.DisposeAsync();
    }

    private HttpClient ApiAt(string authority)
    {
        var api = new HttpClient { BaseAddress = new($"http://{authority}"), Timeout = TimeSpan.FromSeconds(20) };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _fleet.Token);
        return api;
    }

    /// <summary>The relay knows the origin behind the proxy only; the agent the relay, and the origin itself.</summary>
    private async Task StartReplicaAsync(string id) => _replicas[id] = id == Relay
        ? await _fleet.StartRelayAsync(Relay, "eu", [$"tcp://{_toOrigin.Listen}"], ["--single-parent", .. Namespaces.SelectMany(name => new[] { "--subscribe", name })])
        : await _fleet.StartAgentAsync(Agent, "eu", [_replicas[Relay].Address, _fleet.OriginAddress]);

    private void StartService(string name) => _services[name] = name switch
    {
        "at-origin" => _fleet.StartService(name, name, "eu", [_fleet.OriginAddress], string.Join(',', Namespaces)),
        "at-relay" => _fleet.StartService(name, name, "eu", [_replicas[Relay].Address], string.Join(',', Namespaces), "--data", _fleet.PathOf(name)),
        _ => _fleet.StartService(name, name, "eu", [_replicas[Agent].Address], string.Join(',', Namespaces)),
    };

    private static async Task KillAsync(HelioProcess process)
    {
        await process.SignalAsync("KILL");
        await process.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }
}
