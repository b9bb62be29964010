// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Heliograph.Origin.Tests.Oidc;

/// <summary>An OpenID Connect issuer of its own: HTTPS on loopback under an authority of its own, discovery, a JWK set, keys that rotate, and an off switch.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly X509Certificate2 _authority;
    private readonly Dictionary<string, AsymmetricAlgorithm> _keys = [];

    private TestIssuer(WebApplication application, X509Certificate2 authority) => (_application, _authority) = (application, authority);

    /// <summary>The <c>iss</c>.</summary>
    public string Address { get; private set; } = "";

    /// <summary>PEM of its authority.</summary>
    public string Authorities => _authority.ExportCertificatePem();

    /// <summary>What it answers nothing but 503 while it is.</summary>
    public bool IsDown { get; set; }

    /// <summary>How often its keys were asked for.</summary>
    public int KeysAsked { get; private set; }

    /// <summary>What discovery calls it; <see langword="null"/>: what it is.</summary>
    public string? ClaimsToBe { get; set; }

    public static async Task<TestIssuer> StartAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=issuer", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        builder.Services.AddRoutingCore();
        var issuer = new TestIssuer(builder.Build(), certificate);
        issuer._application.Run(issuer.AnswerAsync);
        await issuer._application.StartAsync(TestContext.Current.CancellationToken);
        issuer.Address = issuer._application.Urls.Single();
        issuer.Rotate("k1");
        return issuer;
    }

    /// <summary>From here on it signs with a key of its own for this id, and publishes that one alone.</summary>
    public void Rotate(string kid, bool isRsa = false)
    {
        lock (_keys)
        {
            _keys.Clear();
            _keys[kid] = isRsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        }
    }

    /// <summary>Its JWK set.</summary>
    public string Keys()
    {
        lock (_keys) return new JsonObject { ["keys"] = new JsonArray([.. _keys.Select(pair => Jwk(pair.Key, pair.Value))]) }.ToJsonString();
    }

    /// <summary>The public key in PEM, as an attacker has it.</summary>
    public string PublicKey()
    {
        lock (_keys) return _keys.Values.Single().ExportSubjectPublicKeyInfoPem();
    }

    /// <summary>A token of it.</summary>
    public string Token(string subject, string audience = "heliograph", TimeSpan? lifetime = null, DateTimeOffset? now = null, string? type = "JWT", Action<JsonObject>? header = null, Action<JsonObject>? payload = null)
    {
        var at = now ?? DateTimeOffset.UtcNow;
        lock (_keys)
        {
            var (kid, key) = _keys.Single();
            var head = new JsonObject { ["alg"] = key is RSA ? "RS256" : "ES256", ["kid"] = kid };
            if (type is not null) head["typ"] = type;
            header?.Invoke(head);
            var body = new JsonObject { ["iss"] = Address, ["aud"] = audience, ["sub"] = subject, ["iat"] = at.ToUnixTimeSeconds(), ["exp"] = (at + (lifetime ?? TimeSpan.FromMinutes(10))).ToUnixTimeSeconds() };
            payload?.Invoke(body);
            var signed = $"{Encode(head)}.{Encode(body)}";
            return $"{signed}.{Base64Url.EncodeToString(Sign(key, Encoding.ASCII.GetBytes(signed)))}";
        }
    }

    /// <summary>A part of a token.</summary>
    public static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _authority.Dispose();
        foreach (var key in _keys.Values) key.Dispose();
    }

    private static byte[] Sign(AsymmetricAlgorithm key, byte[] data) => key is RSA rsa ? rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : ((ECDsa)key).SignData(data, HashAlgorithmName.SHA256);

    private Task AnswerAsync(HttpContext context)
    {
        if (IsDown)
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        }
        if (context.Request.Path == "/.well-known/openid-configuration") return context.Response.WriteAsync(new JsonObject { ["issuer"] = ClaimsToBe ?? Address, ["jwks_uri"] = $"{Address}/keys" }.ToJsonString());
        KeysAsked++;
        return context.Response.WriteAsync(Keys());
    }

    private static JsonObject Jwk(string kid, AsymmetricAlgorithm key)
    {
        if (key is RSA rsa && rsa.ExportParameters(false) is var numbers) return new() { ["kty"] = "RSA", ["use"] = "sig", ["kid"] = kid, ["n"] = Base64Url.EncodeToString(numbers.Modulus), ["e"] = Base64Url.EncodeToString(numbers.Exponent) };
        var point = ((ECDsa)key).ExportParameters(false).Q;
        return new() { ["kty"] = "EC", ["crv"] = "P-256", ["use"] = "sig", ["kid"] = kid, ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) };
    }
}
