// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace Heliograph.Yardstick.Load;

/// <summary>The calls of OpenSSL 3 that a lean TLS client needs: it works on the bare non-blocking socket, and says whether a session was resumed.</summary>
internal static unsafe partial class OpenSsl
{
    public const int WantRead = 2, WantWrite = 3, ZeroReturn = 6;
    public const long ModeEnablePartialWrite = 1, ModeReleaseBuffers = 16;
    public const int ControlMode = 33, ControlSetHostName = 55;
    public const int FileTypePem = 1, ShutDownBothWays = 3;

    [LibraryImport("libssl.so.3")] public static partial nint TLS_client_method();

    [LibraryImport("libssl.so.3")] public static partial nint SSL_CTX_new(nint method);

    [LibraryImport("libssl.so.3")] public static partial void SSL_CTX_free(nint context);

    [LibraryImport("libssl.so.3")] public static partial long SSL_CTX_ctrl(nint context, int command, long number, nint pointer);

    [LibraryImport("libssl.so.3")] public static partial int SSL_CTX_set_alpn_protos(nint context, byte* protocols, uint length);

    [LibraryImport("libssl.so.3", StringMarshalling = StringMarshalling.Utf8)] public static partial int SSL_CTX_use_certificate_chain_file(nint context, string file);

    [LibraryImport("libssl.so.3", StringMarshalling = StringMarshalling.Utf8)] public static partial int SSL_CTX_use_PrivateKey_file(nint context, string file, int type);

    [LibraryImport("libssl.so.3")] public static partial nint SSL_new(nint context);

    [LibraryImport("libssl.so.3")] public static partial void SSL_free(nint session);

    [LibraryImport("libssl.so.3", StringMarshalling = StringMarshalling.Utf8)] public static partial long SSL_ctrl(nint session, int command, long number, string pointer);

    [LibraryImport("libssl.so.3")] public static partial int SSL_set_fd(nint session, int socket);

    [LibraryImport("libssl.so.3")] public static partial void SSL_set_shutdown(nint session, int mode);

    [LibraryImport("libssl.so.3")] public static partial void SSL_set_connect_state(nint session);

    [LibraryImport("libssl.so.3")] public static partial int SSL_do_handshake(nint session);

    [LibraryImport("libssl.so.3")] public static partial int SSL_read(nint session, byte* buffer, int length);

    [LibraryImport("libssl.so.3")] public static partial int SSL_write(nint session, byte* buffer, int length);

    [LibraryImport("libssl.so.3")] public static partial int SSL_get_error(nint session, int result);

    [LibraryImport("libssl.so.3")] public static partial int SSL_session_reused(nint session);

    [LibraryImport("libssl.so.3")] public static partial nint SSL_get1_session(nint session);

    [LibraryImport("libssl.so.3")] public static partial int SSL_set_session(nint session, nint resumable);

    [LibraryImport("libssl.so.3")] public static partial int SSL_SESSION_is_resumable(nint resumable);

    [LibraryImport("libssl.so.3")] public static partial void SSL_SESSION_free(nint resumable);

    [LibraryImport("libcrypto.so.3")] public static partial void ERR_clear_error();

    [LibraryImport("libcrypto.so.3")] public static partial ulong ERR_get_error();

    [LibraryImport("libcrypto.so.3")] public static partial void ERR_error_string_n(ulong error, byte* text, nint length);

    /// <summary>What OpenSSL says of the last failure on this thread.</summary>
    public static string LastError()
    {
        var text = stackalloc byte[256];
        ERR_error_string_n(ERR_get_error(), text, 256);
        return Marshal.PtrToStringUTF8((nint)text) ?? "";
    }
}
