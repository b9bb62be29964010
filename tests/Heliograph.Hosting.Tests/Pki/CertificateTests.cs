// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Pki;
using Microsoft.Extensions.Time.Testing;

namespace Heliograph.Hosting.Tests.Pki;

public sealed class CertificateTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(Start);
    private readonly CertificateAuthority _authority;

    public CertificateTests() => _authority = CertificateAuthority.Create("shop", _time);

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void An_issued_certificate_proves_its_identity_to_both_sides()
    {
        using var certificate = _authority.Issue(SpiffeId.Relay("shop", "eu", "r1"), ["relay.example"], [IPAddress.Loopback]);
        foreach (var ofServer in (ReadOnlySpan<bool>)[true, false])
        {
            Assert.True(_authority.Authority.TryIdentify(certificate, Start, ofServer, out var id, out var error), error);
            Assert.Equal("spiffe://shop/relay/eu/r1", id.ToString());
        }
        Assert.True(certificate.MatchesHostname("relay.example"));
        Assert.True(certificate.MatchesHostname("127.0.0.1"));
        Assert.False(certificate.MatchesHostname("other.example"));
        using var key = certificate.GetECDsaPrivateKey();
        Assert.Equal(256, key!.KeySize);
    }

    [Fact]
    public void It_begins_five_minutes_ago_and_ends_after_ninety_days_but_never_after_the_authority()
    {
        using var usual = _authority.Issue(SpiffeId.Origin("shop", "o1"));
        using var long_ = _authority.Issue(SpiffeId.Origin("shop", "o1"), life: TimeSpan.FromDays(5_000));
        Assert.Equal(Start.AddMinutes(-5), usual.NotBefore.ToUniversalTime());
        Assert.Equal(Start.AddDays(90), usual.NotAfter.ToUniversalTime());
        Assert.Equal(Start.AddDays(3_652), long_.NotAfter.ToUniversalTime());
        Assert.NotEqual(usual.SerialNumber, long_.SerialNumber);
    }

    [Fact]
    public void An_application_certificate_makes_no_server()
    {
        using var certificate = _authority.Issue(SpiffeId.App("shop", "payments", "web"));
        Assert.True(_authority.Authority.TryIdentify(certificate, Start, ofServer: false, out _, out _));
        Assert.False(_authority.Authority.TryIdentify(certificate, Start, ofServer: true, out _, out var error));
        Assert.Contains("not meant for this use", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-6)] // minutes before it was issued: five are forgiven
    [InlineData(90 * 24 * 60 + 1)]
    public void Outside_its_time_it_proves_nothing(int minutes)
    {
        using var certificate = _authority.Issue(SpiffeId.Origin("shop", "o1"));
        Assert.False(_authority.Authority.TryIdentify(certificate, Start.AddMinutes(minutes), ofServer: false, out var id, out var error));
        Assert.Null(id);
        Assert.Contains("expired or is not valid yet", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_authority_of_the_same_name_proves_nothing()
    {
        using var impostor = CertificateAuthority.Create("shop", _time);
        using var certificate = impostor.Issue(SpiffeId.Origin("shop", "o1"));
        Assert.False(_authority.Authority.TryIdentify(certificate, Start, ofServer: false, out _, out var error));
        Assert.Contains("not issued by this realm's authority", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_realm_proves_nothing_and_cannot_be_issued()
    {
        using var other = CertificateAuthority.Create("bank", _time);
        using var certificate = other.Issue(SpiffeId.Origin("bank", "o1"));
        Assert.False(_authority.Authority.TryIdentify(certificate, Start, ofServer: false, out _, out var error));
        Assert.Contains("another realm", error, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _authority.Issue(SpiffeId.Origin("bank", "o1")));
    }

    [Fact]
    public void A_certificate_cannot_issue_others()
    {
        // Given a relay that signs an origin's certificate with its own
        using var relay = _authority.Issue(SpiffeId.Relay("shop", "eu", "r1"));
        using var forged = TestCertificates.SignedBy(relay, Start, "spiffe://shop/origin/o1");

        // When its chain is completed by the relay's certificate
        using var chain = new X509Chain { ChainPolicy = _authority.Authority.ChainPolicy(Start, ofServer: false) };
        chain.ChainPolicy.ExtraStore.Add(relay);

        // Then
        Assert.False(chain.Build(forged));
    }

    [Theory]
    [InlineData(new string[0], "holds 0 URIs")]
    [InlineData(new[] { "spiffe://shop/origin/o1", "spiffe://shop/relay/eu/r1" }, "holds 2 URIs")]
    [InlineData(new[] { "spiffe://shop/root/o1" }, "path of an identity")]
    [InlineData(new[] { "https://shop/origin/o1" }, "begins with spiffe://")]
    public void Exactly_one_URI_names_the_owner(string[] uris, string expected)
    {
        using var certificate = TestCertificates.SelfSigned(Start, uris);
        Assert.False(RealmAuthority.TryRead(certificate, out var id, out var error));
        Assert.Null(id);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_authority_must_be_one_and_of_the_realm()
    {
        using var other = CertificateAuthority.Create("bank", _time);
        other.Save(_directory.Join("bank"));
        using var leaf = _authority.Issue(SpiffeId.Origin("shop", "o1"));
        Assert.Throws<CryptographicException>(() => RealmAuthority.Load("shop", _directory.Join("bank/ca.pem")));
        Assert.Throws<CryptographicException>(() => CertificateAuthority.Load("shop", _directory.Join("bank"), _time));
        Assert.Throws<CryptographicException>(() => new RealmAuthority("shop", [leaf]));
        Assert.Throws<CryptographicException>(() => new RealmAuthority("shop", []));
        Assert.Throws<ArgumentException>(() => CertificateAuthority.Create("Not A Realm", _time));
    }

    [Fact]
    public void Files_are_read_back_and_keys_are_their_owners_only()
    {
        // Given an authority and a certificate on disk
        _authority.Save(_directory.Path);
        using var issued = _authority.Issue(SpiffeId.Agent("shop", "host-1"));
        var (certificatePath, keyPath) = CertificateFiles.Save(issued, _directory.Path, "agent");

        // When they are read again
        using var authority = CertificateAuthority.Load("shop", _directory.Path, _time);
        using var loaded = CertificateFiles.Load(certificatePath, keyPath, RealmAuthority.Load("shop", _directory.Join("ca.pem")), Start);

        // Then
        Assert.Equal(issued.Thumbprint, loaded.Thumbprint);
        Assert.True(loaded.HasPrivateKey);
        using var next = authority.Issue(SpiffeId.Agent("shop", "host-2"));
        Assert.True(_authority.Authority.TryIdentify(next, Start, ofServer: false, out _, out _));
        Assert.Equal(["agent-key.pem 600", "agent.pem 644", "ca-key.pem 600", "ca.pem 644"], Modes());
    }

    [Fact]
    public void An_authority_on_disk_is_never_overwritten()
    {
        _authority.Save(_directory.Path);
        var before = File.ReadAllText(_directory.Join("ca-key.pem"));
        using var second = CertificateAuthority.Create("shop", _time);
        Assert.Throws<IOException>(() => second.Save(_directory.Path));
        Assert.Equal(before, File.ReadAllText(_directory.Join("ca-key.pem")));
        Assert.Equal(2, Directory.GetFiles(_directory.Path).Length); // and nothing half-written lies about
    }

    [Fact]
    public void A_key_that_others_can_read_is_not_used()
    {
        _authority.Save(_directory.Path);
        _directory.SetMode("ca-key.pem", "640");
        var failure = Assert.Throws<IOException>(() => CertificateAuthority.Load("shop", _directory.Path, _time));
        Assert.Contains("chmod 600", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loading_says_what_is_wrong()
    {
        using var first = _authority.Issue(SpiffeId.Agent("shop", "host-1"));
        using var second = _authority.Issue(SpiffeId.Agent("shop", "host-2"));
        var (certificate, key) = CertificateFiles.Save(first, _directory.Path, "first");
        var (_, otherKey) = CertificateFiles.Save(second, _directory.Path, "second");
        File.WriteAllText(_directory.Join("junk.pem"), "not a certificate");

        var wrongKey = Assert.Throws<CryptographicException>(() => CertificateFiles.Load(certificate, otherKey, _authority.Authority, Start));
        Assert.Contains("are not a certificate and its private key", wrongKey.Message, StringComparison.Ordinal);
        var expired = Assert.Throws<CryptographicException>(() => CertificateFiles.Load(certificate, key, _authority.Authority, Start.AddDays(91)));
        Assert.Contains("2026-05-30 12:00Z", expired.Message, StringComparison.Ordinal);
        Assert.Throws<CryptographicException>(() => CertificateFiles.Load(_directory.Join("junk.pem"), key, _authority.Authority, Start));
        Assert.Throws<FileNotFoundException>(() => CertificateFiles.Load(_directory.Join("none.pem"), key, _authority.Authority, Start));
    }

    private string[] Modes() => [.. Directory.GetFiles(_directory.Path).Order(StringComparer.Ordinal).Select(path => $"{Path.GetFileName(path)} {_directory.Mode(Path.GetFileName(path))}")];
}
