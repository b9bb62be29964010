// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>An OpenID Connect issuer on loopback, with a key of its own.</summary>
internal sealed class Issuer(WebApplication application, ECDsa key, Uri address) : IAsyncDisposable
{
    public Uri Address => address;

    public static async Task<Issuer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Uri? address = null;
        application.Run(context => context.Response.WriteAsync(context.Request.Path == "/jwks" ? Keys(key) : $$"""{"issuer":"{{address}}","jwks_uri":"{{address}}jwks"}"""));
        await application.StartAsync(RunningFace.Cancel);
        address = new Uri(application.Urls.Single());
        return new(application, key, address);
    }

    public string Token(string subject, string audience = "app-configuration", TimeSpan? lifetime = null)
    {
        var now = DateTimeOffset.UtcNow;
        var header = Encode("""{"alg":"ES256","typ":"JWT","kid":"k"}"""u8);
        var payload = Encode(Encoding.UTF8.GetBytes(new JsonObject
        {
            ["iss"] = address.ToString(), ["aud"] = audience, ["sub"] = subject,
            ["nbf"] = now.AddHours(-2).ToUnixTimeSeconds(), ["exp"] = (now + (lifetime ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(),
        }.ToJsonString()));
        return $"{header}.{payload}.{Encode(key.SignData(Encoding.ASCII.GetBytes($"{header}.{payload}"), HashAlgorithmName.SHA256))}";
    }

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        key.Dispose();
    }

    private static string Keys(ECDsa key)
    {
        var point = key.ExportParameters(false).Q;
        return new JsonObject { ["keys"] = new JsonArray(new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = "k", ["use"] = "sig", ["alg"] = "ES256", ["x"] = Encode(point.X), ["y"] = Encode(point.Y) }) }.ToJsonString();
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
