// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Heliograph.Benchmarks.AppConfiguration;

/// <summary>What the face is measured beside: a Kestrel endpoint that checks the signature and answers fixed bytes, 304 to who has their tag. It knows one key, no store and no rules.</summary>
internal static class BareEndpoint
{
    /// <summary>The entity tag of the fixed bytes.</summary>
    public const string ETag = "\"fixed\"";

    /// <summary>Serves until the process is told to stop; prints a line of JSON when it is ready.</summary>
    /// <param name="port">On loopback.</param>
    /// <param name="id">The key's name; <see langword="null"/>: nobody signs, and nothing is checked.</param>
    /// <param name="secret">The key.</param>
    /// <param name="bodyBytes">How much is answered.</param>
    public static async Task RunAsync(int port, string? id, string secret, int bodyBytes)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        var application = builder.Build();
        var (key, prefix, body) = (Convert.FromBase64String(secret), $"HMAC-SHA256 Credential={id}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=", Encoding.UTF8.GetBytes(new string('x', bodyBytes)));
        application.Run(async context =>
        {
            var (request, response) = (context.Request, context.Response);
            if (id is not null && !IsSigned(context, key, prefix)) response.StatusCode = 401;
            else if (request.Headers.IfNoneMatch == ETag) (response.StatusCode, response.Headers.ETag) = (304, ETag);
            else
            {
                response.ContentLength = body.Length;
                await response.BodyWriter.WriteAsync(body);
            }
        });
        await application.StartAsync();
        Console.WriteLine("{\"ready\":true}");
        var stopped = new TaskCompletionSource();
        using var signal = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopped.TrySetResult();
        });
        await stopped.Task;
        await application.DisposeAsync();
    }

    private static bool IsSigned(HttpContext context, byte[] key, string prefix)
    {
        var headers = context.Request.Headers;
        var authorization = headers.Authorization.ToString();
        if (!authorization.StartsWith(prefix, StringComparison.Ordinal)) return false;
        var text = $"{context.Request.Method}\n{context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}\n{headers["x-ms-date"]};{headers.Host};{headers["x-ms-content-sha256"]}";
        Span<byte> given = stackalloc byte[32], expected = stackalloc byte[32];
        if (!Convert.TryFromBase64Chars(authorization.AsSpan(prefix.Length), given, out var count) || count != 32) return false;
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text), expected);
        return CryptographicOperations.FixedTimeEquals(given, expected);
    }
}
