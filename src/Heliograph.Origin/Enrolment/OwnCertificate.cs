// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Pki;

namespace Heliograph.Origin.Enrolment;

/// <summary>The successor of an origin's own certificate, where the origin has the authority that issued it: nobody else has to be asked.</summary>
public static class OwnCertificate
{
    /// <summary>Issues it: same identity, same names, a new key.</summary>
    /// <param name="realm">The realm.</param>
    /// <param name="authorityDirectory">Directory of its authority.</param>
    /// <param name="certificatePath">The certificate, in PEM.</param>
    /// <param name="keyPath">Its key.</param>
    /// <param name="life">How long the successor lasts.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A file holds something else, or the certificate is no origin's of this authority.</exception>
    public static X509Certificate2 Renew(string realm, string authorityDirectory, string certificatePath, string keyPath, TimeSpan life, TimeProvider time)
    {
        using var authority = CertificateAuthority.Load(realm, authorityDirectory, time);
        using var current = CertificateFiles.LoadPair(certificatePath, keyPath);
        var (now, end) = (time.GetUtcNow(), new DateTimeOffset(current.NotAfter));
        // One that has expired is renewed as well: whoever holds the authority may issue what it likes.
        if (!authority.Authority.TryIdentify(current, now < end ? now : end.AddSeconds(-1), ofServer: true, out var identity, out var fault) || identity.Role != PeerRole.Origin)
            throw new CryptographicException($"{certificatePath} is no origin's certificate of the authority in {authorityDirectory}{(fault is null ? "" : $": {fault}")}. It is not renewed here.");
        using var request = new CertificateSigningRequest();
        if (!CertificateSigningRequest.TryRead(request.ToPem(), out var key, out var error)) throw new CryptographicException(error);
        var names = current.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        using var issued = authority.Issue(identity, key, names?.EnumerateDnsNames(), names?.EnumerateIPAddresses(), life);
        return request.Join(issued.ExportCertificatePem());
    }
}
