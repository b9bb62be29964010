// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Load;

/// <summary>TLS on one connection. Belongs to the fleet's thread.</summary>
internal sealed unsafe class TlsSession : IDisposable
{
    private nint _session;

    /// <summary>Begins on a connected socket.</summary>
    /// <param name="client">The context.</param>
    /// <param name="socket">A connected, non-blocking socket.</param>
    /// <param name="resumable">A session to resume, or zero.</param>
    public TlsSession(TlsClient client, int socket, nint resumable)
    {
        _session = OpenSsl.SSL_new(client.Context);
        _ = OpenSsl.SSL_set_fd(_session, socket);
        _ = OpenSsl.SSL_ctrl(_session, OpenSsl.ControlSetHostName, 0, "localhost");
        if (resumable != 0) _ = OpenSsl.SSL_set_session(_session, resumable);
        OpenSsl.SSL_set_connect_state(_session);
    }

    /// <summary>Whether the handshake is done.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether the server took up a session of before, instead of a full handshake.</summary>
    public bool IsResumed => OpenSsl.SSL_session_reused(_session) == 1;

    /// <summary>Goes on with the handshake.</summary>
    /// <returns>The events to wait for; none when it is done.</returns>
    /// <exception cref="IOException">It failed.</exception>
    public uint Handshake()
    {
        OpenSsl.ERR_clear_error();
        var result = OpenSsl.SSL_do_handshake(_session);
        if (result == 1)
        {
            IsOpen = true;
            return 0;
        }
        return OpenSsl.SSL_get_error(_session, result) switch
        {
            OpenSsl.WantRead => Libc.EpollIn,
            OpenSsl.WantWrite => Libc.EpollOut,
            var error => throw new IOException($"The TLS handshake failed ({error}): {OpenSsl.LastError()}"),
        };
    }

    /// <summary>Reads what has come.</summary>
    /// <returns>Bytes; 0 at the end of the stream; -1 if nothing has come.</returns>
    public nint Read(byte* buffer, int length)
    {
        OpenSsl.ERR_clear_error();
        var count = OpenSsl.SSL_read(_session, buffer, length);
        if (count > 0) return count;
        return OpenSsl.SSL_get_error(_session, count) == OpenSsl.WantRead ? -1 : 0;
    }

    /// <summary>Writes what fits.</summary>
    public nint Write(ReadOnlySpan<byte> bytes)
    {
        OpenSsl.ERR_clear_error();
        fixed (byte* first = bytes) return OpenSsl.SSL_write(_session, first, bytes.Length);
    }

    /// <summary>What the server gave to resume with: zero if nothing that can be resumed. The caller frees it.</summary>
    public nint TakeResumable()
    {
        var resumable = OpenSsl.SSL_get1_session(_session);
        if (resumable == 0 || OpenSsl.SSL_SESSION_is_resumable(resumable) == 1) return resumable;
        OpenSsl.SSL_SESSION_free(resumable);
        return 0;
    }

    public void Dispose()
    {
        if (_session == 0) return;
        OpenSsl.SSL_set_shutdown(_session, OpenSsl.ShutDownBothWays); // else OpenSSL takes the end for a failure, and the session for one that must not be resumed
        OpenSsl.SSL_free(_session);
        _session = 0;
    }
}
