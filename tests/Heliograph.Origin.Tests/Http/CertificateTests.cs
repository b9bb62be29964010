// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Pki;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

/// <summary>REST under TLS: a client certificate of the realm is who its SPIFFE id says, another one is nobody.</summary>
public sealed class CertificateTests
{
    [Fact]
    public async Task A_client_certificate_proves_its_subject_and_the_entry_names_it()
    {
        using var authority = CertificateAuthority.Create("heliograph", TimeProvider.System);
        using var server = authority.Issue(SpiffeId.Origin("heliograph", "a"), addresses: [IPAddress.Loopback]);
        var app = SpiffeId.App("heliograph", "ci", "deploy");
        using var certificate = authority.Issue(app);
        await using var origin = await RunningOrigin.StartAsync(tls: new ServerTls(authority.Authority, () => server));
        await origin.SeedAsync("shop");
        using var client = ClientFor(origin, authority.Authority, certificate);
        using var nobody = ClientFor(origin, authority.Authority, null);
        using var tokenBearer = ClientFor(origin, authority.Authority, null);
        tokenBearer.DefaultRequestHeaders.Authorization = new("Bearer", (await File.ReadAllTextAsync(origin.Host.AdminTokenPath, Cancel)).Trim());

        await SendAsync(nobody, HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
        await SendAsync(tokenBearer, HttpMethod.Get, "/api/v1/namespaces/shop");
        await SendAsync(client, HttpMethod.Get, "/api/v1/namespaces/shop", expected: HttpStatusCode.NotFound); // proven, and bound to no role
        var role = new JsonObject { ["subject"] = "spiffe://heliograph/app/ci/*", ["role"] = "author", ["namespaces"] = "shop" }.ToJsonString();
        await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/heliograph.realm/setting?key=roles/ci", new JsonObject { ["value"] = role });
        var change = await SendAsync(client, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "1" });

        Assert.Equal(app.ToString(), (string)change["actor"]!);
        // A token that is wrong is not made good by the certificate beside it
        client.DefaultRequestHeaders.Authorization = new("Bearer", "hlg_0123456789abcdef_" + new string('0', 64));
        await SendAsync(client, HttpMethod.Get, "/api/v1/namespaces/shop", expected: HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_turned_away_in_the_handshake()
    {
        using var authority = CertificateAuthority.Create("heliograph", TimeProvider.System);
        using var other = CertificateAuthority.Create("heliograph", TimeProvider.System);
        using var server = authority.Issue(SpiffeId.Origin("heliograph", "a"), addresses: [IPAddress.Loopback]);
        using var certificate = other.Issue(SpiffeId.App("heliograph", "ci", "deploy"));
        await using var origin = await RunningOrigin.StartAsync(tls: new ServerTls(authority.Authority, () => server));
        using var client = ClientFor(origin, authority.Authority, certificate);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync(new Uri("/api/v1", UriKind.Relative), Cancel));
    }

    private static HttpClient ClientFor(RunningOrigin origin, RealmAuthority authority, X509Certificate2? certificate) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = certificate is null ? null : [certificate],
            CertificateChainPolicy = authority.ChainPolicy(DateTimeOffset.UtcNow, ofServer: true),
        },
    })
    {
        BaseAddress = new Uri($"https://{origin.Host.Endpoints.Of(ListenProtocol.All).Address}"),
    };
}
