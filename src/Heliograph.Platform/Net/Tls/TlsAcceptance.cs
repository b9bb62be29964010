// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Heliograph.Platform.Net.Tls;

/// <summary>Judges a client's certificate during the handshake.</summary>
/// <param name="shown">The client's. Owned by who asks.</param>
/// <param name="others">What it sent besides.</param>
/// <param name="isResumed">Whether it was shown in an earlier handshake, whose session the client asks to resume. If it does not hold any more, the client is asked to show one anew, so that this is no refusal yet.</param>
/// <returns>Whether it proves an identity now.</returns>
public delegate bool CertificateJudge(X509Certificate2 shown, X509Certificate2Collection others, bool isResumed);

/// <summary>The server's side of one handshake: what OpenSSL asks while it goes on, and what was answered.</summary>
/// <remarks>
/// OpenSSL calls back in the thread that called it, before that call returns. The handshake that goes on is therefore the thread's own, and nothing needs to be pinned, found
/// again or freed. A call that comes without one is answered by refusing.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed unsafe class TlsAcceptance(CertificateJudge judge) : IDisposable
{
    private const int AlpnChosen = 0, AlpnRefused = 2; // SSL_TLSEXT_ERR_OK, SSL_TLSEXT_ERR_ALERT_FATAL
    private const int TicketIgnored = 2, TicketUsed = 3, TicketUsedAndRenewed = 4; // SSL_TICKET_RETURN_…
    private const int TicketReadable = 5, TicketReadableButOld = 6; // SSL_TICKET_SUCCESS, SSL_TICKET_SUCCESS_RENEW
    private const int ChainCertificatesMax = 16;

    [ThreadStatic]
    private static TlsAcceptance? t_current;

    private X509Certificate2? _accepted;

    /// <summary>What went wrong in a call back, if something did that is no answer.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Goes on with the handshake as far as it can.</summary>
    /// <returns>What OpenSSL returned; its queue of errors is the thread's.</returns>
    public int Continue(ConnectionHandle connection)
    {
        t_current = this;
        try
        {
            OpenSsl.ERR_clear_error();
            return OpenSsl.SSL_do_handshake(connection);
        }
        finally
        {
            t_current = null;
        }
    }

    /// <summary>Whose connection it is, once the handshake is done: the certificate that was judged, and no other. <see langword="null"/>: the client showed none.</summary>
    /// <remarks>What was judged on the way may not be what was agreed on in the end: a ticket can be read, judged, and then not be used.</remarks>
    /// <exception cref="IOException">The protocol is not the one, or the certificate not one that was judged.</exception>
    public X509Certificate2? Conclude(ConnectionHandle connection)
    {
        byte* name;
        uint length;
        OpenSsl.SSL_get0_alpn_selected(connection, &name, &length);
        if (!new ReadOnlySpan<byte>(name, (int)length).SequenceEqual(ParentHandshake.Native.Protocol.Span)) throw new IOException("the client did not offer the protocol");
        var peer = OpenSsl.SSL_get1_peer_certificate(connection);
        if (peer == 0) return null;
        try
        {
            if (OpenSsl.SSL_get_verify_result(connection) != OpenSsl.Accepted || _accepted is not { } accepted || !accepted.RawDataMemory.Span.SequenceEqual(OpenSsl.BytesOf(peer)))
                throw new IOException("the client's certificate is not the one that was judged");
            _accepted = null;
            return accepted;
        }
        finally
        {
            OpenSsl.X509_free(peer);
        }
    }

    /// <summary>Lets go of a certificate that nobody has taken.</summary>
    public void Dispose() => _accepted?.Dispose();

    /// <summary>Which protocol to speak: the native envelope, or none. The answer points into what the client offered, which OpenSSL keeps long enough.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static int OnProtocols(nint connection, byte** chosen, byte* chosenLength, byte* offered, uint offeredLength, nint argument)
    {
        var native = ParentHandshake.Native.Protocol.Span;
        for (uint at = 0; at < offeredLength;)
        {
            var length = offered[at++];
            if (length > offeredLength - at) break;
            if (new ReadOnlySpan<byte>(offered + at, length).SequenceEqual(native))
            {
                *chosen = offered + at;
                *chosenLength = length;
                return AlpnChosen;
            }
            at += length;
        }
        return AlpnRefused;
    }

    /// <summary>Whether the client's chain is believed; instead of OpenSSL's own judgement, which knows neither realm nor identity.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static int OnChain(nint judgement, nint argument)
    {
        var isAccepted = t_current is { } current && current.Judge(OpenSsl.X509_STORE_CTX_get0_cert(judgement), OpenSsl.X509_STORE_CTX_get0_untrusted(judgement), isResumed: false);
        OpenSsl.X509_STORE_CTX_set_error(judgement, isAccepted ? OpenSsl.Accepted : OpenSsl.Rejected);
        return isAccepted ? 1 : 0;
    }

    /// <summary>Whether a session is resumed. Who showed a certificate in it is judged again: one that has expired since is asked to show one anew.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static int OnTicket(nint connection, nint session, byte* keyName, nuint keyNameLength, int status, nint argument)
    {
        if (status is not (TicketReadable or TicketReadableButOld) || t_current is not { } current) return TicketIgnored;
        var peer = OpenSsl.SSL_SESSION_get0_peer(session);
        if (peer != 0 && !current.Judge(peer, others: 0, isResumed: true)) return TicketIgnored;
        return status == TicketReadable ? TicketUsed : TicketUsedAndRenewed;
    }

    /// <summary>Never throws: it is called by OpenSSL, which cannot be unwound.</summary>
    private bool Judge(nint leaf, nint others, bool isResumed)
    {
        try
        {
            _accepted?.Dispose(); // judged before, and not agreed on
            _accepted = null;
            if (Load(leaf) is not { } shown) return false;
            var isAccepted = false;
            try
            {
                isAccepted = Judge(shown, others, isResumed);
            }
            finally
            {
                if (isAccepted) _accepted = shown;
                else shown.Dispose();
            }
            return isAccepted;
        }
        catch (CryptographicException)
        {
            return false; // it is no certificate that the runtime could read
        }
        catch (Exception exception)
        {
            Failure = exception;
            return false;
        }
    }

    private bool Judge(X509Certificate2 shown, nint others, bool isResumed)
    {
        var rest = new X509Certificate2Collection();
        try
        {
            var count = others == 0 ? 0 : Math.Min(OpenSsl.OPENSSL_sk_num(others), ChainCertificatesMax);
            for (var i = 1; i < count; i++) // the first is the client's own
                if (Load(OpenSsl.OPENSSL_sk_value(others, i)) is { } other) rest.Add(other);
            return judge(shown, rest, isResumed);
        }
        finally
        {
            foreach (var other in rest) other.Dispose();
        }
    }

    private static X509Certificate2? Load(nint certificate) => certificate != 0 && OpenSsl.BytesOf(certificate) is { } bytes ? X509CertificateLoader.LoadCertificate(bytes) : null;
}
