// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Http.Headers;
using Heliograph.AppConfiguration.Http;
using Microsoft.AspNetCore.Http;

namespace Heliograph.AppConfiguration.History;

/// <summary>Asks the origin what a copy cannot know, with the client's own signed request: the origin checks it as if it had come there.</summary>
internal sealed class OriginHistory : IDisposable
{
    private const int AnswerBytesMax = 4 << 20;

    private static readonly HashSet<string> s_ownToTheConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Accept-Encoding", "Expect",
    };

    private readonly HttpClient _client;
    private readonly Uri _origin;

    /// <summary>Asks the face at an address.</summary>
    /// <param name="origin">The origin's face: https, or http on loopback.</param>
    /// <param name="handler">How it is reached.</param>
    public OriginHistory(Uri origin, HttpMessageHandler handler) =>
        (_origin, _client) = (origin, new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = AnswerBytesMax });

    /// <summary>The origin's answer, or the one that says when to come back.</summary>
    /// <param name="request">The client's request.</param>
    /// <param name="target">Its target, byte for byte.</param>
    /// <param name="body">Its body; empty if it has none.</param>
    public async Task<Answer> AskAsync(HttpRequest request, string target, ReadOnlyMemory<byte> body)
    {
        var address = new Uri($"{_origin.Scheme}://{_origin.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var asked = new HttpRequestMessage(new HttpMethod(request.Method), address);
        if (body.Length > 0 || request.ContentType is not null) asked.Content = new ReadOnlyMemoryContent(body);
        foreach (var (name, values) in request.Headers)
            if (!s_ownToTheConnection.Contains(name) && !asked.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) asked.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        try
        {
            using var response = await _client.SendAsync(asked, request.HttpContext.RequestAborted);
            if ((int)response.StatusCode >= 500) return Away();
            return await ReadAsync(response, request.HttpContext.RequestAborted);
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is OperationCanceledException && !request.HttpContext.RequestAborted.IsCancellationRequested)) { return Away(); }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static Answer Away() => Problems.Unavailable("This is the origin's to answer, which cannot be reached now.", TimeSpan.FromSeconds(5));

    private static async Task<Answer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken) => new((int)response.StatusCode)
    {
        Body = await response.Content.ReadAsByteArrayAsync(cancellationToken),
        ContentType = response.Content.Headers.ContentType?.ToString(),
        ETag = response.Headers.ETag?.ToString(),
        Link = Joined(response.Headers, "Link"),
        LastModified = response.Content.Headers.LastModified,
        Headers = [.. Passed(response.Headers, "Sync-Token", "Memento-Datetime", "Accept-Ranges", "WWW-Authenticate"), .. Passed(response.Content.Headers, "Content-Range")],
    };

    private static IEnumerable<KeyValuePair<string, string>> Passed(HttpHeaders headers, params string[] names) =>
        from name in names let value = Joined(headers, name) where value is not null select KeyValuePair.Create(name, value);

    private static string? Joined(HttpHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
