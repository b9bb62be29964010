// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Heliograph.Yardstick.Systems;

/// <summary>The calls of the origin's REST API that an author makes.</summary>
internal sealed class OriginApi : IDisposable
{
    /// <summary>Tries of one call: an origin that is asked for too much says when to come again, and one that cannot tell what became of a change is asked again with the same key.</summary>
    private const int TriesMax = 6;

    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(4);

    private readonly HttpClient _http;

    public OriginApi(Uri address, string token)
    {
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task CreateNamespaceAsync(string name) => await SendAsync(HttpMethod.Post, "api/v1/namespaces", JsonSerializer.Serialize(new Dictionary<string, string> { ["name"] = name }));

    public async Task GrantAsync(string name, string subject, string namespaces, string role = "reader") =>
        await SendAsync(HttpMethod.Put, PathOf("heliograph.realm", $"roles/{name}"), ValueOf(JsonSerializer.Serialize(new Dictionary<string, string> { ["subject"] = subject, ["role"] = role, ["namespaces"] = namespaces })));

    /// <summary>Makes a token of a subject.</summary>
    public async Task<string> CreateTokenAsync(string subject)
    {
        using var token = JsonDocument.Parse(await SendAsync(HttpMethod.Post, "api/v1/tokens", JsonSerializer.Serialize(new Dictionary<string, string> { ["subject"] = subject })));
        return token.RootElement.GetProperty("token").GetString()!;
    }

    /// <summary>Sets one value; completes when the change is durable.</summary>
    /// <returns>The revision and the time of its commit, by the origin's clock.</returns>
    public async Task<(Revision Revision, DateTimeOffset CommittedAt)> PutAsync(string @namespace, string key, string value) =>
        CommitOf(@namespace, await SendAsync(HttpMethod.Put, PathOf(@namespace, key), ValueOf(value)));

    /// <summary>Sets many values in one changeset.</summary>
    /// <returns>The revision and the time of its commit, by the origin's clock.</returns>
    public async Task<(Revision Revision, DateTimeOffset CommittedAt)> PutManyAsync(string @namespace, IEnumerable<(string Key, string Value)> settings)
    {
        var operations = settings.Select(setting => new Dictionary<string, string> { ["op"] = "put", ["key"] = setting.Key, ["value"] = setting.Value });
        return CommitOf(@namespace, await SendAsync(HttpMethod.Post, $"api/v1/namespaces/{@namespace}/changes", JsonSerializer.Serialize(new Dictionary<string, object> { ["operations"] = operations })));
    }

    /// <summary>Makes an access key of a namespace: its id and its first secret.</summary>
    public async Task<(string Id, string Secret)> CreateAccessKeyAsync(string @namespace, string access)
    {
        using var key = JsonDocument.Parse(await SendAsync(HttpMethod.Post, "api/v1/access-keys", JsonSerializer.Serialize(new Dictionary<string, string> { ["namespace"] = @namespace, ["access"] = access })));
        return (key.RootElement.GetProperty("id").GetString()!, key.RootElement.GetProperty("secret").GetString()!);
    }

    /// <summary>The JSON that a path answers with.</summary>
    public async Task<JsonDocument> GetAsync(Uri address) => JsonDocument.Parse(await _http.GetStringAsync(address));

    public void Dispose() => _http.Dispose();

    private static string PathOf(string @namespace, string key) => $"api/v1/namespaces/{@namespace}/setting?key={Uri.EscapeDataString(key)}";

    private static string ValueOf(string value) => JsonSerializer.Serialize(new Dictionary<string, string> { ["value"] = value });

    private static (Revision Revision, DateTimeOffset CommittedAt) CommitOf(string @namespace, string answer)
    {
        using var change = JsonDocument.Parse(answer);
        return Revision.TryParse(change.RootElement.GetProperty("revision").GetString(), out var revision)
            ? (revision, change.RootElement.GetProperty("committedAt").GetDateTimeOffset())
            : throw new IOException($"The origin answered with no revision to a change of {@namespace}.");
    }

    private async Task<string> SendAsync(HttpMethod method, string path, string body)
    {
        var id = Guid.CreateVersion7().ToString("N");
        for (var tries = 1; ; tries++)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(method, path) { Content = content };
            request.Headers.Add("Idempotency-Key", id);
            using var response = await _http.SendAsync(request);
            var answer = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode) return answer;
            if (tries == TriesMax || response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout))
                throw new IOException($"The origin answered {(int)response.StatusCode} to {method} {path}: {answer}");
            var wait = response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
            await Task.Delay(wait < WaitMax ? wait : WaitMax);
        }
    }
}
