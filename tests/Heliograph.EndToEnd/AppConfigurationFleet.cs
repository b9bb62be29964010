// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Origin, relay and agent as processes that serve App Configuration, each of which can be killed and started again where it was.</summary>
internal sealed class AppConfigurationFleet : IAsyncDisposable
{
    public const string Store = "shop.prod", Prefix = "shop/";
    public const int Settings = 250; // three pages

    private readonly string _directory = Directory.CreateTempSubdirectory("helio-face-").FullName;
    private readonly Dictionary<string, HelioProcess> _tiers = [];
    private readonly int[] _ports = FreePorts(3);
    private readonly HttpClient _author = new() { Timeout = TimeSpan.FromSeconds(10) };
    private int _release;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Read-only, at the agent.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The last release that was acknowledged.</summary>
    public int Release => _release;

    public static async Task<AppConfigurationFleet> StartAsync()
    {
        var fleet = new AppConfigurationFleet();
        try
        {
            var ready = await fleet.StartAsync("origin");
            fleet._author.BaseAddress = new($"http://127.0.0.1:{fleet._ports[0]}");
            fleet._author.DefaultRequestHeaders.Authorization = new("Bearer", (await File.ReadAllTextAsync((string)ready["tokenFile"]!, Cancel)).Trim());
            await fleet.SendAsync("POST", "namespaces", new { name = Store });
            await fleet.SendAsync("PUT", "namespaces/heliograph.realm/setting?key=roles/own-user", new { value = """{"subject":"local:uid=*","role":"reader","namespaces":"*"}""" });
            var key = await fleet.SendAsync("POST", "access-keys", new { @namespace = Store, access = "read" });
            fleet.ConnectionString = $"Endpoint=http://127.0.0.1:{fleet._ports[2]};Id={key["id"]};Secret={key["secret"]}";
            await fleet.ReleaseAsync();
            await fleet.StartAsync("relay");
            await fleet.StartAsync("agent");
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a tier, where it was before.</summary>
    public async Task<JsonObject> StartAsync(string tier)
    {
        var process = HelioProcess.Start("Heliograph.Cli", "helio", [tier, "--data", PathOf(tier), "-o", "json", .. tier switch
        {
            "origin" => (string[])["--listen", $"http://127.0.0.1:{_ports[0]}", "--listen", Sync("origin"), "--app-configuration-listen", Face(1), "--heartbeat", "1s"],
            "relay" => ["--id", "relay", "--trust", PathOf("origin/trust.json"), "--parent", Sync("origin"), "--listen", Sync("relay")],
            _ => ["--id", "agent", "--trust", PathOf("origin/trust.json"), "--parent", Sync("relay"), "--parent", Sync("origin"), "--socket", PathOf("agent.sock"), "--subscribe", Store,
                "--app-configuration-listen", Face(2), "--app-configuration-origin", Face(1), "--stale-after", "3s"],
        }]);
        _tiers[tier] = process;
        var line = await process.ReadLineAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(90), Cancel);
        return JsonNode.Parse(line ?? "null")?.AsObject() ?? throw new InvalidOperationException($"The {tier} ended before it was ready.");
    }

    /// <summary>Ends a tier as a power cut would.</summary>
    public async Task KillAsync(string tier)
    {
        await _tiers[tier].SignalAsync("KILL");
        await _tiers[tier].DisposeAsync();
    }

    /// <summary>Writes the next release: every setting, in one change.</summary>
    public async Task<int> ReleaseAsync()
    {
        var next = _release + 1;
        await SendAsync("POST", $"namespaces/{Store}/changes", new { operations = Enumerable.Range(0, Settings).Select(i => new { op = "put", key = $"{Prefix}{i:000}", value = $"{next}" }) });
        return _release = next;
    }

    private async Task<JsonNode> SendAsync(string method, string path, object body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"api/v1/{path}", UriKind.Relative)) { Content = JsonContent.Create(body) };
        using var response = await _author.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}");
    }

    private string Sync(string tier) => $"unix://{PathOf(tier)}.sock";

    private string Face(int port) => $"http://127.0.0.1:{_ports[port]}";

    private string PathOf(string name) => Path.Combine(_directory, name);

    /// <summary>Ports that are free now; a tier that is started again must find the one it had.</summary>
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
        foreach (var process in _tiers.Values) await process.DisposeAsync();
        _author.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
