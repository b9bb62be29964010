// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Heliograph.Hosting.Tests;

/// <summary>Certificates that the realm's own authority would never issue.</summary>
public static class TestCertificates
{
    /// <summary>Vouched for by nobody, with any URIs.</summary>
    public static X509Certificate2 SelfSigned(DateTimeOffset now, params string[] uris)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(key, uris).CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
    }

    /// <summary>Signed by any certificate whose key is at hand, with any URIs.</summary>
    public static X509Certificate2 SignedBy(X509Certificate2 issuer, DateTimeOffset now, params string[] uris)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuerKey = issuer.GetECDsaPrivateKey()!;
        using var certificate = Request(key, uris).Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), now.AddMinutes(-4), now.AddDays(1), [0x41, .. RandomNumberGenerator.GetBytes(15)]);
        return certificate.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Request(ECDsa key, string[] uris)
    {
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        foreach (var uri in uris) names.AddUri(new(uri));
        request.CertificateExtensions.Add(names.Build());
        return request;
    }
}
