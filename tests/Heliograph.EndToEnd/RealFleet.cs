// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>A small fleet of real processes on loopback and unix sockets, in one directory that goes with it. Heartbeats every second, so that a dead parent is noticed in three.</summary>
internal sealed class RealFleet : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60); // only a broken test waits so long

    private readonly string _directory = Directory.CreateTempSubdirectory("hl-e2e-").FullName;
    private readonly List<HelioProcess> _processes = [];
    private readonly int[] _ports = FreePorts(2);
    private readonly Dictionary<string, int> _httpPorts = new(StringComparer.Ordinal), _relayPorts = new(StringComparer.Ordinal);
    private string _token = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public HelioProcess Origin { get; private set; } = null!;

    public string OriginAddress => $"tcp://127.0.0.1:{_ports[1]}";

    public HttpClient Api { get; } = new();

    /// <summary>Variables of each tier that is started from now on, by its id: a clock of its own, for one.</summary>
    public Dictionary<string, IReadOnlyDictionary<string, string>> Environments { get; } = new(StringComparer.Ordinal);

    /// <summary>What is done once all processes have ended, before the directory goes: a disk that was mounted there is taken off.</summary>
    public Func<Task> BeforeDelete { get; set; } = () => Task.CompletedTask;

    /// <summary>An author's token.</summary>
    public string Token => _token;

    /// <summary>A path in the fleet's directory.</summary>
    public string PathOf(params string[] parts) => Path.Combine([_directory, .. parts]);

    /// <summary>Starts the origin, for the first time or again, and lets this machine's peers read.</summary>
    public async Task<RealFleet> StartOriginAsync(params string[] more)
    {
        Origin = Helio(["origin", "--id", "o1", "--data", PathOf("origin"), "--listen", $"http://127.0.0.1:{_ports[0]}", "--listen", OriginAddress, "--heartbeat", "1s", "-o", "json", .. more]);
        var ready = JsonNode.Parse(await ReadyAsync(Origin))!;
        if (_token.Length > 0) return this;
        _token = (await File.ReadAllTextAsync((string)ready["tokenFile"]!, Cancel)).Trim();
        File.Copy((string)ready["trust"]!, PathOf("trust.json"));
        Api.BaseAddress = new Uri($"http://127.0.0.1:{_ports[0]}");
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        await PutAsync("heliograph.realm", "roles/this-machine", """{"subject":"local*","role":"reader","namespaces":"*"}""");
        return this;
    }

    /// <summary>Starts a relay, for the first time or again.</summary>
    /// <returns>The process, and where it listens.</returns>
    public async Task<(HelioProcess Process, string Address)> StartRelayAsync(string id, string region, string[] parents, params string[] more)
    {
        if (!_relayPorts.TryGetValue(id, out var port)) _relayPorts[id] = port = FreePorts(1)[0];
        if (!_httpPorts.TryGetValue(id, out var httpPort)) _httpPorts[id] = httpPort = FreePorts(1)[0];
        var address = $"tcp://127.0.0.1:{port}";
        var relay = Helio(["relay", "--id", id, "--region", region, "--data", PathOf(id), "--trust", PathOf("trust.json"), "--listen", address, "--listen", $"http://127.0.0.1:{httpPort}", "--stale-after", "3s", "-o", "json",
            .. Parents(parents), .. more]);
        await ReadyAsync(relay);
        return (relay, address);
    }

    /// <summary>Starts an agent, for the first time or again.</summary>
    /// <returns>The process, and the address of its socket.</returns>
    public async Task<(HelioProcess Process, string Address)> StartAgentAsync(string id, string region, string[] parents, params string[] more)
    {
        if (!_httpPorts.TryGetValue(id, out var port)) _httpPorts[id] = port = FreePorts(1)[0];
        var agent = Helio(["agent", "--id", id, "--region", region, "--data", PathOf(id), "--trust", PathOf("trust.json"), "--socket", PathOf(id + ".sock"), "--listen", $"http://127.0.0.1:{port}", "--stale-after", "3s", "-o", "json",
            .. Parents(parents), .. more]);
        await ReadyAsync(agent);
        return (agent, $"unix://{PathOf(id + ".sock")}");
    }

    /// <summary>Starts an agent that is to end by itself, because it was told something wrong.</summary>
    /// <returns>What it says.</returns>
    public async Task<string> FailAgentAsync(params string[] more)
    {
        await using var agent = HelioProcess.Start("Heliograph.Cli", "helio", ["agent", "--id", "failing", "--data", PathOf("failing"), "--trust", PathOf("trust.json"), "--parent", OriginAddress, "--single-parent", .. more]);
        var (code, _, errors) = await agent.WaitAsync(Limit, Cancel);
        Assert.Equal(2, code);
        return errors;
    }

    /// <summary>Where a tier answers over HTTP.</summary>
    public Uri HttpOf(string id) => new($"http://127.0.0.1:{_httpPorts[id]}");

    /// <summary>Starts the sample service; its journal says what it runs with. It waits for a parent as long as a test does, unless told otherwise: this machine may have more to do.</summary>
    public HelioProcess StartService(string name, string service, string region, string[] parents, string namespaces, params string[] more)
    {
        var process = HelioProcess.Start("ShopService", "ShopService",
            ["--name", name, "--service", service, "--region", region, "--trust", PathOf("trust.json"), "--parents", string.Join(',', parents), "--namespaces", namespaces, "--journal", PathOf(name + ".journal"), .. more.Contains("--wait") ? more : [.. more, "--wait", $"{Limit.TotalSeconds:0}"]]);
        _processes.Add(process);
        return process;
    }

    /// <summary>Runs a command of an author.</summary>
    public async Task<string> HelioAsync(int expected, params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", [.. arguments, "--server", Api.BaseAddress!.ToString()], new Dictionary<string, string> { ["HELIOGRAPH_TOKEN"] = _token });
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.True(code == expected, $"helio {string.Join(' ', arguments)} ended with {code}, not {expected}: {output}{errors}");
        return output;
    }

    /// <summary>Runs a command that needs files only.</summary>
    public static async Task<string> OfflineAsync(int expected, params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.True(code == expected, $"helio {string.Join(' ', arguments)} ended with {code}, not {expected}: {output}{errors}");
        return output + errors;
    }

    /// <summary>Starts an origin over a copy of the realm's data, as a thief would.</summary>
    /// <returns>Where it listens for followers, and for authors.</returns>
    public async Task<(string Address, Uri Api)> StartCopyAsync(string data)
    {
        var ports = FreePorts(2);
        var (address, api) = ($"tcp://127.0.0.1:{ports[1]}", new Uri($"http://127.0.0.1:{ports[0]}"));
        await ReadyAsync(Helio(["origin", "--id", "copy", "--data", PathOf(data), "--listen", api.ToString(), "--listen", address, "--heartbeat", "1s", "-o", "json"]));
        return (address, api);
    }

    public async Task CreateAsync(string name) => await SendAsync(HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = name });

    /// <summary>Sets one setting.</summary>
    /// <returns>The namespace's new revision.</returns>
    public async Task<string> PutAsync(string name, string key, string value) =>
        (string)(await SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{name}/setting?key={Uri.EscapeDataString(key)}", new JsonObject { ["value"] = value }))["revision"]!;

    public async Task<JsonNode> GetAsync(string path) => await SendAsync(HttpMethod.Get, path);

    /// <summary>Asks a tier what it holds; <see langword="null"/> while it does not answer.</summary>
    public async Task<JsonNode?> ReplicaAsync(string id)
    {
        try
        {
            return JsonNode.Parse(await Api.GetStringAsync(new Uri($"http://127.0.0.1:{_httpPorts[id]}/api/v1/replica"), Cancel));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Revision at which a tier holds a namespace; <see langword="null"/> if it does not.</summary>
    public async Task<string?> HeldAsync(string id, string name) =>
        (await ReplicaAsync(id))?["namespaces"]!.AsArray().FirstOrDefault(held => (string)held!["namespace"]! == name) is { } held ? (string)held["revision"]! : null;

    /// <summary>The whole lines of a service's journal so far: the last one may be half written, and is left for the next look.</summary>
    public List<JsonNode> Journal(string name)
    {
        if (!File.Exists(PathOf(name + ".journal"))) return [];
        using var file = new FileStream(PathOf(name + ".journal"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return [.. reader.ReadToEnd().Split('\n')[..^1].Select(line => JsonNode.Parse(line)!)];
    }

    /// <summary>Waits for a line of the journal of this very process.</summary>
    public async Task<JsonNode> RunsAsync(string name, HelioProcess process, string revision, string? source = null)
    {
        JsonNode? line = null;
        await EventuallyAsync(async () =>
        {
            var hasEnded = !process.IsRunning; // asked first: it may write its last line now
            line = Journal(name).LastOrDefault(entry => (int)entry["pid"]! == process.Id && (string)entry["revision"]! == revision && (source is null || (string)entry["source"]! == source));
            if (line is null && hasEnded) Assert.Fail($"{name} ended before it ran {revision}: {(await process.WaitAsync(Limit, Cancel)).Errors}");
            return line is not null;
        }, () => $"{name} runs {revision} {source}; its journal: {string.Join('\n', Journal(name).Select(entry => entry.ToJsonString()))}");
        return line!;
    }

    /// <summary>What the origin is told of a namespace, once it is so.</summary>
    public async Task<JsonNode> FleetAsync(string name, Predicate<JsonNode> isSo, string what)
    {
        JsonNode? found = null;
        await EventuallyAsync(async () =>
        {
            found = (await GetAsync($"/api/v1/fleet?namespace={name}"))["namespaces"]![0]!;
            return isSo(found);
        }, () => $"{what}; it is {found?.ToJsonString()}");
        return found!;
    }

    /// <summary>Waits for what other processes bring about: they are asked, for they do not tell.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, Func<string> what)
    {
        for (var waiting = Stopwatch.StartNew(); !await condition(); await Task.Delay(50, Cancel))
            if (waiting.Elapsed > Limit) Assert.Fail($"It never came about: {what()}.");
    }

    public async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await Api.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    private HelioProcess Helio(IReadOnlyList<string> arguments)
    {
        var process = HelioProcess.Start("Heliograph.Cli", "helio", arguments, Environments.GetValueOrDefault(arguments.SkipWhile(it => it != "--id").Skip(1).FirstOrDefault("")));
        _processes.Add(process);
        return process;
    }

    private static async Task<string> ReadyAsync(HelioProcess process) =>
        await process.ReadLineAsync(Cancel) ?? throw new InvalidOperationException($"The process ended before it was ready: {(await process.WaitAsync(Limit, Cancel)).Errors}");

    private static IEnumerable<string> Parents(string[] parents) => parents.SelectMany(parent => new[] { "--parent", parent });

    /// <summary>Ports that were free a moment ago.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(System.Net.IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((System.Net.IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes)) await process.DisposeAsync();
        Api.Dispose();
        await BeforeDelete();
        Directory.Delete(_directory, recursive: true);
    }
}
