// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Headers;
using System.Text;

namespace Heliograph.Cli.Api;

/// <summary>One call of the REST API, able to make the same request again.</summary>
/// <param name="Method">GET reads; everything else may change something.</param>
/// <param name="Path">Below the server's base address, query included, everything escaped.</param>
internal sealed record ApiCall(HttpMethod Method, string Path)
{
    /// <summary>JSON body, or <see langword="null"/>.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Makes repeating a change safe: the origin gives the first answer again. Without it a change is sent once.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Further headers, such as <c>If-Match</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>How long the server may hold the call on purpose; added to the timeout.</summary>
    public TimeSpan HeldByServer { get; init; }

    /// <summary>Whether an unanswered call may have had an effect.</summary>
    public bool IsChange => Method != HttpMethod.Get;

    /// <summary>Whether sending it again cannot add an effect.</summary>
    public bool IsRepeatable => !IsChange || IdempotencyKey is not null;

    /// <summary>A new request for this call.</summary>
    public HttpRequestMessage ToRequest(Uri server, string? token)
    {
        var request = new HttpRequestMessage(Method, new Uri(server, Path));
        request.Headers.Accept.ParseAdd("application/json, application/problem+json;q=0.9");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (IdempotencyKey is not null) request.Headers.Add("Idempotency-Key", IdempotencyKey);
        foreach (var (name, value) in Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (Body is not null)
        {
            request.Content = new ByteArrayContent(Body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        return request;
    }

    /// <summary>Joins a path and the parameters that have a value.</summary>
    public static string PathOf(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var text = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in query)
        {
            if (value is null) continue;
            text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }
        return text.ToString();
    }
}
