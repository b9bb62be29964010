// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Heliograph.Platform.Pki;

/// <summary>A new key pair, and the proof to the authority that one has it (PKCS #10, RFC 2986). Names in it mean nothing: the authority knows who asks.</summary>
public sealed class CertificateSigningRequest : IDisposable
{
    /// <summary>Longest request in PEM, in characters.</summary>
    public const int PemCharsMax = 4_096;

    private const string P256 = "1.2.840.10045.3.1.7";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The request, signed with the new key.</summary>
    public string ToPem() => new CertificateRequest("CN=heliograph", _key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    /// <summary>Joins the certificate that came back with the key.</summary>
    /// <exception cref="CryptographicException">It is no certificate, or of another key.</exception>
    public X509Certificate2 Join(string certificatePem)
    {
        using var bare = X509Certificate2.CreateFromPem(certificatePem);
        using var theirs = bare.GetECDsaPublicKey();
        if (theirs is null || !theirs.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_key.ExportSubjectPublicKeyInfo())) throw new CryptographicException("The certificate that came back is of another key.");
        return CertificateFiles.Usable(bare.CopyWithPrivateKey(_key));
    }

    /// <summary>Reads somebody's request: an ECDSA P-256 key whose owner signed it.</summary>
    public static bool TryRead(string pem, [NotNullWhen(true)] out PublicKey? key, [NotNullWhen(false)] out string? error)
    {
        key = null;
        error = $"A signing request has at most {PemCharsMax} characters.";
        if (pem.Length > PemCharsMax) return false;
        try
        {
            var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256); // checks the signature
            using var ecdsa = request.PublicKey.GetECDsaPublicKey();
            error = "The key of a signing request is ECDSA P-256.";
            if (ecdsa?.ExportParameters(false).Curve.Oid.Value != P256) return false;
            (key, error) = (request.PublicKey, null);
            return true;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or NotSupportedException)
        {
            error = "This is no signing request in PEM, or its signature does not hold.";
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
