// SPDX-License-Identifier: Apache-2.0
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Heliograph.Platform.Net.Tls;

/// <summary>What a server shows and allows under TLS on a <see cref="Polling.SocketLoop"/>: one certificate, TLS 1.2 and 1.3, the native envelope by ALPN, sessions that resume by tickets whose keys are its own and die with it.</summary>
/// <remarks>Thread-safe. Connections made of it go on when it is disposed.</remarks>
[SupportedOSPlatform("linux")]
public sealed unsafe class TlsServerContext : IDisposable
{
    /// <summary>Of TLS 1.2 what keeps past traffic secret and is authenticated as it is encrypted; those of TLS 1.3 all are.</summary>
    private const string Suites =
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

    private const int ClientChainBytesMax = 32 << 10, KeyBytesMax = 16 << 10;

    private TlsServerContext(ContextHandle handle) => Handle = handle;

    /// <summary>Why there can be none in this process; <see langword="null"/>: there can.</summary>
    public static string? WhyUnavailable => OpenSsl.WhyAbsent;

    internal ContextHandle Handle { get; }

    /// <summary>Makes one.</summary>
    /// <param name="certificate">What is shown, with a key that may be read.</param>
    /// <exception cref="CryptographicException">The key cannot be read, as one in hardware, or does not fit; or OpenSSL refuses them. The message says which.</exception>
    public static TlsServerContext Create(X509Certificate2 certificate)
    {
        if (WhyUnavailable is { } absence) throw new CryptographicException($"OpenSSL 3 cannot be used: {absence}.");
        Polling.LinuxSockets.IgnoreBrokenPipes(); // OpenSSL writes without MSG_NOSIGNAL; the runtime does the same where it starts a process
        OpenSsl.ERR_clear_error();
        var handle = OpenSsl.SSL_CTX_new(OpenSsl.TLS_server_method());
        try
        {
            if (handle.IsInvalid) throw Refused("no context");
            Restrict(handle);
            Judge(handle);
            Show(handle, certificate);
            return new(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private static void Restrict(ContextHandle handle)
    {
        Check(OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.SetLeastVersion, OpenSsl.Tls12, 0) == 1, "TLS 1.2");
        Check(OpenSsl.SSL_CTX_set_cipher_list(handle, Suites) == 1, "cipher suites");
        OpenSsl.SSL_CTX_set_options(handle, OpenSsl.NoCompression | OpenSsl.NoRenegotiation | OpenSsl.IgnoreUnexpectedEnd);
        OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.SetMode, OpenSsl.PartialWrite | OpenSsl.MovingWriteBuffer | OpenSsl.NoAutoChain | OpenSsl.ReleaseBuffers, 0);
        OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.SetReadAhead, 1, 0); // a record by one call of the system instead of two
        OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.SetCertificatesBytesMax, ClientChainBytesMax, 0);
        OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.SetSessionCacheMode, 0, 0); // what is to be remembered is in the tickets
        Check(OpenSsl.SSL_CTX_set_num_tickets(handle, 1) == 1, "tickets");
    }

    private static void Judge(ContextHandle handle)
    {
        var scope = RandomNumberGenerator.GetBytes(32); // a session is of this context and no other
        fixed (byte* bytes = scope) Check(OpenSsl.SSL_CTX_set_session_id_context(handle, bytes, (uint)scope.Length) == 1, "session scope");
        OpenSsl.SSL_CTX_set_verify(handle, OpenSsl.AskForCertificate, 0);
        OpenSsl.SSL_CTX_set_cert_verify_callback(handle, &TlsAcceptance.OnChain, 0);
        OpenSsl.SSL_CTX_set_alpn_select_cb(handle, &TlsAcceptance.OnProtocols, 0);
        Check(OpenSsl.SSL_CTX_set_session_ticket_cb(handle, 0, &TlsAcceptance.OnTicket, 0) == 1, "tickets");
    }

    private static void Show(ContextHandle handle, X509Certificate2 certificate)
    {
        var shown = certificate.RawData;
        fixed (byte* bytes = shown) Check(OpenSsl.SSL_CTX_use_certificate_ASN1(handle, shown.Length, bytes) == 1, "the certificate");
        var key = GC.AllocateArray<byte>(KeyBytesMax, pinned: true); // not moved, so that no copy stays behind
        try
        {
            using var secret = (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey() ?? throw new CryptographicException("The certificate comes without an ECDSA or RSA key.");
            if (!secret.TryExportPkcs8PrivateKey(key, out var length)) throw new CryptographicException($"The key is larger than {KeyBytesMax} bytes.");
            Use(handle, key.AsSpan(0, length));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static void Use(ContextHandle handle, ReadOnlySpan<byte> pkcs8)
    {
        fixed (byte* start = pkcs8)
        {
            var at = start;
            var key = OpenSsl.d2i_AutoPrivateKey(0, &at, pkcs8.Length);
            Check(key != 0, "the key");
            try
            {
                Check(OpenSsl.SSL_CTX_use_PrivateKey(handle, key) == 1, "the key");
            }
            finally
            {
                OpenSsl.EVP_PKEY_free(key); // the context has its own reference
            }
        }
        Check(OpenSsl.SSL_CTX_check_private_key(handle) == 1, "the key and the certificate together");
    }

    private static void Check(bool holds, string what)
    {
        if (!holds) throw Refused(what);
    }

    private static CryptographicException Refused(string what) => new($"OpenSSL refused {what}: {OpenSsl.TakeErrors()}.");
}
