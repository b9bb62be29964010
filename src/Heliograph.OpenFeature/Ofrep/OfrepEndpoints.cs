// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Heliograph.OpenFeature.Flags;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.OpenFeature.Ofrep;

/// <summary>The OpenFeature Remote Evaluation Protocol 0.3.0: one flag, all flags with an entity tag, and a stream that says when to ask again.</summary>
internal sealed class OfrepEndpoints(FlagStore store, EvaluationAnswer answer, TimeProvider time)
{
    /// <summary>Longest silence of a stream of changes. Half of what proxies commonly allow.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);

    private const string Root = "/ofrep/v1";
    private const int InactivitySeconds = 120;

    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost($"{Root}/evaluate/flags/{{key}}", OneAsync);
        routes.MapPost($"{Root}/evaluate/flags", AllAsync);
        routes.MapGet($"{Root}/events", EventsAsync);
    }

    private async Task OneAsync(HttpContext context)
    {
        var key = (string)context.Request.RouteValues["key"]!;
        var (asked, code, details) = await EvaluationRequest.ReadAsync(context.Request);
        if (asked is null) await AnswerAsync(context, 400, json => EvaluationAnswer.WriteError(json, key, code!, details!));
        else if (store.Current is not { } set) await NotHereAsync(context, key);
        else if (!set.ByName.TryGetValue(key, out var entry)) await AnswerAsync(context, 404, json => EvaluationAnswer.WriteError(json, key, "FLAG_NOT_FOUND", "There is no flag of that name."));
        else
        {
            var isResult = false;
            var body = Render(json => isResult = answer.Write(json, entry, asked));
            await AnswerAsync(context, isResult ? 200 : 400, body);
        }
    }

    private async Task AllAsync(HttpContext context)
    {
        var (asked, code, details) = await EvaluationRequest.ReadAsync(context.Request);
        if (asked is null)
        {
            await AnswerAsync(context, 400, json => EvaluationAnswer.WriteError(json, null, code!, details!));
            return;
        }
        if (store.Current is not { } set)
        {
            await NotHereAsync(context, null);
            return;
        }
        var body = Render(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("flags"u8);
            foreach (var entry in set.All) answer.Write(json, entry, asked);
            json.WriteEndArray();
            json.WriteStartObject("metadata"u8);
            json.WriteString("flagSetId"u8, store.Name.Value);
            json.WriteString("version"u8, set.Revision.ToString());
            json.WriteEndObject();
            json.WriteStartArray("eventStreams"u8);
            json.WriteStartObject();
            json.WriteString("type"u8, "sse"u8);
            json.WriteString("url"u8, $"{context.Request.Scheme}://{context.Request.Host}{Root}/events");
            json.WriteNumber("inactivityDelaySec"u8, InactivitySeconds);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        });
        var etag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body.Span))[..32]}\""; // results differ by context and by time: they are what is compared
        context.Response.Headers.ETag = etag;
        if (context.Request.Headers.IfNoneMatch.Any(one => one?.Contains(etag, StringComparison.Ordinal) == true)) context.Response.StatusCode = 304;
        else await AnswerAsync(context, 200, body);
    }

    /// <summary>Server-sent events: one now for who has seen other flags than these, and one at every change of a flag.</summary>
    private async Task EventsAsync(HttpContext context)
    {
        var (response, gone) = (context.Response, context.RequestAborted);
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        var seen = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : store.Current?.Digest;
        await response.WriteAsync(": flags\n\n", gone);
        while (!gone.IsCancellationRequested)
        {
            await response.Body.FlushAsync(gone);
            using var silence = new CancellationTokenSource(HeartbeatInterval, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, silence.Token);
            try
            {
                var set = await store.NextAsync(seen, either.Token);
                seen = set.Digest;
                var data = Render(json =>
                {
                    json.WriteStartObject();
                    json.WriteString("type"u8, "refetchEvaluation"u8);
                    json.WriteString("etag"u8, set.Digest);
                    json.WriteNumber("lastModified"u8, set.ChangedAt.ToUnixTimeSeconds());
                    json.WriteEndObject();
                });
                await response.WriteAsync($"id: {seen}\ndata: {System.Text.Encoding.UTF8.GetString(data.Span)}\n\n", gone);
            }
            catch (OperationCanceledException) when (!gone.IsCancellationRequested) { await response.WriteAsync($": {time.GetUtcNow().ToString("r", CultureInfo.InvariantCulture)}\n\n", gone); }
        }
    }

    private static Task NotHereAsync(HttpContext context, string? key)
    {
        context.Response.Headers.RetryAfter = "1";
        return AnswerAsync(context, 503, json => EvaluationAnswer.WriteError(json, key, "GENERAL", "The flags are not here yet."));
    }

    private static ReadOnlyMemory<byte> Render(Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(body, s_json)) write(json);
        return body.WrittenMemory;
    }

    private static Task AnswerAsync(HttpContext context, int status, Action<Utf8JsonWriter> write) => AnswerAsync(context, status, Render(write));

    private static async Task AnswerAsync(HttpContext context, int status, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}
