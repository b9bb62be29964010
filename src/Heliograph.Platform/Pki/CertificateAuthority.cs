// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.Pki;

/// <summary>A realm's own small certificate authority: what <c>helio certs</c> works with. Not needed at run time, and best kept off the fleet.</summary>
/// <remarks>ECDSA P-256 throughout. Files in its directory: <c>ca.pem</c> (hand it out) and <c>ca-key.pem</c> (mode 0600; keep it).</remarks>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>Name of the authority's certificate in its directory.</summary>
    public const string CertificateFile = "ca.pem";

    /// <summary>Name of the authority's private key in its directory.</summary>
    public const string KeyFile = "ca-key.pem";

    /// <summary>How long an authority lasts: ten years.</summary>
    public static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3_652);

    /// <summary>How long a certificate lasts unless said otherwise: 90 days, as long as they are renewed by hand.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromDays(90);

    /// <summary>How far back validity begins, for hosts whose clocks are behind: five minutes.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    private readonly X509Certificate2 _certificate;
    private readonly TimeProvider _time;

    private CertificateAuthority(string realm, X509Certificate2 certificate, TimeProvider time) => (Realm, _certificate, _time) = (realm, certificate, time);

    /// <summary>The realm that it vouches for.</summary>
    public string Realm { get; }

    /// <summary>Its public half, as peers use it.</summary>
    public RealmAuthority Authority => new(Realm, [X509CertificateLoader.LoadCertificate(_certificate.RawData)]);

    /// <summary>Makes a new authority, in memory.</summary>
    /// <exception cref="ArgumentException">The realm's name is outside the grammar.</exception>
    public static CertificateAuthority Create(string realm, TimeProvider time)
    {
        if (RealmName.Fault(realm) is { } fault) throw new ArgumentException(fault, nameof(realm));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Heliograph realm {realm}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(SubjectNames.OfUri($"spiffe://{realm}"));
        var now = time.GetUtcNow();
        return new(realm, request.CreateSelfSigned(now - Backdating, now + AuthorityLife), time);
    }

    /// <summary>Reads an authority from its directory.</summary>
    /// <exception cref="IOException">A file cannot be read, or the key is accessible to others than its owner.</exception>
    /// <exception cref="CryptographicException">The files do not belong together, or to this realm.</exception>
    public static CertificateAuthority Load(string realm, string directory, TimeProvider time)
    {
        var certificate = CertificateFiles.LoadPair(Path.Combine(directory, CertificateFile), Path.Combine(directory, KeyFile));
        try
        {
            _ = new RealmAuthority(realm, [certificate]);
            return new(realm, certificate, time);
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }

    /// <summary>The realm that an authority's certificate names.</summary>
    /// <exception cref="CryptographicException">It is no realm's authority.</exception>
    public static string RealmOf(X509Certificate2 authority)
    {
        const string scheme = "spiffe://";
        return SubjectNames.Uris(authority) is [var uri] && uri.StartsWith(scheme, StringComparison.Ordinal) && RealmName.Fault(uri[scheme.Length..]) is null
            ? uri[scheme.Length..]
            : throw new CryptographicException("The certificate is not that of a realm's authority.");
    }

    /// <summary>Writes the authority's two files. Files that exist are not overwritten: a lost key is a fleet to enrol anew.</summary>
    /// <exception cref="IOException">A file exists, or cannot be written.</exception>
    public void Save(string directory)
    {
        Directory.CreateDirectory(directory);
        using var key = _certificate.GetECDsaPrivateKey()!;
        ProtectedFile.Write(Path.Combine(directory, KeyFile), key.ExportPkcs8PrivateKeyPem() + "\n", ProtectedFile.OwnerOnly, replace: false);
        ProtectedFile.Write(Path.Combine(directory, CertificateFile), _certificate.ExportCertificatePem() + "\n", ProtectedFile.Public, replace: false);
    }

    /// <summary>Issues a certificate with a new key.</summary>
    /// <param name="id">Whom it speaks for: its one URI. Applications get one for clients only, everyone else for both sides.</param>
    /// <param name="dnsNames">Host names by which it is reached.</param>
    /// <param name="addresses">IP addresses by which it is reached.</param>
    /// <param name="life">How long from now; <see cref="DefaultLife"/> if <see langword="null"/>. Never beyond the authority's own end.</param>
    /// <exception cref="ArgumentException">The identity is of another realm, or the life is not positive.</exception>
    public X509Certificate2 Issue(SpiffeId id, IEnumerable<string>? dnsNames = null, IEnumerable<IPAddress>? addresses = null, TimeSpan? life = null)
    {
        if (id.Realm != Realm) throw new ArgumentException($"The authority of realm '{Realm}' does not vouch for realm '{id.Realm}'.", nameof(id));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(life ?? DefaultLife, TimeSpan.Zero, nameof(life));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Issue(id, new PublicKey(key), dnsNames, addresses, life ?? DefaultLife);
        return CertificateFiles.Usable(issued.CopyWithPrivateKey(key));
    }

    /// <summary>Issues a certificate for a key that somebody else keeps.</summary>
    /// <param name="id">Whom it speaks for; of this realm.</param>
    /// <param name="key">The public key: ECDSA P-256. That its owner asks is for the caller to know (<see cref="CertificateSigningRequest.TryRead"/>).</param>
    /// <param name="dnsNames">Host names by which it is reached.</param>
    /// <param name="addresses">IP addresses by which it is reached.</param>
    /// <param name="life">How long from now. Never beyond the authority's own end.</param>
    public X509Certificate2 Issue(SpiffeId id, PublicKey key, IEnumerable<string>? dnsNames, IEnumerable<IPAddress>? addresses, TimeSpan life)
    {
        if (id.Realm != Realm) throw new ArgumentException($"The authority of realm '{Realm}' does not vouch for realm '{id.Realm}'.", nameof(id));
        var request = Request(id, key, dnsNames ?? [], addresses ?? []);
        var now = _time.GetUtcNow();
        var authorityEnd = new DateTimeOffset(_certificate.NotAfter);
        var end = now + life;
        var begin = now - Backdating;
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40); // positive and of full length, RFC 5280 section 4.1.2.2
        return request.Create(_certificate, begin, end < authorityEnd ? end : authorityEnd, serial);
    }

    private CertificateRequest Request(SpiffeId id, PublicKey key, IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={id.Name}"), key, HashAlgorithmName.SHA256);
        var uses = new OidCollection { new("1.3.6.1.5.5.7.3.2") };
        if (id.Role != PeerRole.App) uses.Add(new("1.3.6.1.5.5.7.3.1"));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new(id.ToString()));
        foreach (var name in dnsNames) names.AddDnsName(name);
        foreach (var address in addresses) names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();
}
