// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Heliograph.Hosting.Problems;

/// <summary>An error as an answer: <c>application/problem+json</c> (RFC 9457).</summary>
public sealed class Problem : IResult, IStatusCodeHttpResult, IContentTypeHttpResult
{
    /// <summary>The content type of every error.</summary>
    public const string MediaType = "application/problem+json";

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // people read it; it is never part of a page

    internal Problem(ProblemKind kind, string? detail, JsonObject? extensions, TimeSpan? retryAfter) =>
        (Kind, Detail, Extensions, RetryAfter) = (kind, detail, extensions, retryAfter);

    /// <summary>What kind of error.</summary>
    public ProblemKind Kind { get; }

    /// <summary>What happened here.</summary>
    public string? Detail { get; }

    /// <summary>Further members.</summary>
    public JsonObject? Extensions { get; }

    /// <summary>When to ask again.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <inheritdoc/>
    public int? StatusCode => Kind.Status;

    /// <inheritdoc/>
    public string? ContentType => MediaType;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, Kind.Status);

    internal async Task WriteAsync(HttpContext context, int status)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        if (status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        if (RetryAfter is { } wait) response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await using var json = new Utf8JsonWriter(response.BodyWriter, Readable);
        json.WriteStartObject();
        json.WriteString("type", Kind.Type);
        json.WriteString("title", Kind.Title);
        json.WriteNumber("status", status);
        if (Detail is not null) json.WriteString("detail", Detail);
        foreach (var (name, value) in Extensions ?? [])
        {
            json.WritePropertyName(name);
            if (value is null) json.WriteNullValue();
            else value.WriteTo(json);
        }
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
