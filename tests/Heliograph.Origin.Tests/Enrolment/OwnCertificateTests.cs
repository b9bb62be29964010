// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Hosting.Certificates;
using Heliograph.Hosting.Listening;
using Heliograph.Origin.Enrolment;
using Heliograph.Platform.Pki;
using Heliograph.Storage.Sqlite.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Enrolment;

public sealed class OwnCertificateTests
{
    [Fact]
    public async Task An_origin_shows_the_successor_that_it_issued_itself_from_the_next_connection_on()
    {
        using var directory = new ScratchDirectory();
        using var authority = CertificateAuthority.Create("heliograph", TimeProvider.System);
        authority.Save(directory.Path);
        using var first = authority.Issue(SpiffeId.Origin("heliograph", "o1"), ["origin.example"], [IPAddress.Loopback]);
        var (certificate, key) = CertificateFiles.Save(first, directory.File("node"), "node");
        var source = new CertificateSource(certificate, key, TimeProvider.System);
        await using var origin = await RunningOrigin.StartAsync(tls: new ServerTls(authority.Authority, () => source.Current));
        Assert.Equal(first.SerialNumber, (await ShownAsync(origin)).SerialNumber);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var renewal = new CertificateRenewal(_ => Task.FromResult(OwnCertificate.Renew("heliograph", directory.Path, certificate, key, TimeSpan.FromDays(7), time)), certificate, key, time, new Random(1), NullLogger<CertificateRenewal>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        stop.CancelAfter(TimeSpan.FromSeconds(60));
        var running = renewal.RunAsync(stop.Token);

        time.Advance(TimeSpan.FromDays(63)); // 70 % of 90 days
        X509Certificate2 shown;
        while ((shown = await ShownAsync(origin)).SerialNumber == first.SerialNumber) await Task.Delay(TimeSpan.FromMilliseconds(100), stop.Token); // the files are looked at once a second

        Assert.NotEqual(first.SerialNumber, shown.SerialNumber);
        Assert.NotEqual(first.PublicKey.ExportSubjectPublicKeyInfo(), shown.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.True(authority.Authority.TryIdentify(shown, time.GetUtcNow(), ofServer: true, out var id, out _));
        Assert.Equal("spiffe://heliograph/origin/o1", id.ToString());
        Assert.True(shown.MatchesHostname("origin.example"));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public void What_another_authority_issued_or_is_no_origins_is_not_renewed()
    {
        using var directory = new ScratchDirectory();
        using var authority = CertificateAuthority.Create("heliograph", TimeProvider.System);
        using var other = CertificateAuthority.Create("heliograph", TimeProvider.System);
        authority.Save(directory.Path);
        using var strangers = other.Issue(SpiffeId.Origin("heliograph", "o1"));
        using var relays = authority.Issue(SpiffeId.Relay("heliograph", "eu", "r1"));
        foreach (var (wrong, name) in new[] { (strangers, "strangers"), (relays, "relays") })
        {
            var (certificate, key) = CertificateFiles.Save(wrong, directory.File(name), "node");
            var fault = Assert.Throws<CryptographicException>(() => OwnCertificate.Renew("heliograph", directory.Path, certificate, key, TimeSpan.FromDays(7), TimeProvider.System));
            Assert.Contains("It is not renewed here", fault.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<X509Certificate2> ShownAsync(RunningOrigin origin)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(origin.Host.Endpoints.Of(ListenProtocol.All).Address!, Cancel);
        X509Certificate2? shown = null;
        await using var tls = new SslStream(socket.GetStream(), false, (_, certificate, _, _) => (shown = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData())) is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", ApplicationProtocols = [SslApplicationProtocol.Http11] }, Cancel);
        return shown!;
    }
}
