// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Net;
using Heliograph.Platform.Net.Tls;
using Heliograph.Platform.Pki;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Listening;

/// <summary>The server's side of TLS: what it shows, which protocols it speaks, and what it makes of a client's certificate.</summary>
/// <remarks>A client may come without a certificate and prove itself by a token. One that shows a certificate which does not hold is turned away in the handshake.</remarks>
/// <param name="authority">Whose certificates count.</param>
/// <param name="certificate">What to show, asked anew for each connection: a renewed certificate is used from the next one on. Must come with its key.</param>
public sealed class ServerTls(RealmAuthority authority, Func<X509Certificate2> certificate)
{
    /// <summary>By the server's preference: the native envelope, then HTTP/2, then HTTP/1.1.</summary>
    private static readonly List<SslApplicationProtocol> Protocols = [ParentHandshake.Native, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    private SslStreamCertificateContext? _context;
    private SocketTls? _ofSockets;

    /// <summary>What is shown now.</summary>
    public X509Certificate2 Current => certificate();

    /// <summary>Options for one connection.</summary>
    internal SslServerAuthenticationOptions ForConnection(TimeProvider time, ILogger logger, string peer) => new()
    {
        ServerCertificateContext = Context(),
        ApplicationProtocols = Protocols,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = true, // asks; the callback lets pass who has none
        CertificateChainPolicy = authority.ChainPolicy(time.GetUtcNow(), ofServer: false),
        RemoteCertificateValidationCallback = (_, shown, chain, errors) => Judge(shown as X509Certificate2, chain, errors, logger, peer),
    };

    /// <summary>What connections on the loops show; <see langword="null"/> if they cannot show the current certificate, as one whose key is in hardware, and Kestrel has to. Said once.</summary>
    [SupportedOSPlatform("linux")]
    internal TlsServerContext? ForSockets(ILogger logger)
    {
        var current = certificate();
        var known = _ofSockets;
        if (known is not null && ReferenceEquals(known.Certificate, current)) return known.Context;
        TlsServerContext? made = null;
        try
        {
            made = TlsServerContext.Create(current);
        }
        catch (CryptographicException exception)
        {
            logger.SocketsWithoutTls(exception.Message);
        }
        _ofSockets = new(current, made); // the one before is freed when nobody makes connections of it any more
        return made;
    }

    /// <summary>Whether a client's certificate holds now; a refusal is logged, unless the client is about to be asked for another.</summary>
    internal bool Judge(X509Certificate2 shown, X509Certificate2Collection others, bool isResumed, TimeProvider time, ILogger logger, string peer)
    {
        if (authority.TryIdentify(shown, others, time.GetUtcNow(), ofServer: false, out _, out var error)) return true;
        if (!isResumed) logger.ClientCertificateRefused(peer, error);
        return false;
    }

    private SslStreamCertificateContext Context()
    {
        var current = certificate();
        var context = _context;
        if (context is not null && ReferenceEquals(context.TargetCertificate, current)) return context;
        return _context = SslStreamCertificateContext.Create(current, additionalCertificates: null, offline: true); // two at once make two, and one stays
    }

    private bool Judge(X509Certificate2? shown, X509Chain? chain, SslPolicyErrors errors, ILogger logger, string peer)
    {
        if (shown is null || authority.TryIdentify(shown, chain, errors & ~SslPolicyErrors.RemoteCertificateNameMismatch, out _, out var error)) return true;
        logger.ClientCertificateRefused(peer, error);
        return false;
    }

    private sealed record SocketTls(X509Certificate2 Certificate, TlsServerContext? Context);
}
