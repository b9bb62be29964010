// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Heliograph.Yardstick.Systems;

/// <summary>The calls of the origin's REST API that an author makes.</summary>
internal sealed class OriginApi : IDisposable
{
    private readonly HttpClient _http;

    public OriginApi(Uri address, string token)
    {
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task CreateNamespaceAsync(string name) => await SendAsync(HttpMethod.Post, "api/v1/namespaces", JsonSerializer.Serialize(new Dictionary<string, string> { ["name"] = name }));

    public async Task GrantAsync(string name, string subject, string namespaces) =>
        await PutAsync("heliograph.realm", $"roles/{name}", JsonSerializer.Serialize(new Dictionary<string, string> { ["subject"] = subject, ["role"] = "reader", ["namespaces"] = namespaces }));

    /// <summary>Sets one value; completes when the change is durable.</summary>
    public async Task PutAsync(string @namespace, string key, string value) =>
        await SendAsync(HttpMethod.Put, $"api/v1/namespaces/{@namespace}/setting?key={Uri.EscapeDataString(key)}", JsonSerializer.Serialize(new Dictionary<string, string> { ["value"] = value }));

    /// <summary>Sets many values in one changeset.</summary>
    public async Task PutManyAsync(string @namespace, IEnumerable<(string Key, string Value)> settings)
    {
        var operations = settings.Select(setting => new Dictionary<string, string> { ["op"] = "put", ["key"] = setting.Key, ["value"] = setting.Value });
        await SendAsync(HttpMethod.Post, $"api/v1/namespaces/{@namespace}/changes", JsonSerializer.Serialize(new Dictionary<string, object> { ["operations"] = operations }));
    }

    /// <summary>The JSON that a path answers with.</summary>
    public async Task<JsonDocument> GetAsync(Uri address) => JsonDocument.Parse(await _http.GetStringAsync(address));

    public void Dispose() => _http.Dispose();

    private async Task SendAsync(HttpMethod method, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await _http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode) throw new IOException($"The origin answered {(int)response.StatusCode} to {method} {path}: {answer}");
    }
}
