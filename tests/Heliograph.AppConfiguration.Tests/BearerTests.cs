// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.AppConfiguration.Access;
using Heliograph.Core.Sequencing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Tokens of an OpenID Connect issuer: a real one, on loopback, with its own key.</summary>
public sealed class BearerTests
{
    [Fact]
    public async Task A_token_of_the_issuer_opens_the_store_of_the_host_name_as_far_as_the_realms_roles_go()
    {
        await using var issuer = await Issuer.StartAsync();
        await using var face = await RunningFace.StartAsync(new BearerOptions { Authority = issuer.Address, Audience = "app-configuration", Stores = new Dictionary<string, NamespaceName> { ["127.0.0.1"] = RunningFace.Store } });
        foreach (var (subject, role) in new[] { ("ann", "author"), ("rob", "reader") })
            await face.Origin.Sequencer.SubmitAsync(new Submission.Change(new Changeset(NamespaceName.Realm, [new SettingOperation.Put(Setting.Of($"roles/{subject}", $$"""{"subject":"oidc:{{subject}}","role":"{{role}}","namespaces":"store.*"}"""))]), "test", RunningFace.Id()), RunningFace.Cancel);
        Task<Reply> SendAsync(string method, string token, JsonObject? body = null) => face.Client.SendAsync(method, $"/kv/k?{Newest}", body, ("Authorization", $"Bearer {token}"));

        Assert.Equal(200, (await SendAsync("PUT", issuer.Token("ann"), new JsonObject { ["value"] = "1" })).Code);
        Assert.Equal(200, (await SendAsync("GET", issuer.Token("rob"))).Code);
        Assert.Equal(403, (await SendAsync("PUT", issuer.Token("rob"), new JsonObject { ["value"] = "2" })).Code);
        Assert.Equal(403, (await SendAsync("GET", issuer.Token("nobody"))).Code);
        Assert.Equal(401, (await SendAsync("GET", issuer.Token("ann", audience: "other"))).Code);
        Assert.Equal(401, (await SendAsync("GET", issuer.Token("ann", lifetime: TimeSpan.FromHours(-1)))).Code);
        Assert.Equal(401, (await SendAsync("GET", issuer.Token("ann")[..^4] + "AAAA")).Code);
        Assert.Equal(401, (await SendAsync("GET", "not-a-token")).Code);
    }

    private sealed class Issuer(WebApplication application, ECDsa key, Uri address) : IAsyncDisposable
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
}
