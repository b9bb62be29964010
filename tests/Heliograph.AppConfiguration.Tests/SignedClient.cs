// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.Core.Access;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>A client that signs as the contract says. Targets go out byte for byte.</summary>
internal sealed class SignedClient(Uri endpoint, AccessKey key, ReadOnlyMemory<byte>? secret = null) : IDisposable
{
    public const string Newest = "api-version=2026-04-01";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(20) };

    public Uri Endpoint => endpoint;

    public async Task<Reply> SendAsync(string method, string target, JsonNode? body = null, params (string Name, string? Value)[] headers)
    {
        var bytes = body is null ? [] : Encoding.UTF8.GetBytes(body.ToJsonString());
        return await SendRawAsync(method, target, bytes, headers);
    }

    /// <summary>Sends; a header of value null takes away the one that the signature would have set.</summary>
    public async Task<Reply> SendRawAsync(string method, string target, byte[] body, params (string Name, string? Value)[] headers)
    {
        var address = new Uri($"{endpoint.Scheme}://{endpoint.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body.Length > 0 || method is "PUT" or "PATCH") request.Content = new ByteArrayContent(body);
        request.Content?.Headers.TryAddWithoutValidation("Content-Type", headers.FirstOrDefault(one => one.Name == "Content-Type").Value ?? "application/json");
        var date = headers.FirstOrDefault(one => one.Name == "x-ms-date").Value ?? DateTimeOffset.UtcNow.ToString("r");
        var hash = Convert.ToBase64String(SHA256.HashData(body));
        var text = $"{method}\n{target}\n{date};{endpoint.Authority};{hash}";
        var signature = Convert.ToBase64String(HMACSHA256.HashData((secret ?? key.Secrets[0]).Span, Encoding.UTF8.GetBytes(text)));
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["x-ms-date"] = date, ["x-ms-content-sha256"] = hash, ["Host"] = endpoint.Authority,
            ["Authorization"] = $"HMAC-SHA256 Credential={key.Id}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}",
        };
        foreach (var (name, value) in headers)
            if (name != "Content-Type") all[name] = value;
        foreach (var (name, value) in all)
            if (value is not null) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Reply.OfAsync(response);
    }

    public async Task<JsonObject> PutAsync(string key, JsonObject body, string query = "") => (await SendAsync("PUT", $"/kv/{Uri.EscapeDataString(key)}?{Newest}{query}", body)).Ok();

    public async Task<JsonObject> GetAsync(string target) => (await SendAsync("GET", target)).Ok();

    public async Task<List<JsonObject>> ListAsync(string query)
    {
        var items = new List<JsonObject>();
        for (var target = $"/kv?{Newest}{query}"; target is not null;)
        {
            var page = await GetAsync(target);
            items.AddRange(page["items"]!.AsArray().Select(item => item!.AsObject()));
            target = (string?)page["@nextLink"];
        }
        return items;
    }

    public void Dispose() => _client.Dispose();
}

/// <summary>What came back.</summary>
internal sealed record Reply(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public int Code => (int)Status;

    public static async Task<Reply> OfAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), headers);
    }

    public JsonObject Json() => JsonNode.Parse(Body)!.AsObject();

    public JsonObject Ok()
    {
        Assert.True(Code is >= 200 and < 300, $"{Code} {Body}");
        return Json();
    }

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
