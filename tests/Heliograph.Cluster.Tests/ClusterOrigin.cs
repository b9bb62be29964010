// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.Cluster.Tests;

/// <summary>One origin of a cluster, as a process that can be killed, paused, stopped and started again.</summary>
internal sealed class ClusterOrigin(string id, string data, int httpPort, int syncPort, ClusterRig rig) : IAsyncDisposable
{
    private HelioProcess? _process;

    public string Id => id;

    public int ProcessId => _process!.Id;

    public string Data => data;

    public string Sync => $"tcp://127.0.0.1:{syncPort}";

    public HttpClient Api { get; } = new(rig.Place.Handler()) { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}"), Timeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public IEnumerable<string> Arguments => ["origin", "--id", id, "--data", data, "--listen", Api.BaseAddress!.GetLeftPart(UriPartial.Authority), "--listen", Sync, "--heartbeat", "1s", "-o", "json",
        "--advertise", Api.BaseAddress!.GetLeftPart(UriPartial.Authority), "--allow-unsupported-etcd", .. rig.Etcd.SelectMany(member => new[] { "--etcd", member.Address.GetLeftPart(UriPartial.Authority) })];

    public async Task StartAsync()
    {
        _process = HelioProcess.Start("Heliograph.Cli", "helio", Arguments, before: rig.Place.Before(id));
        if (await _process.ReadLineAsync(Cancel) is null) Assert.Fail($"{id} ended before it was ready: {(await _process.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Errors}");
    }

    public async Task KillAsync()
    {
        await _process!.SignalAsync("KILL");
        await _process.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    /// <summary>Asks it to stop, and waits until it has.</summary>
    public async Task StopAsync()
    {
        await _process!.SignalAsync("TERM");
        Assert.Equal(0, (await _process.WaitAsync(TimeSpan.FromSeconds(60), Cancel)).Code);
    }

    public Task PauseAsync() => _process!.SignalAsync("STOP");

    public Task ResumeAsync() => _process!.SignalAsync("CONT");

    public async Task<bool> IsSequencerAsync() => await ReadyAsync() is { } ready && (bool?)ready["sequencer"] == true;

    /// <summary>What it says of its health; <see langword="null"/> if it says nothing within a second.</summary>
    public async Task<JsonNode?> ReadyAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(1));
        try { return JsonNode.Parse(await Api.GetStringAsync(new Uri("/readyz", UriKind.Relative), limit.Token)); }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !Cancel.IsCancellationRequested) { return null; }
    }

    public async Task<(int Status, JsonNode? Body, HttpResponseMessage Answer)> SendAsync(HttpMethod method, string path, JsonNode? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        var response = await Api.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), response);
    }

    public async Task CreateAsync(string name)
    {
        var (status, body, _) = await SendAsync(HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = name });
        Assert.True(status == 201, $"{status}: {body?.ToJsonString()}");
    }

    public Task<(int Status, JsonNode? Body, HttpResponseMessage Answer)> PutAsync(string name, string key, string value, string requestId) =>
        SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{name}/setting?key={Uri.EscapeDataString(key)}", new JsonObject { ["value"] = value }, ("Idempotency-Key", requestId));

    /// <summary>A namespace's history, oldest first: revision, request id, hash.</summary>
    public async Task<List<(string Revision, string RequestId, string Hash)>> HistoryAsync(string name)
    {
        var (items, before) = (new List<(string, string, string)>(), "");
        do
        {
            var (status, page, _) = await SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{name}/history?limit=500{before}", null, ("Heliograph-Consistency", "linearizable"));
            Assert.Equal(200, status);
            items.AddRange(page!["items"]!.AsArray().Select(item => ((string)item!["revision"]!, (string)item["requestId"]!, (string)item["entryHash"]!)));
            before = page["next"] is { } next ? $"&before={(string)next!}" : "";
        }
        while (before.Length > 0);
        items.Reverse();
        return items;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        if (_process is not null) await _process.DisposeAsync();
    }
}
