// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.Upgrade.Tests;

/// <summary>A small fleet, each process of which is of the earlier build or of the present one. A process that is started again has the same directory and addresses.</summary>
internal sealed class MixedFleet(string earlier) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60); // only a broken test waits so long

    private readonly string _directory = Directory.CreateTempSubdirectory("hlg-").FullName;
    private readonly Dictionary<string, (HelioProcess Process, int Sync, int Http)> _tiers = new(StringComparer.Ordinal);
    private readonly List<HelioProcess> _services = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public HttpClient Api { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>A path in the fleet's directory.</summary>
    public string PathOf(string name) => Path.Combine(_directory, name);

    public string AddressOf(string id) => $"tcp://127.0.0.1:{_tiers[id].Sync}";

    public Uri HttpOf(string id) => new($"http://127.0.0.1:{_tiers[id].Http}");

    /// <summary>Starts the origin.</summary>
    public async Task StartOriginAsync(bool isEarlier)
    {
        var ready = JsonNode.Parse(await StartAsync("origin", "o1", isEarlier, "--heartbeat", "1s", "--listen", "sync"))!;
        if (Api.BaseAddress is not null) return;
        Api.BaseAddress = HttpOf("o1");
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync((string)ready["tokenFile"]!, Cancel)).Trim());
        File.Copy((string)ready["trust"]!, PathOf("trust.json"));
        await SendAsync(HttpMethod.Put, "/api/v1/namespaces/heliograph.realm/setting?key=roles/this-machine", new JsonObject { ["value"] = """{"subject":"local*","role":"reader","namespaces":"*"}""" });
    }

    /// <summary>Starts a relay below others.</summary>
    public Task StartRelayAsync(string id, bool isEarlier, params string[] parents) => StartAsync("relay", id, isEarlier, ["--listen", "sync", .. Below(parents)]);

    /// <summary>Starts an agent below others.</summary>
    public Task StartAgentAsync(string id, bool isEarlier, params string[] parents) => StartAsync("agent", id, isEarlier, ["--socket", PathOf($"{id}.sock"), "--subscribe", "load", .. Below(parents)]);

    /// <summary>Starts the sample service, of the present build, beside an agent.</summary>
    public void StartService(string id, string agent) => _services.Add(HelioProcess.Start("ShopService", "ShopService",
        ["--name", id, "--service", "load", "--region", "here", "--trust", PathOf("trust.json"), "--parents", $"unix://{PathOf($"{agent}.sock")}", "--namespaces", "load", "--journal", PathOf($"{id}.journal"), "--wait", $"{Limit.TotalSeconds:0}"]));

    /// <summary>Ends a process politely, as an upgrade does, and waits for its end.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> StopAsync(string id)
    {
        var (process, since) = (_tiers[id].Process, Stopwatch.StartNew());
        await process.SignalAsync("TERM");
        var (code, _, errors) = await process.WaitAsync(Limit, Cancel);
        Assert.True(code == 0, $"{id} ended with {code}: {errors}");
        return since.Elapsed;
    }

    /// <summary>Waits until a tier answers that it follows and is fresh.</summary>
    public Task FollowsAsync(string id) => EventuallyAsync(async () => (await ReadyzAsync(id)) is { } ready && (bool?)ready["connected"] == true && (bool?)ready["stale"] == false, () => $"{id} follows");

    /// <summary>What an agent serves of a setting; <see langword="null"/> while it does not answer.</summary>
    public async Task<string?> ValueAsync(string agent, string key)
    {
        try { return await Api.GetStringAsync(new Uri(HttpOf(agent), $"/api/v1/namespaces/load/value?key={key}"), Cancel); }
        catch (HttpRequestException) { return null; }
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

    /// <summary>Waits for what other processes bring about: they are asked, for they do not tell.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, Func<string> what)
    {
        for (var waiting = Stopwatch.StartNew(); !await condition(); await Task.Delay(50, Cancel))
            if (waiting.Elapsed > Limit) Assert.Fail($"It never came about: {what()}.");
    }

    private async Task<JsonNode?> ReadyzAsync(string id)
    {
        try
        {
            using var answer = await Api.GetAsync(new Uri(HttpOf(id), "/readyz"), Cancel);
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private string[] Below(string[] parents) => ["--trust", PathOf("trust.json"), "--stale-after", "3s", .. parents.SelectMany(parent => new[] { "--parent", AddressOf(parent) }), .. parents.Length == 1 ? new[] { "--single-parent" } : []];

    private async Task<string> StartAsync(string role, string id, bool isEarlier, params string[] more)
    {
        var (sync, http) = _tiers.TryGetValue(id, out var before) ? (before.Sync, before.Http) : (FreePort(), FreePort());
        string[] arguments = [role, "--id", id, "--data", PathOf(id), "--listen", $"http://127.0.0.1:{http}", "-o", "json", .. more.Select(argument => argument == "sync" ? $"tcp://127.0.0.1:{sync}" : argument)];
        var process = isEarlier ? HelioProcess.Run(earlier, arguments) : HelioProcess.Start("Heliograph.Cli", "helio", arguments);
        if (before.Process is not null) await before.Process.DisposeAsync();
        _tiers[id] = (process, sync, http);
        return await process.ReadLineAsync(Cancel) ?? throw new InvalidOperationException($"{id} ended before it was ready: {(await process.WaitAsync(Limit, Cancel)).Errors}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _services.Concat(_tiers.Values.Select(tier => tier.Process).Reverse())) await process.DisposeAsync();
        Api.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
