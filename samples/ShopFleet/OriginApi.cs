// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Heliograph.Samples.ShopFleet;

/// <summary>The few calls of the origins' REST API that this program makes as an author. Where there are several, one that does not answer is passed over.</summary>
internal sealed class OriginApi : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly IReadOnlyList<Uri> _addresses;
    private int _turn;

    public OriginApi(IReadOnlyList<Uri> addresses, string token)
    {
        _addresses = addresses;
        _http = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Sets one value. Repeated under one idempotency key until an origin says that it stands.</summary>
    /// <returns>The revision and the time of its commit, in Unix milliseconds by the origin's clock.</returns>
    public async Task<(string Revision, long CommittedAtMs)> SetAsync(string @namespace, string key, string value, CancellationToken cancellationToken, string? requestId = null)
    {
        var (path, id, waiting) = ($"api/v1/namespaces/{@namespace}/setting?key={Uri.EscapeDataString(key)}", requestId ?? Guid.NewGuid().ToString(), Stopwatch.StartNew());
        while (true)
        {
            var address = _addresses[Interlocked.Increment(ref _turn) % _addresses.Count];
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(address, path)) { Content = JsonContent.Create(new { value, message = "an operator turned a knob" }) };
                request.Headers.TryAddWithoutValidation("Idempotency-Key", id);
                using var response = await _http.SendAsync(request, cancellationToken);
                if ((int)response.StatusCode is not (429 or 503 or 504) || waiting.Elapsed > Patience || _addresses.Count == 1)
                {
                    await RequireSuccessAsync(response, cancellationToken);
                    var change = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
                    return (change.GetProperty("revision").GetString()!, change.GetProperty("committedAt").GetDateTimeOffset().ToUnixTimeMilliseconds());
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested && _addresses.Count > 1 && waiting.Elapsed < Patience) { } // this one is not there now
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>Every entry of a namespace at one origin, newest first, as the origin holds it once it holds all that was acknowledged: revision, request id, hash.</summary>
    public async Task<List<(string Revision, string RequestId, string Hash)>> HistoryAsync(int origin, string @namespace, CancellationToken cancellationToken)
    {
        var (entries, before) = (new List<(string, string, string)>(), "");
        do
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_addresses[origin], $"api/v1/namespaces/{@namespace}/history?limit=500{before}"));
            request.Headers.TryAddWithoutValidation("Heliograph-Consistency", "linearizable");
            using var response = await _http.SendAsync(request, cancellationToken);
            await RequireSuccessAsync(response, cancellationToken);
            var page = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            foreach (var item in page.GetProperty("items").EnumerateArray())
                entries.Add((item.GetProperty("revision").GetString()!, item.GetProperty("requestId").GetString()!, item.GetProperty("entryHash").GetString()!));
            before = page.TryGetProperty("next", out var next) && next.ValueKind == JsonValueKind.String ? $"&before={next.GetString()}" : "";
        }
        while (before.Length > 0);
        return entries;
    }

    /// <summary>The origin that orders changes; -1 if none says so.</summary>
    public async Task<int> SequencerAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < _addresses.Count; i++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                var ready = await _http.GetFromJsonAsync<JsonElement>(new Uri(_addresses[i], "readyz"), limit.Token);
                if (ready.TryGetProperty("sequencer", out var orders) && orders.GetBoolean()) return i;
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested) { } // it is not there now
        }
        return -1;
    }

    /// <summary>Revision and state root of a namespace, as the origin has them.</summary>
    public async Task<(string Revision, string StateRoot)> NamespaceAsync(string @namespace, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(_addresses[0], $"api/v1/namespaces/{@namespace}"), cancellationToken);
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
