// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;

namespace Heliograph.Scale.Tree;

/// <summary>Origin, regional relays, zone relays, processes of clients and applications: all real, on loopback, in one directory that goes with them.</summary>
/// <remarks>
/// A regional relay follows the origin, through the tap, and would follow a neighbour. A zone relay follows its region's relay, or the next region's. A client follows a relay of its zone, or another
/// of its region. Every wait is the default, and so are heartbeats and staleness unless the plan says otherwise.
/// </remarks>
internal sealed class TreeFleet : IAsyncDisposable
{
    private readonly TreePlan _plan;
    private readonly string _directory = Directory.CreateTempSubdirectory("heliograph-tree-").FullName;
    private readonly string _binaries = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", ".."));
    private readonly string _configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;

    /// <summary>Hot code is compiled once instead of twice, as relays have it by themselves: sixty processes that compile are what two cores would be busy with.</summary>
    private static readonly Dictionary<string, string> CompiledOnce = new(StringComparer.Ordinal) { ["DOTNET_TieredPGO"] = "0" };

    private readonly List<MeasuredProcess> _clients = [], _applications = [];
    private readonly int[] _ports;

    public TreeFleet(TreePlan plan)
    {
        _plan = plan;
        _ports = MeasuredSystem.FreePorts(2 + plan.Regions + plan.Zones);
    }

    public TreeServer Origin { get; private set; } = null!;

    public FrameTap Tap { get; private set; } = null!;

    public OriginApi Api { get; private set; } = null!;

    public List<TreeServer> Regionals { get; } = [];

    public List<TreeServer> Zones { get; } = [];

    /// <summary>Origin and relays.</summary>
    public IEnumerable<TreeServer> Servers => Regionals.Concat(Zones).Prepend(Origin);

    public IReadOnlyList<MeasuredProcess> ClientProcesses => _clients;

    public IReadOnlyList<MeasuredProcess> ApplicationProcesses => _applications;

    private Uri ApiAddress => new($"http://127.0.0.1:{_ports[0]}");

    public string PathOf(params string[] parts) => Path.Combine([_directory, .. parts]);

    /// <summary>Starts origin and relays, tier by tier, and makes the namespace.</summary>
    public async Task StartTiersAsync()
    {
        Origin = new TreeServer("origin", $"tcp://127.0.0.1:{_ports[1]}", log => Helio(log, ["origin", "--realm", TreePlan.Realm, "--id", "o1", "--data", PathOf("origin"), "--listen", ApiAddress.OriginalString, "--listen", $"tcp://127.0.0.1:{_ports[1]}", "--heartbeat", Seconds(_plan.Heartbeat)]), _directory);
        Origin.Start();
        using (var ready = JsonDocument.Parse(Origin.WaitUntilReady()))
        {
            File.Copy(ready.RootElement.GetProperty("trust").GetString()!, PathOf("trust.json"));
            Api = new OriginApi(ApiAddress, (await File.ReadAllTextAsync(ready.RootElement.GetProperty("tokenFile").GetString()!)).Trim());
        }
        await Api.GrantAsync("this-machine", "local*", "*");
        await Api.CreateNamespaceAsync(TreePlan.Namespace.Value);
        await Api.PutManyAsync(TreePlan.Namespace.Value, Enumerable.Range(0, TreePlan.Settings).Select(key => (KeyOf(key), $"value {key} ".PadRight(48, '.'))));
        Tap = new FrameTap(_ports[1]);
        for (var region = 0; region < _plan.Regions; region++) Regionals.Add(Relay($"region-{region}", region, RegionalAddress(region), [Tap.Address, RegionalAddress((region + 1) % _plan.Regions)]));
        foreach (var relay in Regionals) relay.WaitUntilReady();
        for (var zone = 0; zone < _plan.Zones; zone++)
        {
            var region = zone / _plan.ZonesPerRegion;
            Zones.Add(Relay($"zone-{zone}", region, ZoneAddress(zone), [RegionalAddress(region), RegionalAddress((region + 1) % _plan.Regions)]));
        }
        foreach (var relay in Zones) relay.WaitUntilReady();
    }

    /// <summary>Starts watchers without a disk at the origin and at each relay: when a tier has something, they tell.</summary>
    public void StartWatchers()
    {
        string[] parents = [Origin.Address, .. Regionals.Concat(Zones).Select(relay => relay.Address)];
        StartClients("watchers", 0, parents.Length, string.Join(';', parents), TreePlan.WatcherService, data: null).WaitForReadyLine(TreePlan.StartWithin);
    }

    /// <summary>Starts processes of clients, from one to another; returns when every client follows.</summary>
    public void StartClients(int firstProcess, int endProcess)
    {
        var started = Enumerable.Range(firstProcess, endProcess - firstProcess).Select(process => StartClients(process)).ToList();
        _clients.AddRange(started);
        foreach (var process in started) process.WaitForReadyLine(TreePlan.StartWithin);
    }

    /// <summary>Starts a process of clients again that was killed, on what it has on disk; returns when each of them serves.</summary>
    public void RestartClients(int process)
    {
        _clients[process].Dispose();
        _clients[process] = StartClients(process);
        _clients[process].WaitForReadyLine(TreePlan.StartWithin);
    }

    /// <summary>Starts the applications; they are not waited for.</summary>
    public void StartApplications()
    {
        for (var i = 0; i < _plan.Applications; i++)
        {
            var zone = i % _plan.Zones;
            _applications.Add(new MeasuredProcess(Program("ShopService", "ShopService"),
                ["--name", $"{TreePlan.ApplicationService}-{i}", "--service", TreePlan.ApplicationService, "--trust", PathOf("trust.json"), "--parents", $"{ZoneAddress(zone)},{ZoneAddress(NeighbourOf(zone))}", "--namespaces", TreePlan.Namespace.Value,
                    "--journal", ApplicationJournal(i), "--data", PathOf("lkg", $"{TreePlan.ApplicationService}-{i}"), "--wait", TreePlan.StartWithin.TotalSeconds.ToString(CultureInfo.InvariantCulture)],
                PathOf($"{TreePlan.ApplicationService}-{i}.log"), CompiledOnce));
        }
    }

    public string ApplicationJournal(int application) => PathOf($"{TreePlan.ApplicationService}-{application}.journal");

    public string ClientJournal(int process) => PathOf($"clients-{process}.journal");

    public string WatcherJournal => PathOf("watchers.journal");

    /// <summary>Connected and current instances of the namespace, as the origin is told.</summary>
    public async Task<(int Connected, int Current)> FleetAsync()
    {
        using var answer = await Api.GetAsync(new Uri(ApiAddress, $"api/v1/fleet?namespace={TreePlan.Namespace}"));
        var told = answer.RootElement.GetProperty("namespaces")[0];
        return (told.GetProperty("connected").GetInt32(), told.GetProperty("current").GetInt32());
    }

    public static string KeyOf(int key) => $"svc-{key % 20:d2}/section-{key / 20:d2}";

    public async ValueTask DisposeAsync()
    {
        await Parallel.ForEachAsync([.. _clients, .. _applications], (process, _) =>
        {
            process.Kill(); // their journals are read; nobody needs their goodbye
            process.Dispose();
            return ValueTask.CompletedTask;
        });
        foreach (var relay in Zones.Concat(Regionals)) relay.Process?.Dispose();
        if (Tap is not null) await Tap.DisposeAsync();
        Origin?.Process?.Dispose();
        Api?.Dispose();
        if (MeasuredSystem.KeepsFiles) await Console.Error.WriteLineAsync($"its files are in {_directory}");
        else Directory.Delete(_directory, recursive: true);
    }

    private MeasuredProcess StartClients(int process)
    {
        var parents = string.Join(';', Enumerable.Range(0, _plan.Zones).Select(zone => NeighbourOf(zone) == zone ? ZoneAddress(zone) : $"{ZoneAddress(zone)},{ZoneAddress(NeighbourOf(zone))}"));
        var first = process * _plan.ClientsPerProcess;
        return StartClients($"clients-{process}", first, Math.Min(_plan.ClientsPerProcess, _plan.Clients - first), parents, TreePlan.Service, PathOf("lkg"));
    }

    private MeasuredProcess StartClients(string name, int first, int count, string parents, string service, string? data) =>
        new(Program("Heliograph.Scale", "Heliograph.Scale"), ["clients", "--first", Text(first), "--count", Text(count), "--parents", parents, "--trust", PathOf("trust.json"), "--journal", PathOf($"{name}.journal"), "--service", service, .. data is null ? [] : new[] { "--data", data }],
            PathOf($"{name}.log"), CompiledOnce);

    private TreeServer Relay(string name, int region, string address, string[] parents)
    {
        var relay = new TreeServer(name, address, log => Helio(log,
            ["relay", "--id", name, "--region", $"region-{region}", "--data", PathOf(name), "--trust", PathOf("trust.json"), "--listen", address, "--subscribe", TreePlan.Namespace.Value, "--stale-after", Seconds(3 * _plan.Heartbeat), .. parents.SelectMany(parent => new[] { "--parent", parent })]), _directory);
        relay.Start();
        return relay;
    }

    private MeasuredProcess Helio(string log, IEnumerable<string> arguments) => new(Program("Heliograph.Cli", "helio"), [.. arguments, "-o", "json"], log);

    /// <summary>The next zone of the same region.</summary>
    private int NeighbourOf(int zone) => zone / _plan.ZonesPerRegion * _plan.ZonesPerRegion + (zone + 1) % _plan.ZonesPerRegion;

    private string RegionalAddress(int region) => $"tcp://127.0.0.1:{_ports[2 + region]}";

    private string ZoneAddress(int zone) => $"tcp://127.0.0.1:{_ports[2 + _plan.Regions + zone]}";

    private string Program(string project, string executable) => Path.Combine(_binaries, project, _configuration, executable);

    private static string Seconds(TimeSpan time) => $"{Text((int)time.TotalSeconds)}s";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
