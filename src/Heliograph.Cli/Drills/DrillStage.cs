// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;

namespace Heliograph.Cli.Drills;

/// <summary>A scratch deployment of real processes in a directory that goes with it: an origin, a relay that archives, an agent that follows, and an author.</summary>
internal sealed class DrillStage : IAsyncDisposable
{
    /// <summary>What the author changes.</summary>
    public const string Namespace = "drill.settings";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60); // only what is broken waits so long

    private readonly HelioTerminal _terminal;
    private readonly List<DrillProcess> _processes = [];
    private readonly IReadOnlyList<int> _ports = FreePorts.Take(5);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly SortedDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
    private (int Epoch, long Sequence) _agentFloor;
    private string _token = "";

    public DrillStage(HelioTerminal terminal)
    {
        _terminal = terminal;
        Directory = System.IO.Directory.CreateTempSubdirectory("helio-drill-").FullName;
    }

    /// <summary>Everything is in it.</summary>
    public string Directory { get; }

    /// <summary>The origin that runs now, or ran last.</summary>
    public DrillProcess Origin { get; private set; } = null!;

    /// <summary>The relay that archives.</summary>
    public DrillProcess Relay { get; private set; } = null!;

    /// <summary>Where the relay serves.</summary>
    public string RelayAddress => Local("tcp", 2);

    /// <summary>Where the origin serves.</summary>
    public string OriginAddress => Local("tcp", 1);

    /// <summary>A path in the directory.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Directory, .. parts]);

    /// <summary>Founds the realm with root and recovery keys that are kept apart from the origin.</summary>
    public async Task FoundAsync(CancellationToken cancellationToken)
    {
        await HelioAsync(0, ["trust", "init", "drill", "--out", PathOf("ceremony")], cancellationToken, withToken: false);
        System.IO.Directory.Move(PathOf("ceremony", "origin"), PathOf("origin"));
    }

    /// <summary>Ends the epoch behind the log that is in a directory: proposed, signed by both recovery keys, applied; with one signature it is not.</summary>
    public async Task RecoverAsync(string data, string reason, CancellationToken cancellationToken)
    {
        var proposal = PathOf("epoch.json");
        await HelioAsync(0, ["recover", "propose", "--data", PathOf(data), "--reason", reason, "--out", proposal], cancellationToken, withToken: false);
        await HelioAsync(0, ["trust", "sign", proposal, "--key", PathOf("ceremony", "keys", "recovery-1.pem")], cancellationToken, withToken: false);
        if (await HelioAsync(1, ["recover", "apply", proposal, "--data", PathOf(data)], cancellationToken, withToken: false) is var said && !said.Contains("2 must sign", StringComparison.Ordinal))
            throw new DrillFailedException($"With one signature of two the end of an epoch was not refused for that: {said}");
        await HelioAsync(0, ["trust", "sign", proposal, "--key", PathOf("ceremony", "keys", "recovery-2.pem")], cancellationToken, withToken: false);
        await HelioAsync(0, ["recover", "apply", proposal, "--data", PathOf(data)], cancellationToken, withToken: false);
    }

    /// <summary>Starts the origin in a directory, for the first time or again.</summary>
    public async Task StartOriginAsync(CancellationToken cancellationToken, string data = "origin")
    {
        Origin = Start(["origin", "--id", "origin", "--data", PathOf(data), "--listen", Local("http", 0), "--listen", OriginAddress, "--heartbeat", "1s", "-o", "json"]);
        var ready = JsonNode.Parse(await Origin.ReadyAsync(s_patience, cancellationToken))!;
        if (!File.Exists(PathOf("trust.json"))) File.Copy((string)ready["trust"]!, PathOf("trust.json"));
        if (_token.Length > 0) return;
        _token = (await File.ReadAllTextAsync((string)ready["tokenFile"]!, cancellationToken)).Trim();
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        await GrantAsync("readers", "*", cancellationToken);
        await GrantAsync("archives", NamespaceName.Log.Value, cancellationToken);
        await SendAsync(HttpMethod.Post, "api/v1/namespaces", new JsonObject { ["name"] = Namespace }, cancellationToken);
    }

    /// <summary>Starts an origin that is to refuse, and gives what it says.</summary>
    public async Task<string> RefusedOriginAsync(CancellationToken cancellationToken, string data = "origin")
    {
        var process = Start(["origin", "--id", "origin", "--data", PathOf(data), "--listen", Local("http", 0), "--listen", OriginAddress, "-o", "json"]);
        return await process.RefusedAsync(s_patience, cancellationToken);
    }

    /// <summary>Starts the relay and the agent below it.</summary>
    public async Task StartFleetAsync(bool archives, CancellationToken cancellationToken)
    {
        Relay = Start(["relay", "--id", "relay", "--data", PathOf("relay"), "--trust", PathOf("trust.json"), "--parent", OriginAddress, "--single-parent", "--listen", RelayAddress, "--listen", Local("http", 3), "--subscribe", Namespace, "--stale-after", "3s", "-o", "json",
            .. archives ? new[] { "--archive", PathOf("archive") } : []]);
        await Relay.ReadyAsync(s_patience, cancellationToken);
        var agent = Start(["agent", "--id", "agent", "--data", PathOf("agent"), "--trust", PathOf("trust.json"), "--parent", RelayAddress, "--single-parent", "--listen", Local("http", 4), "--socket", PathOf("agent.sock"), "--subscribe", Namespace, "--stale-after", "3s", "-o", "json"]);
        await agent.ReadyAsync(s_patience, cancellationToken);
    }

    /// <summary>Lets the author make changes; each counts once the origin has acknowledged it.</summary>
    public async Task AuthorAsync(int changes, CancellationToken cancellationToken)
    {
        for (var i = 0; i < changes; i++)
        {
            var (key, value) = ($"key-{_acknowledged.Count % 50:00}", Guid.NewGuid().ToString("N"));
            await SendAsync(HttpMethod.Put, $"api/v1/namespaces/{Namespace}/setting?key={key}", new JsonObject { ["value"] = value }, cancellationToken);
            _acknowledged[$"{_acknowledged.Count:00000} {key}"] = value;
        }
    }

    /// <summary>Lets the author make changes at an origin that nobody should believe any more; they count for nothing.</summary>
    public async Task ScribbleAsync(int changes, CancellationToken cancellationToken)
    {
        for (var i = 0; i < changes; i++)
            await SendAsync(HttpMethod.Put, $"api/v1/namespaces/{Namespace}/setting?key=key-{i % 50:00}", new JsonObject { ["value"] = "of the history that ended" }, cancellationToken);
    }

    /// <summary>Waits until the relay listens to an origin of the ended epoch, heartbeat after heartbeat, and takes none for fresh.</summary>
    public Task ExpectDisbeliefAsync(CancellationToken cancellationToken) => EventuallyAsync(
        async () => JsonNode.Parse(await _http.GetStringAsync(new Uri(Local("http", 3) + "/api/v1/replica"), cancellationToken))! is var replica
            && ((string?)replica["parent"])?.StartsWith(OriginAddress, StringComparison.Ordinal) == true && (double?)replica["secondsSinceFreshHead"] > 3,
        () => "the relay hears the old origin and takes none of its heads", cancellationToken);

    /// <summary>The revision of the log, by the origin.</summary>
    public async Task<Revision> RevisionAsync(CancellationToken cancellationToken) => RevisionOf((string)(await SendAsync(HttpMethod.Get, "api/v1", null, cancellationToken))["revision"]!);

    /// <summary>How many changes the origin has acknowledged.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>Takes note of what was acknowledged up to now: what is lost on purpose is not expected later.</summary>
    public void Forget(int from)
    {
        foreach (var key in _acknowledged.Keys.Skip(from).ToList()) _acknowledged.Remove(key);
    }

    /// <summary>Fails unless the origin holds the last value of every setting whose change it acknowledged.</summary>
    public async Task ExpectAcknowledgedAsync(CancellationToken cancellationToken)
    {
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in _acknowledged) expected[key.Split(' ')[1]] = value;
        foreach (var (key, value) in expected)
            if ((string?)(await SendAsync(HttpMethod.Get, $"api/v1/namespaces/{Namespace}/setting?key={key}", null, cancellationToken))["value"] is var held && held != value)
                throw new DrillFailedException($"An acknowledged change is lost: {key} is '{held}', not '{value}'.");
    }

    /// <summary>Waits until the agent holds the namespace as the origin does, and fails if it ever went backwards.</summary>
    public async Task ExpectAgentLevelAsync(CancellationToken cancellationToken)
    {
        var wanted = RevisionOf((string)(await SendAsync(HttpMethod.Get, $"api/v1/namespaces/{Namespace}", null, cancellationToken))["revision"]!);
        await EventuallyAsync(async () => await AgentRevisionAsync(cancellationToken) == wanted, () => $"the agent holds {Namespace} at {wanted}", cancellationToken);
    }

    /// <summary>The revision at which the agent holds the namespace; fails if it is before one that it held.</summary>
    public async Task<Revision?> AgentRevisionAsync(CancellationToken cancellationToken)
    {
        JsonNode replica;
        try { replica = JsonNode.Parse(await _http.GetStringAsync(new Uri(Local("http", 4) + "/api/v1/replica"), cancellationToken))!; }
        catch (HttpRequestException) { return null; }
        if (replica["namespaces"]!.AsArray().FirstOrDefault(held => (string)held!["namespace"]! == Namespace) is not { } found) return null;
        var revision = RevisionOf((string)found["revision"]!);
        if ((revision.Epoch, revision.Sequence).CompareTo(_agentFloor) < 0) throw new DrillFailedException($"The agent went backwards: from {_agentFloor.Epoch}.{_agentFloor.Sequence} to {revision}.");
        _agentFloor = (revision.Epoch, revision.Sequence);
        return revision;
    }

    /// <summary>Waits until the archive holds the log up to a revision.</summary>
    public Task ExpectArchivedAsync(Revision revision, CancellationToken cancellationToken) => EventuallyAsync(
        async () => JsonNode.Parse(await _http.GetStringAsync(new Uri(Local("http", 3) + "/readyz"), cancellationToken))?["archive"]?["revision"] is { } held && !RevisionOf((string)held!).IsBefore(revision),
        () => $"the archive holds the log up to {revision}", cancellationToken);

    /// <summary>Runs a command of an operator; it must end with the code that is expected.</summary>
    public async Task<string> HelioAsync(int expected, string[] arguments, CancellationToken cancellationToken, bool withToken = true)
    {
        await using var process = new DrillProcess(arguments, withToken ? new Dictionary<string, string> { ["HELIOGRAPH_TOKEN"] = _token } : new Dictionary<string, string>());
        var (code, said) = await process.EndAsync(s_patience, cancellationToken);
        return code == expected ? said : throw new DrillFailedException($"helio {string.Join(' ', arguments)} ended with {code}, not {expected}: {said}");
    }

    /// <summary>Ends a process at once, as a power cut does.</summary>
    public static ValueTask KillAsync(DrillProcess process) => process.DisposeAsync();

    /// <summary>Waits for what other processes bring about; they are asked, for they do not tell.</summary>
    public async Task EventuallyAsync(Func<Task<bool>> condition, Func<string> what, CancellationToken cancellationToken)
    {
        for (var began = _terminal.Time.GetTimestamp(); !await condition(); await Task.Delay(TimeSpan.FromMilliseconds(100), _terminal.Time, cancellationToken))
            if (_terminal.Time.GetElapsedTime(began) > s_patience) throw new DrillFailedException($"It never came about that {what()}.");
    }

    private static Revision RevisionOf(string text) => Revision.TryParse(text, out var revision) ? revision : throw new DrillFailedException($"'{text}' is no revision.");

    private async Task GrantAsync(string name, string namespaces, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Put, $"api/v1/namespaces/{NamespaceName.Realm}/setting?key=roles/{name}", new JsonObject { ["value"] = $$"""{"subject":"local*","role":"reader","namespaces":"{{namespaces}}"}""" }, cancellationToken);

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri($"{Local("http", 0)}/{path}"));
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode) throw new DrillFailedException($"{method} {path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    private string Local(string scheme, int port) => string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{_ports[port]}");

    private DrillProcess Start(string[] arguments)
    {
        var process = new DrillProcess(arguments, new Dictionary<string, string>());
        _processes.Add(process);
        return process;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes)) await process.DisposeAsync();
        _http.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

/// <summary>A drill did not come to what it should.</summary>
internal sealed class DrillFailedException(string message) : Exception(message);
