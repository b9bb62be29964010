// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Pki;

namespace Heliograph.Platform.Net;

/// <summary>One TLS handshake with a parent: what is offered, what is demanded, and why it failed.</summary>
/// <remarks>The parent must hold the realm's certificate for the dialled host name, as an origin, a relay or an agent: an application's certificate does not make a server.</remarks>
public sealed class ParentHandshake(RealmAuthority authority, TimeProvider time)
{
    /// <summary>ALPN name of the native envelope.</summary>
    public static readonly SslApplicationProtocol Native = new(Protocol.ProtocolVersion.Alpn);

    /// <summary>Why the parent's certificate was not accepted; <see langword="null"/> if it was, or none came.</summary>
    public string? Fault { get; private set; }

    /// <summary>Options of a handshake that negotiates the native envelope.</summary>
    /// <param name="host">The name dialled, which the certificate must hold.</param>
    /// <param name="clientCertificate">What to show if asked.</param>
    public SslClientAuthenticationOptions Options(string host, X509Certificate2? clientCertificate) => Options(host, clientCertificate, [Native]);

    /// <summary>Options of a handshake that negotiates one of <paramref name="protocols"/>.</summary>
    public SslClientAuthenticationOptions Options(string host, X509Certificate2? clientCertificate, List<SslApplicationProtocol> protocols) => new()
    {
        TargetHost = host,
        ApplicationProtocols = protocols,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateContext = clientCertificate is null ? null : SslStreamCertificateContext.Create(clientCertificate, additionalCertificates: null, offline: true),
        CertificateChainPolicy = authority.ChainPolicy(time.GetUtcNow(), ofServer: true),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Judge(certificate, chain, errors),
    };

    private bool Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 shown) Fault = "the server showed no certificate";
        else if (!authority.TryIdentify(shown, chain, errors, out var id, out var error)) Fault = $"the server's certificate is not accepted: {error}";
        else if (id.Role == PeerRole.App) Fault = "the server's certificate is not accepted: it is an application's, not a server's";
        return Fault is null;
    }
}
