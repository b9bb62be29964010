// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Net;
using Heliograph.Platform.Pki;

namespace Heliograph.Hosting.Replicas;

/// <summary>What a node shows to its peers and whom it believes: its certificate and the realm's authority.</summary>
public sealed class NodeCredentials
{
    private readonly CertificateSource? _certificate;

    private NodeCredentials(RealmAuthority? authority, CertificateSource? certificate) => (Authority, _certificate) = (authority, certificate);

    /// <summary>None: enough on loopback and unix sockets.</summary>
    public static NodeCredentials None { get; } = new(null, null);

    /// <summary>Whom to believe; <see langword="null"/> for nobody beyond this host.</summary>
    public RealmAuthority? Authority { get; }

    /// <summary>What a dialer needs.</summary>
    public DialerOptions ForDialing => new() { Authority = Authority, ClientCertificate = () => _certificate?.Current };

    /// <summary>What a TLS listener needs; <see langword="null"/> without a certificate.</summary>
    public ServerTls? ForListening => Authority is null || _certificate is null ? null : new ServerTls(Authority, () => _certificate.Current);

    /// <summary>Reads the files, and goes on reading them: a certificate that is replaced on disk is shown from the next connection on. A certificate that has expired is no reason not to start: what is held is served all the same, and peers say what is wrong.</summary>
    /// <param name="realm">The realm's name, as in its trust root.</param>
    /// <param name="authorityFile">PEM file of the realm's authority, or <see langword="null"/>.</param>
    /// <param name="certificateFile">PEM file of the certificate, or <see langword="null"/>.</param>
    /// <param name="keyFile">PEM file of its key; goes with the certificate.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds something else; the message says which.</exception>
    public static NodeCredentials Load(string realm, string? authorityFile, string? certificateFile, string? keyFile) => new(
        authorityFile is null ? null : RealmAuthority.Load(realm, authorityFile),
        certificateFile is null || keyFile is null ? null : new CertificateSource(certificateFile, keyFile, TimeProvider.System));
}
