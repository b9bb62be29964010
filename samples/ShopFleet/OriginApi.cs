// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Heliograph.Samples.ShopFleet;

/// <summary>The few calls of the origin's REST API that this program makes as an author.</summary>
internal sealed class OriginApi : IDisposable
{
    private readonly HttpClient _http;

    public OriginApi(Uri address, string token)
    {
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Sets one value.</summary>
    /// <returns>The revision and the time of its commit, in Unix milliseconds by the origin's clock.</returns>
    public async Task<(string Revision, long CommittedAtMs)> SetAsync(string @namespace, string key, string value, CancellationToken cancellationToken)
    {
        var path = $"api/v1/namespaces/{@namespace}/setting?key={Uri.EscapeDataString(key)}";
        using var response = await _http.PutAsJsonAsync(path, new { value, message = "an operator turned a knob" }, cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
        var change = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return (change.GetProperty("revision").GetString()!, change.GetProperty("committedAt").GetDateTimeOffset().ToUnixTimeMilliseconds());
    }

    /// <summary>Revision and state root of a namespace, as the origin has them.</summary>
    public async Task<(string Revision, string StateRoot)> NamespaceAsync(string @namespace, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri($"api/v1/namespaces/{@namespace}", UriKind.Relative), cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return (answer.GetProperty("revision").GetString()!, answer.GetProperty("stateRoot").GetString()!);
    }

    /// <summary>Binds a role.</summary>
    public async Task GrantAsync(string name, string subject, string role, string namespaces, CancellationToken cancellationToken) =>
        await SetAsync("heliograph.realm", $"roles/{name}", JsonSerializer.Serialize(new { subject, role, namespaces }), cancellationToken);

    private static async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        throw new InvalidOperationException($"The origin answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
    }

    public void Dispose() => _http.Dispose();
}
