// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.NativeAot.Tests;

/// <summary>An origin that issues certificates and a relay under TLS, both <c>helio</c>, and below them a native agent with every face that an agent has.</summary>
internal sealed class NativeFleet : IAsyncDisposable
{
    private const string Namespace = "shop.native", Key = "Native:Greeting";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2); // only a broken test waits so long

    private readonly string _program, _directory = Directory.CreateTempSubdirectory("hlna-").FullName; // short: a unix socket's path is
    private readonly int[] _ports = FreePorts(3);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private HelioProcess? _origin, _relay, _agent;
    private Dictionary<string, string> _author = [];
    private JsonNode _accessKey = new JsonObject();

    private NativeFleet(string program) => _program = program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The agent's file.</summary>
    public string Configuration => PathOf("agent.json");

    public int AgentId => _agent!.Id;

    private string Read => $"http://127.0.0.1:{_ports[0]}";

    private string Face => $"http://127.0.0.1:{_ports[1]}";

    private string Flags => $"http://127.0.0.1:{_ports[2]}";

    public static async Task<NativeFleet> StartAsync(string program)
    {
        var fleet = new NativeFleet(program);
        try
        {
            await fleet.StartAsync();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    private async Task StartAsync()
    {
        await HelioAsync("certs", "init", "shop", "--dir", PathOf("ca"));
        await HelioAsync("certs", "issue", "origin/o1", "--dir", PathOf("ca"), "--out", PathOf("certs"), "--ip", "127.0.0.1");
        var (ready, origin) = await TierAsync("origin", "--id", "o1", "--data", PathOf("o1"), "--realm", "shop", "--listen", "tls://127.0.0.1:0", "--listen", "http://127.0.0.1:0", "--heartbeat", "1s",
            "--cert", PathOf("certs/o1.pem"), "--key", PathOf("certs/o1-key.pem"), "--issue-from", PathOf("ca"));
        _origin = origin;
        var (tls, trust) = (Listens(ready, "tls"), (string)ready["trust"]!);
        var enrolling = new UriBuilder(tls) { Scheme = "https" }.Uri.ToString();
        _author = new() { ["HELIOGRAPH_SERVER"] = Listens(ready, "http"), ["HELIOGRAPH_TOKEN_FILE"] = (string)ready["tokenFile"]! };
        foreach (var role in new[] { "relay", "agent" }) await HelioAsync("roles", "grant", $"spiffe://shop/{role}/*", "reader", "*", "--name", role);
        await HelioAsync("roles", "grant", "local*", "reader", "*", "--name", "this-host");
        await HelioAsync("ns", "create", Namespace);
        _accessKey = JsonNode.Parse(await HelioAsync("access-keys", "create", Namespace, "-o", "json"))!;
        await HelioAsync("set", Namespace, ".appconfig.featureflag/native", """{"id":"native","enabled":true}""", "--content-type", "application/vnd.microsoft.appconfig.ff+json;charset=utf-8");
        var relayToken = (await HelioAsync("enroll", "token", "relay/eu/r1", "--ip", "127.0.0.1")).Trim();
        var agentToken = (await HelioAsync("enroll", "token", "agent/host-1")).Trim();
        (ready, _relay) = await TierAsync("relay", "--id", "r1", "--region", "eu", "--data", PathOf("r1"), "--trust", trust, "--parent", tls, "--single-parent", "--listen", "tls://127.0.0.1:0", "--subscribe", "*",
            "--renew-at", enrolling, "--enroll", relayToken);
        File.Copy(trust, PathOf("trust.json"));
        await File.WriteAllTextAsync(PathOf("files.json"), new JsonObject
        {
            ["projections"] = new JsonArray(new JsonObject { ["name"] = "native", ["namespace"] = Namespace, ["directory"] = PathOf("files"), ["templates"] = new JsonObject { ["greeting"] = PathOf("greeting.tmpl") } }),
        }.ToJsonString(), Cancel);
        await File.WriteAllTextAsync(PathOf("greeting.tmpl"), $"{{{{json {Key} ?? none}}}}\n", Cancel);
        await File.WriteAllTextAsync(Configuration, new JsonObject
        {
            ["id"] = "host-1", ["data"] = PathOf("host-1"), ["trust"] = PathOf("trust.json"), ["ca"] = PathOf("ca/ca.pem"),
            ["parent"] = new JsonArray(Listens(ready, "tls"), tls), ["subscribe"] = Namespace, ["socket"] = PathOf("a.sock"), ["listen"] = Read,
            ["renew-at"] = enrolling, ["enroll"] = agentToken, ["project"] = PathOf("files.json"),
            ["app-configuration-listen"] = Face, ["flags-namespace"] = Namespace, ["flags-listen"] = Flags, ["log-format"] = "json", ["stale-after"] = "3s",
        }.ToJsonString(), Cancel);
    }

    public async Task<JsonNode> StartAgentAsync()
    {
        _agent = HelioProcess.Run(_program, "agent", "--config", Configuration, "-o", "json");
        return await ReadyAsync(_agent);
    }

    /// <summary>Any other command of the native program.</summary>
    public async Task<(int Code, string Output, string Errors)> RunAgentAsync(params string[] arguments)
    {
        await using var process = HelioProcess.Run(_program, arguments);
        return await process.WaitAsync(Limit, Cancel);
    }

    public Task SayAsync(string text) => HelioAsync("set", Namespace, Key, text);

    /// <summary>Reads the setting over HTTP, as a file, as an App Configuration client, a flag as an OpenFeature provider, and, over the socket, with the SDK in a process of its own.</summary>
    public async Task ReadsEverywhereAsync(string expected)
    {
        await UntilAsync(async () => await ValueAsync() == expected, $"the read API says '{expected}'");
        await UntilAsync(() => Task.FromResult(File.Exists(PathOf("files/greeting")) && File.ReadAllText(PathOf("files/greeting")) == $"\"{expected}\"\n"), $"the file says '{expected}'");
        await UntilAsync(async () => await FaceAsync() == expected, $"the App Configuration face says '{expected}'");
        await UntilAsync(FlagAsync, "the flag is on");
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", ["exec", "-n", Namespace, "--parent", $"unix://{PathOf("a.sock")}", "--trust", PathOf("trust.json"), "--", "printenv", "Native__Greeting"]);
        var (code, output, errors) = await helio.WaitAsync(Limit, Cancel);
        Assert.True((code, output) == (0, expected + "\n"), $"helio exec over the agent's socket ended with {code}: {output}{errors}");
    }

    public Task<string> MetricsAsync() => _http.GetStringAsync(new Uri($"{Read}/metrics"), Cancel);

    /// <summary>Ends the agent as a power cut would.</summary>
    public async Task KillAgentAsync()
    {
        await _agent!.SignalAsync("KILL");
        await _agent.WaitAsync(Limit, Cancel);
        await _agent.DisposeAsync();
        _agent = null;
    }

    /// <summary>Ends everything above the agent.</summary>
    public async Task KillTheRestAsync()
    {
        foreach (var tier in new[] { _relay!, _origin! }) await tier.DisposeAsync();
        (_relay, _origin) = (null, null);
    }

    public async Task<int> StopAgentAsync()
    {
        await _agent!.SignalAsync("TERM");
        return (await _agent.WaitAsync(Limit, Cancel)).Code;
    }

    private async Task<string?> ValueAsync()
    {
        using var response = await _http.GetAsync(new Uri($"{Read}/api/v1/namespaces/{Namespace}/value?key={Uri.EscapeDataString(Key)}"), Cancel);
        return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(Cancel) : null;
    }

    private async Task<string?> FaceAsync()
    {
        var target = $"/kv/{Uri.EscapeDataString(Key)}?api-version=2023-11-01";
        var (date, hash, host) = (DateTimeOffset.UtcNow.ToString("r", CultureInfo.InvariantCulture), Convert.ToBase64String(SHA256.HashData([])), new Uri(Face).Authority);
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String((string)_accessKey["secret"]!), Encoding.UTF8.GetBytes($"GET\n{target}\n{date};{host};{hash}")));
        using var request = new HttpRequestMessage(HttpMethod.Get, Face + target);
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-content-sha256", hash);
        request.Headers.TryAddWithoutValidation("Authorization", $"HMAC-SHA256 Credential={_accessKey["id"]}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
        using var response = await _http.SendAsync(request, Cancel);
        return response.IsSuccessStatusCode ? (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["value"] : null;
    }

    private async Task<bool> FlagAsync()
    {
        using var response = await _http.PostAsync(new Uri($"{Flags}/ofrep/v1/evaluate/flags/native"), JsonContent.Create(new { context = new { targetingKey = "ann" } }), Cancel);
        return response.IsSuccessStatusCode && (bool)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["value"]!;
    }

    private async Task<(JsonNode Ready, HelioProcess Process)> TierAsync(params string[] arguments)
    {
        var process = HelioProcess.Start("Heliograph.Cli", "helio", [.. arguments, "--ca", PathOf("ca/ca.pem"), "-o", "json"]);
        return (await ReadyAsync(process), process);
    }

    private static async Task<JsonNode> ReadyAsync(HelioProcess tier)
    {
        var line = await tier.ReadLineAsync(Cancel).WaitAsync(Limit, Cancel);
        if (line is null) Assert.Fail((await tier.WaitAsync(Limit, Cancel)).Errors);
        return JsonNode.Parse(line)!;
    }

    private async Task<string> HelioAsync(params string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments, _author);
        var (code, output, errors) = await helio.WaitAsync(Limit, Cancel);
        Assert.True(code == 0, $"helio {string.Join(' ', arguments)} ended with {code}: {output}{errors}");
        return output;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        for (var started = TimeProvider.System.GetTimestamp(); !await condition(); await Task.Delay(100, Cancel))
            if (TimeProvider.System.GetElapsedTime(started) > Limit) Assert.Fail($"It never came about: {what}.");
    }

    private static string Listens(JsonNode ready, string scheme) => ready["listen"]!.AsArray().Select(address => (string)address!).First(address => address.StartsWith(scheme + "://", StringComparison.Ordinal));

    private string PathOf(string name) => Path.Combine(_directory, name);

    /// <summary>Ports that are free now; an agent that is started again must find the ones it had.</summary>
    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var tier in new[] { _agent, _relay, _origin })
            if (tier is not null) await tier.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
