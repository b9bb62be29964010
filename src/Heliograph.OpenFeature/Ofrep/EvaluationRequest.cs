// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.FeatureFlags.Evaluation;
using Microsoft.AspNetCore.Http;

namespace Heliograph.OpenFeature.Ofrep;

/// <summary>What an evaluation is asked for: the context. Unknown members are the application's own and are passed over.</summary>
internal static class EvaluationRequest
{
    private const int BodyBytesMax = 64 << 10;

    /// <summary>Reads the body.</summary>
    /// <returns>The context, or the error code and what is wrong.</returns>
    public static async Task<(FlagContext? Context, string? ErrorCode, string? Details)> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > BodyBytesMax) return (null, "INVALID_CONTEXT", $"A body has at most {BodyBytesMax} bytes.");
        try
        {
            if (request.ContentLength is 0 || (request.ContentLength is null && !request.Headers.ContainsKey("Transfer-Encoding"))) return (FlagContext.Nobody, null, null);
            using var document = await JsonDocument.ParseAsync(new BoundedBody(request.Body, BodyBytesMax), new() { MaxDepth = 32 }, request.HttpContext.RequestAborted);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return (null, "PARSE_ERROR", "The body must be an object.");
            if (!document.RootElement.TryGetProperty("context", out var context) || context.ValueKind == JsonValueKind.Null) return (FlagContext.Nobody, null, null);
            return context.ValueKind == JsonValueKind.Object ? Of(context) : (null, "INVALID_CONTEXT", "The context must be an object.");
        }
        catch (JsonException) { return (null, "PARSE_ERROR", "The body is not JSON."); } // what it says may quote the body: it is not passed on
        catch (InvalidDataException) { return (null, "INVALID_CONTEXT", $"A body has at most {BodyBytesMax} bytes."); }
    }

    private static (FlagContext?, string?, string?) Of(JsonElement context)
    {
        string? user = null;
        if (context.TryGetProperty("targetingKey", out var key) && key.ValueKind != JsonValueKind.Null)
        {
            if (key.ValueKind != JsonValueKind.String) return (null, "INVALID_CONTEXT", "The targetingKey must be a text.");
            user = key.GetString();
        }
        var groups = new List<string>();
        if ((context.TryGetProperty("groups", out var given) || context.TryGetProperty("Groups", out given)) && given.ValueKind != JsonValueKind.Null)
        {
            if (given.ValueKind != JsonValueKind.Array || given.EnumerateArray().Any(one => one.ValueKind != JsonValueKind.String)) return (null, "INVALID_CONTEXT", "The groups must be a list of texts.");
            groups.AddRange(given.EnumerateArray().Select(one => one.GetString()!));
        }
        return (new(user, groups), null, null);
    }

    /// <summary>A body that ends in an error when it is longer than it may be.</summary>
    private sealed class BoundedBody(Stream body, int bytesMax) : Stream
    {
        private int _left = bytesMax;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await body.ReadAsync(buffer, cancellationToken);
            return (_left -= count) < 0 ? throw new InvalidDataException() : count;
        }

        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
