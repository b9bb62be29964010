// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Text;

namespace Heliograph.Platform.Net.Tls;

/// <summary>The calls of OpenSSL 3 that TLS on a <see cref="Polling.SocketLoop"/> is made of. Nothing of TLS or of cryptography is done here: only called.</summary>
/// <remarks>
/// OpenSSL notes errors in a queue of the thread. It is emptied before each call whose failure is asked about, and read in the same thread right after. An object
/// of OpenSSL is not thread-safe: who owns it locks.
/// </remarks>
internal static unsafe partial class OpenSsl
{
    /// <summary>Answers of <see cref="SSL_get_error"/>.</summary>
    public const int WantsRead = 2, WantsWrite = 3, SystemCall = 5, ZeroReturn = 6;

    /// <summary>Commands of <see cref="SSL_CTX_ctrl"/>.</summary>
    public const int SetMode = 33, SetReadAhead = 41, SetSessionCacheMode = 44, SetCertificatesBytesMax = 51, SetLeastVersion = 123;

    /// <summary>What <see cref="SSL_CTX_set_options"/> is given: no compression, no renegotiation, an end without goodbye is an end.</summary>
    public const ulong NoCompression = 1UL << 17, NoRenegotiation = 1UL << 30, IgnoreUnexpectedEnd = 1UL << 7;

    /// <summary>Modes of writing and of buffers.</summary>
    public const nint PartialWrite = 1, MovingWriteBuffer = 2, NoAutoChain = 8, ReleaseBuffers = 16;

    /// <summary>SSL_VERIFY_PEER: a client is asked for a certificate, and need not have one.</summary>
    public const int AskForCertificate = 1;

    /// <summary>X509_V_OK and X509_V_ERR_CERT_REJECTED.</summary>
    public const int Accepted = 0, Rejected = 28;

    /// <summary>TLS 1.2, as versions are numbered in the protocol.</summary>
    public const nint Tls12 = 0x0303;

    private const string Ssl = "libssl.so.3", Crypto = "libcrypto.so.3";

    private static readonly Lazy<string?> Absence = new(FindAbsence);

    /// <summary>Why OpenSSL 3 cannot be used in this process; <see langword="null"/>: it can.</summary>
    public static string? WhyAbsent => Absence.Value;

    /// <summary>What the thread's queue of errors holds, in OpenSSL's words, which name no secrets; it is empty afterwards.</summary>
    public static string TakeErrors()
    {
        var text = new StringBuilder();
        for (nuint error; (error = ERR_get_error()) != 0;)
            if (text.Length < 400) text.Append(text.Length == 0 ? "" : ", ").Append(Marshal.PtrToStringUTF8(ERR_reason_error_string(error)) ?? $"error {error:x}");
        return text.Length == 0 ? "no reason given" : text.ToString();
    }

    /// <summary>A certificate as it is written.</summary>
    /// <returns><see langword="null"/>: OpenSSL cannot write it.</returns>
    public static byte[]? BytesOf(nint certificate)
    {
        var length = i2d_X509(certificate, null);
        if (length <= 0) return null;
        var bytes = new byte[length];
        fixed (byte* start = bytes)
        {
            var at = start;
            return i2d_X509(certificate, &at) == length ? bytes : null;
        }
    }

    private static string? FindAbsence()
    {
        if (!OperatingSystem.IsLinux()) return "this system has no epoll";
        foreach (var (library, functions) in new[] { (Ssl, OfSsl), (Crypto, OfCrypto) })
        {
            if (!NativeLibrary.TryLoad(library, out var loaded)) return $"{library} is not installed"; // stays loaded
            foreach (var function in functions)
                if (!NativeLibrary.TryGetExport(loaded, function, out _)) return $"{library} has no {function}";
        }
        return null;
    }

    private static readonly string[] OfSsl =
    [
        nameof(TLS_server_method), nameof(SSL_CTX_new), nameof(SSL_CTX_free), nameof(SSL_CTX_ctrl), nameof(SSL_CTX_set_options), nameof(SSL_CTX_set_cipher_list), nameof(SSL_CTX_set_num_tickets),
        nameof(SSL_CTX_set_session_id_context), nameof(SSL_CTX_set_verify), nameof(SSL_CTX_set_cert_verify_callback), nameof(SSL_CTX_set_alpn_select_cb), nameof(SSL_CTX_set_session_ticket_cb),
        nameof(SSL_CTX_use_certificate_ASN1), nameof(SSL_CTX_use_PrivateKey), nameof(SSL_CTX_check_private_key), nameof(SSL_new), nameof(SSL_free), nameof(SSL_set_fd), nameof(SSL_set_accept_state),
        nameof(SSL_do_handshake), nameof(SSL_read), nameof(SSL_write), nameof(SSL_shutdown), nameof(SSL_get_error), nameof(SSL_get0_alpn_selected), nameof(SSL_get1_peer_certificate),
        nameof(SSL_get_verify_result), nameof(SSL_SESSION_get0_peer),
    ];

    private static readonly string[] OfCrypto =
    [
        nameof(ERR_clear_error), nameof(ERR_get_error), nameof(ERR_reason_error_string), nameof(X509_STORE_CTX_get0_cert), nameof(X509_STORE_CTX_get0_untrusted), nameof(X509_STORE_CTX_set_error),
        nameof(OPENSSL_sk_num), nameof(OPENSSL_sk_value), nameof(i2d_X509), nameof(X509_free), nameof(d2i_AutoPrivateKey), nameof(EVP_PKEY_free),
    ];

    [LibraryImport(Ssl)]
    public static partial nint TLS_server_method();

    [LibraryImport(Ssl)]
    public static partial ContextHandle SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_ctrl(ContextHandle context, int command, nint number, nint pointer);

    [LibraryImport(Ssl)]
    public static partial ulong SSL_CTX_set_options(ContextHandle context, ulong options);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_cipher_list(ContextHandle context, string suites);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_num_tickets(ContextHandle context, nuint count);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_session_id_context(ContextHandle context, byte* bytes, uint length);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_verify(ContextHandle context, int mode, nint callback);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_cert_verify_callback(ContextHandle context, delegate* unmanaged[Cdecl]<nint, nint, int> callback, nint argument);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_alpn_select_cb(ContextHandle context, delegate* unmanaged[Cdecl]<nint, byte**, byte*, byte*, uint, nint, int> callback, nint argument);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_session_ticket_cb(ContextHandle context, nint written, delegate* unmanaged[Cdecl]<nint, nint, byte*, nuint, int, nint, int> read, nint argument);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_certificate_ASN1(ContextHandle context, int length, byte* bytes);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_PrivateKey(ContextHandle context, nint key);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_check_private_key(ContextHandle context);

    [LibraryImport(Ssl)]
    public static partial nint SSL_new(ContextHandle context);

    [LibraryImport(Ssl)]
    public static partial void SSL_free(nint connection);

    [LibraryImport(Ssl)]
    public static partial int SSL_set_fd(ConnectionHandle connection, int descriptor);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_accept_state(ConnectionHandle connection);

    [LibraryImport(Ssl, SetLastError = true)]
    public static partial int SSL_do_handshake(ConnectionHandle connection);

    [LibraryImport(Ssl, SetLastError = true)]
    public static partial int SSL_read(ConnectionHandle connection, byte* buffer, int length);

    [LibraryImport(Ssl, SetLastError = true)]
    public static partial int SSL_write(ConnectionHandle connection, byte* buffer, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_shutdown(ConnectionHandle connection);

    [LibraryImport(Ssl)]
    public static partial int SSL_get_error(ConnectionHandle connection, int result);

    [LibraryImport(Ssl)]
    public static partial void SSL_get0_alpn_selected(ConnectionHandle connection, byte** name, uint* length);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get1_peer_certificate(ConnectionHandle connection);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_verify_result(ConnectionHandle connection);

    [LibraryImport(Ssl)]
    public static partial nint SSL_SESSION_get0_peer(nint session);

    [LibraryImport(Crypto)]
    public static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    public static partial nuint ERR_get_error();

    [LibraryImport(Crypto)]
    public static partial nint ERR_reason_error_string(nuint error);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_cert(nint judgement);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_untrusted(nint judgement);

    [LibraryImport(Crypto)]
    public static partial void X509_STORE_CTX_set_error(nint judgement, int error);

    [LibraryImport(Crypto)]
    public static partial int OPENSSL_sk_num(nint stack);

    [LibraryImport(Crypto)]
    public static partial nint OPENSSL_sk_value(nint stack, int index);

    [LibraryImport(Crypto)]
    public static partial int i2d_X509(nint certificate, byte** bytes);

    [LibraryImport(Crypto)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(Crypto)]
    public static partial nint d2i_AutoPrivateKey(nint reused, byte** bytes, nint length);

    [LibraryImport(Crypto)]
    public static partial void EVP_PKEY_free(nint key);
}
