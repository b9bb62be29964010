// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Pki;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Hosting.Tests.Pki;

public sealed class CertificateSourceTests
{
    private static readonly FakeTimeProvider Time = new(TestTier.Start);

    [Fact]
    public void A_pair_that_is_replaced_is_read_and_half_a_replacement_changes_nothing()
    {
        using var directory = new TemporaryDirectory();
        using var authority = CertificateAuthority.Create("shop", Time);
        using var first = authority.Issue(SpiffeId.Relay("shop", "eu", "r1"));
        using var second = authority.Issue(SpiffeId.Relay("shop", "eu", "r1"));
        var (certificatePath, keyPath) = CertificateFiles.Save(first, directory.Join("."), "node");
        var source = new CertificateSource(certificatePath, keyPath, Time);
        Assert.Equal(first.SerialNumber, source.Current.SerialNumber);

        var aside = directory.Join("aside");
        var (newCertificate, newKey) = CertificateFiles.Save(second, aside, "node");
        Replace(newKey, keyPath, 1);
        Time.Advance(CertificateSource.LookInterval);
        Assert.Equal(first.SerialNumber, source.Current.SerialNumber); // the key of the second beside the first certificate
        Replace(newCertificate, certificatePath, 2);
        Assert.Equal(first.SerialNumber, source.Current.SerialNumber); // not looked at again so soon
        Time.Advance(CertificateSource.LookInterval);
        Assert.Equal(second.SerialNumber, source.Current.SerialNumber);
        File.WriteAllText(certificatePath, "damaged");
        File.SetLastWriteTimeUtc(certificatePath, TestTier.Start.UtcDateTime.AddMinutes(3));
        Time.Advance(CertificateSource.LookInterval);
        Assert.Equal(second.SerialNumber, source.Current.SerialNumber);
    }

    [Fact]
    public void A_signing_request_counts_for_its_key_alone_and_only_if_its_owner_signed_it()
    {
        using var authority = CertificateAuthority.Create("shop", Time);
        using var request = new CertificateSigningRequest();
        var pem = request.ToPem();
        Assert.True(CertificateSigningRequest.TryRead(pem, out var key, out _));
        using var issued = authority.Issue(SpiffeId.Agent("shop", "host-1"), key, null, null, TimeSpan.FromDays(7));
        using var joined = request.Join(issued.ExportCertificatePem());
        Assert.True(joined.HasPrivateKey);
        Assert.True(authority.Authority.TryIdentify(joined, Time.GetUtcNow(), ofServer: false, out var id, out _));
        Assert.Equal("spiffe://shop/agent/host-1", id.ToString());

        using var other = new CertificateSigningRequest();
        Assert.Throws<CryptographicException>(() => other.Join(issued.ExportCertificatePem()));
        using var rsa = RSA.Create(2048);
        Assert.False(CertificateSigningRequest.TryRead(new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem(), out _, out _));
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.False(CertificateSigningRequest.TryRead(new CertificateRequest("CN=x", p384, HashAlgorithmName.SHA384).CreateSigningRequestPem(), out _, out _));
        var bytes = PemEncoding.Find(pem) is var fields ? Convert.FromBase64String(pem[fields.Base64Data]) : [];
        bytes[^1] ^= 1;
        foreach (var wrong in new[] { "", "no request", PemEncoding.WriteString("CERTIFICATE REQUEST", bytes), new string('x', 5_000) }) Assert.False(CertificateSigningRequest.TryRead(wrong, out _, out _));
    }

    private static void Replace(string from, string to, int minutes)
    {
        File.Move(from, to, overwrite: true);
        File.SetLastWriteTimeUtc(to, TestTier.Start.UtcDateTime.AddMinutes(minutes));
    }
}
