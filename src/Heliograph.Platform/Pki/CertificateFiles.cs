// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.Pki;

/// <summary>A certificate and its key on disk: <c>name.pem</c> (mode 0644) and <c>name-key.pem</c> (PKCS #8, mode 0600).</summary>
public static class CertificateFiles
{
    /// <summary>Writes both files, replacing what was there: the key first, so that a certificate never stands without its key.</summary>
    /// <returns>Paths of the two files.</returns>
    /// <exception cref="IOException">They could not be written.</exception>
    public static (string Certificate, string Key) Save(X509Certificate2 certificate, string directory, string name)
    {
        Directory.CreateDirectory(directory);
        var (certificatePath, keyPath) = (Path.Combine(directory, $"{name}.pem"), Path.Combine(directory, $"{name}-key.pem"));
        Write(certificate, certificatePath, keyPath);
        return (certificatePath, keyPath);
    }

    /// <summary>The same, to two paths whose directories exist.</summary>
    /// <exception cref="IOException">They could not be written.</exception>
    public static void Write(X509Certificate2 certificate, string certificatePath, string keyPath)
    {
        using var key = certificate.GetECDsaPrivateKey() ?? throw new ArgumentException("The certificate comes without an ECDSA private key.", nameof(certificate));
        ProtectedFile.Write(keyPath, key.ExportPkcs8PrivateKeyPem() + "\n", ProtectedFile.OwnerOnly, replace: true);
        ProtectedFile.Write(certificatePath, certificate.ExportCertificatePem() + "\n", ProtectedFile.Public, replace: true);
    }

    /// <summary>Reads a certificate and its key, and checks that peers of the realm would believe it.</summary>
    /// <param name="certificatePath">PEM file of the certificate.</param>
    /// <param name="keyPath">PEM file of the key.</param>
    /// <param name="authority">The realm's authority.</param>
    /// <param name="now">The time by which it must be valid.</param>
    /// <exception cref="IOException">A file cannot be read, or the key is accessible to others than its owner.</exception>
    /// <exception cref="CryptographicException">Expired, of another realm or authority, or the key is not the certificate's; the message says which and of what file.</exception>
    public static X509Certificate2 Load(string certificatePath, string keyPath, RealmAuthority authority, DateTimeOffset now)
    {
        var certificate = LoadPair(certificatePath, keyPath);
        if (authority.TryIdentify(certificate, now, ofServer: false, out _, out var error)) return certificate;
        var until = certificate.NotAfter.ToUniversalTime();
        certificate.Dispose();
        throw new CryptographicException($"{certificatePath}: {error}. It is valid until {until:yyyy-MM-dd HH:mm}Z.");
    }

    /// <summary>Reads the two files and checks only that they belong together: a host whose certificate expired still starts, and serves what it holds.</summary>
    /// <exception cref="IOException">A file cannot be read, or the key is accessible to others than its owner.</exception>
    /// <exception cref="CryptographicException">They are not a certificate and its key.</exception>
    public static X509Certificate2 LoadPair(string certificatePath, string keyPath)
    {
        var certificatePem = System.Text.Encoding.UTF8.GetString(ProtectedFile.ReadPublic(certificatePath));
        var keyPem = ProtectedFile.ReadSecret(keyPath);
        try
        {
            return Usable(X509Certificate2.CreateFromPem(certificatePem, keyPem));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CryptographicException($"{certificatePath} and {keyPath} are not a certificate and its private key.", exception);
        }
    }

    /// <summary>Windows' TLS cannot use a key that exists in memory only; a round trip through PKCS #12 gives it one that it can.</summary>
    internal static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows()) return certificate;
        using (certificate) return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
