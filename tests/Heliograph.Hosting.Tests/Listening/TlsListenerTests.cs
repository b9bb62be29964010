// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Net;
using Heliograph.Platform.Pki;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Tests.Listening;

public sealed class TlsListenerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_port_speaks_the_native_envelope_HTTP2_and_HTTP1()
    {
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");

        await using var connection = await tier.DialAsync(tier.Tls);
        var accepted = await tier.Acceptor.NextAsync();
        await connection.WriteTextAsync("up");
        Assert.Equal("up", await accepted.Connection.ReadTextAsync(2));
        await accepted.Connection.WriteTextAsync("down");
        Assert.Equal("down", await connection.ReadTextAsync(4));

        using var http = tier.Https();
        foreach (var version in new[] { HttpVersion.Version20, HttpVersion.Version11 })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/who") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await http.SendAsync(request, Cancel);
            Assert.StartsWith($"HTTP/{(version.Major == 2 ? "2" : "1.1")} Anonymous", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
        Assert.True(tier.Acceptor.IsEmpty);
    }

    [Fact]
    public async Task Who_offers_everything_gets_the_native_envelope_and_who_offers_nothing_known_gets_nothing()
    {
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");

        var (chosen, stream) = await HandshakeAsync(tier, SslApplicationProtocol.Http11, SslApplicationProtocol.Http2, ParentHandshake.Native);
        await using (stream) Assert.Equal(ParentHandshake.Native, chosen);
        (chosen, stream) = await HandshakeAsync(tier, SslApplicationProtocol.Http11, SslApplicationProtocol.Http2);
        await using (stream) Assert.Equal(SslApplicationProtocol.Http2, chosen);
        (chosen, stream) = await HandshakeAsync(tier, SslApplicationProtocol.Http11);
        await using (stream) Assert.Equal(SslApplicationProtocol.Http11, chosen);
        await Assert.ThrowsAsync<AuthenticationException>(() => HandshakeAsync(tier, new SslApplicationProtocol("heliograph-sync/9")));
    }

    [Fact]
    public async Task TLS_before_1_2_is_not_spoken()
    {
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
#pragma warning disable SYSLIB0039, CA5397 // that is what is tested
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync(tier, SslProtocols.Tls11, ParentHandshake.Native));
#pragma warning restore SYSLIB0039, CA5397
        var (_, stream) = await HandshakeAsync(tier, SslProtocols.Tls12, ParentHandshake.Native);
        await using (stream) Assert.Equal(SslProtocols.Tls12, stream.SslProtocol);
    }

    [Fact]
    public async Task A_certificate_is_the_identity_and_no_certificate_is_nobody()
    {
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        using var agent = tier.Authority.Issue(SpiffeId.Agent("shop", "host-1"));

        await using var named = await tier.DialAsync(tier.Tls, agent);
        Assert.Equal(new("spiffe://shop/agent/host-1", PeerKind.Certificate), (await tier.Acceptor.NextAsync()).Peer);
        await using var unnamed = await tier.DialAsync(tier.Tls);
        Assert.Equal(PeerIdentity.Anonymous, (await tier.Acceptor.NextAsync()).Peer);

        using var http = tier.Https(agent);
        Assert.Equal("HTTP/1.1 Certificate spiffe://shop/agent/host-1", await http.GetStringAsync("/who", Cancel));
        tier.Time.Advance(TimeSpan.FromDays(91)); // the same connection, its certificate's time over
        Assert.Equal("HTTP/1.1 Anonymous ", await http.GetStringAsync("/who", Cancel));
    }

    [Theory]
    [InlineData("another authority of the same realm")]
    [InlineData("another realm")]
    [InlineData("expired")]
    [InlineData("not yet valid")]
    [InlineData("two URIs")]
    [InlineData("no URI")]
    [InlineData("a role that does not exist")]
    [InlineData("self-signed")]
    public async Task A_certificate_that_does_not_hold_is_turned_away_and_nothing_is_served(string fault)
    {
        // Given
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        using var certificate = Faulty(tier, fault);
        var shift = fault switch { "expired" => TimeSpan.FromHours(2), _ => TimeSpan.Zero };
        tier.Time.Advance(shift);

        // When it is shown over the native envelope and over HTTP
        var refused = false;
        try
        {
            await using var connection = await tier.DialAsync(tier.Tls, certificate);
            refused = await connection.IsClosedAsync(); // with TLS 1.3 the client learns it at its first read
        }
        catch (IOException)
        {
            refused = true;
        }
        using var http = tier.Https(certificate);

        // Then
        Assert.True(refused);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/who", Cancel));
        Assert.True(tier.Acceptor.IsEmpty);
    }

    [Fact]
    public async Task A_connection_does_not_outlive_its_certificate()
    {
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        using var agent = tier.Authority.Issue(SpiffeId.Agent("shop", "host-1"), life: TimeSpan.FromHours(1));
        await using var connection = await tier.DialAsync(tier.Tls, agent);
        var accepted = await tier.Acceptor.NextAsync();

        tier.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.False(accepted.Token.IsCancellationRequested);
        tier.Time.Advance(TimeSpan.FromMinutes(2));

        Assert.True(accepted.Token.IsCancellationRequested);
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task A_connection_under_TLS_ends_at_its_age_and_not_before_nine_tenths_of_it()
    {
        await using var tier = await new TestTier().StartAsync(map: null, null, new() { ConnectionAgeMax = TimeSpan.FromHours(10) }, "tls://127.0.0.1:0", "tcp://127.0.0.1:0");
        await using var bearer = await tier.DialAsync(tier.Tls); // proves itself by a token, if at all
        var ofBearer = await tier.Acceptor.NextAsync();
        using var certificate = tier.Authority.Issue(SpiffeId.Relay("shop", "eu", "r2"));
        await using var relay = await tier.DialAsync(tier.Tls, certificate);
        var ofRelay = await tier.Acceptor.NextAsync();
        await using var local = await tier.DialAsync(tier.Endpoints.Of(ListenProtocol.Sync).ToString());
        var ofLocal = await tier.Acceptor.NextAsync();

        tier.Time.Advance(TimeSpan.FromHours(9) - TimeSpan.FromSeconds(1));
        Assert.False(ofBearer.Token.IsCancellationRequested || ofRelay.Token.IsCancellationRequested);
        for (var waited = TimeSpan.Zero; !ofRelay.Renewal.IsCancellationRequested && waited < TimeSpan.FromHours(1); waited += TimeSpan.FromSeconds(5)) tier.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(ofRelay.Renewal.IsCancellationRequested && !ofRelay.Token.IsCancellationRequested); // asked first, then ended
        tier.Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));

        Assert.True(ofBearer.Token.IsCancellationRequested && ofRelay.Token.IsCancellationRequested);
        Assert.True(await relay.IsClosedAsync());
        Assert.False(ofLocal.Renewal.IsCancellationRequested || ofLocal.Token.IsCancellationRequested); // proven by this host's kernel, which takes nothing away
    }

    [Fact]
    public async Task A_renewed_server_certificate_is_shown_from_the_next_connection_on()
    {
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        await using (await tier.DialAsync(tier.Tls)) await tier.Acceptor.NextAsync();
        tier.Time.Advance(TimeSpan.FromDays(91)); // the first has expired
        await Assert.ThrowsAsync<IOException>(async () => await tier.DialAsync(tier.Tls));

        tier.ServerCertificate = tier.Authority.Issue(SpiffeId.Relay("shop", "eu", "r1"), ["localhost"]);

        await using (await tier.DialAsync(tier.Tls)) await tier.Acceptor.NextAsync();
    }

    [Theory]
    [InlineData("another authority", "not issued by this realm's authority")]
    [InlineData("another realm", "another realm")]
    [InlineData("an application's", "not")]
    [InlineData("another host name", "another host name")]
    [InlineData("expired", "expired")]
    public async Task A_parent_that_cannot_prove_itself_is_not_believed(string fault, string reason)
    {
        // Given a server with such a certificate
        await using var tier = new TestTier();
        using var impostor = CertificateAuthority.Create("shop", tier.Time);
        using var bank = CertificateAuthority.Create("bank", tier.Time);
        tier.ServerCertificate = fault switch
        {
            "another authority" => impostor.Issue(SpiffeId.Relay("shop", "eu", "r1"), ["localhost"]),
            "another realm" => bank.Issue(SpiffeId.Relay("bank", "eu", "r1"), ["localhost"]),
            "an application's" => tier.SignWithAuthority("spiffe://shop/app/payments/web"), // with a server's key usage all the same
            "another host name" => tier.Authority.Issue(SpiffeId.Relay("shop", "eu", "r1"), ["other.example"]),
            _ => tier.Authority.Issue(SpiffeId.Relay("shop", "eu", "r1"), ["localhost"], life: TimeSpan.FromHours(1)),
        };
        await tier.StartAsync("tls://127.0.0.1:0");
        if (fault == "expired") tier.Time.Advance(TimeSpan.FromHours(2));

        // When it is dialled over either envelope, then the reason is told
        foreach (var address in new[] { tier.Tls, tier.Grpc })
        {
            var failure = await Assert.ThrowsAsync<IOException>(async () => await tier.DialAsync(address));
            Assert.Contains($"the server's certificate is not accepted", failure.Message, StringComparison.Ordinal);
            Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_parent_that_speaks_something_else_is_told_from_one_that_does_not_answer()
    {
        await using var tier = await new TestTier().StartAsync("tcp://127.0.0.1:0");
        var port = tier.Endpoints.All[0].Address!.Port;
        await using var plain = await tier.DialAsync($"tcp://127.0.0.1:{port}"); // it is there, but does no TLS
        await tier.Acceptor.NextAsync();
        var dialling = tier.DialAsync($"tls://localhost:{port}").AsTask();
        var accepted = await tier.Acceptor.NextAsync();
        await accepted.Connection.WriteTextAsync("this is no TLS handshake");
        accepted.Done.SetResult();
        var failure = await Assert.ThrowsAsync<IOException>(() => dialling);
        Assert.Contains("handshake failed", failure.Message, StringComparison.Ordinal);
    }

    private static X509Certificate2 Faulty(TestTier tier, string fault)
    {
        switch (fault)
        {
            case "another authority of the same realm":
                using (var impostor = CertificateAuthority.Create("shop", tier.Time)) return impostor.Issue(SpiffeId.Agent("shop", "host-1"));
            case "another realm":
                using (var bank = CertificateAuthority.Create("bank", tier.Time)) return bank.Issue(SpiffeId.Agent("bank", "host-1"));
            case "expired":
                return tier.Authority.Issue(SpiffeId.Agent("shop", "host-1"), life: TimeSpan.FromHours(1));
            case "not yet valid":
                using (var authority = CertificateAuthority.Load("shop", tier.Directory.Join("ca"), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TestTier.Start.AddDays(2))))
                    return authority.Issue(SpiffeId.Agent("shop", "host-1"));
            case "two URIs":
                return tier.SignWithAuthority("spiffe://shop/agent/host-1", "spiffe://shop/origin/o1");
            case "no URI":
                return tier.SignWithAuthority();
            case "a role that does not exist":
                return tier.SignWithAuthority("spiffe://shop/admin/a1");
            default:
                return TestCertificates.SelfSigned(TestTier.Start, "spiffe://shop/agent/host-1");
        }
    }

    private static Task<(SslApplicationProtocol Chosen, SslStream Stream)> HandshakeAsync(TestTier tier, params SslApplicationProtocol[] offered) => HandshakeAsync(tier, SslProtocols.None, offered);

    private static async Task<(SslApplicationProtocol Chosen, SslStream Stream)> HandshakeAsync(TestTier tier, SslProtocols versions, params SslApplicationProtocol[] offered)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(tier.Tls).Port, Cancel);
        var stream = new SslStream(client.GetStream());
        var options = new ParentHandshake(tier.Authority.Authority, tier.Time).Options("localhost", null, [.. offered]);
        options.EnabledSslProtocols = versions;
        await stream.AuthenticateAsClientAsync(options, Cancel);
        return (stream.NegotiatedApplicationProtocol, stream);
    }
}
