// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Net.Polling;

namespace Heliograph.Platform.Net.Tls;

/// <summary>TLS between a connection and its socket. OpenSSL reads and writes the socket itself and keeps buffers only while a record is incomplete.</summary>
/// <remarks>One thing at a time: reading may write (an answer to new keys) and both use the same state. No call waits, so that nobody waits long for the lock.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class TlsLayer(TlsServerContext context, SocketDescriptor socket) : SocketLayer
{
    private readonly Lock _sync = new();
    private readonly ConnectionHandle _connection = new(context.Handle, socket);

    public override bool ReadsWhenThereIsRoom => true; // a read may have something to say first

    /// <summary>Goes on with the handshake. <see langword="false"/>: it waits for the peer.</summary>
    /// <exception cref="IOException">It failed; the message says why, in OpenSSL's words.</exception>
    public bool Handshake(TlsAcceptance acceptance)
    {
        lock (_sync)
        {
            var result = acceptance.Continue(_connection);
            if (acceptance.Failure is { } failure) throw new InvalidOperationException("A certificate could not be judged.", failure);
            if (result == 1) return true;
            return Waits(result, out _) ? false : throw new IOException("the peer went away");
        }
    }

    public override unsafe int Receive(SocketDescriptor socket, Span<byte> buffer, out bool mayHaveMore)
    {
        var total = 0;
        fixed (byte* bytes = buffer)
            lock (_sync)
                while (true) // a call gives a record; the one that finds nothing says that all has been taken
                {
                    OpenSsl.ERR_clear_error();
                    var count = OpenSsl.SSL_read(_connection, bytes + total, buffer.Length - total);
                    if (count > 0)
                    {
                        total += count;
                        mayHaveMore = total == buffer.Length;
                        if (mayHaveMore) return total;
                        continue;
                    }
                    if (Waits(count, out mayHaveMore)) return total == 0 ? -1 : total;
                    return total; // the end, of which nobody will say anything again
                }
    }

    public override unsafe int Send(SocketDescriptor socket, ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        fixed (byte* start = bytes)
            lock (_sync)
                while (sent < bytes.Length) // a call takes a record
                {
                    OpenSsl.ERR_clear_error();
                    var count = OpenSsl.SSL_write(_connection, start + sent, bytes.Length - sent);
                    if (count > 0) sent += count;
                    else if (Waits(count, out _)) break; // the record that waits is asked for again with the same bytes
                    else throw new IOException("The peer has ended TLS.");
                }
        return sent;
    }

    public override void EndSending(SocketDescriptor socket)
    {
        lock (_sync)
        {
            OpenSsl.ERR_clear_error();
            _ = OpenSsl.SSL_shutdown(_connection); // a peer that is gone, or does not read, needs no goodbye
            OpenSsl.ERR_clear_error();
        }
        LinuxSockets.EndSending(socket);
    }

    /// <summary>The peer's certificate, once the handshake is done; <see langword="null"/> if it showed none.</summary>
    /// <exception cref="IOException">It is not to be trusted after all.</exception>
    public X509Certificate2? Conclude(TlsAcceptance acceptance)
    {
        lock (_sync) return acceptance.Conclude(_connection);
    }

    public override void Dispose()
    {
        base.Dispose();
        _connection.Dispose();
    }

    /// <summary>Whether a call that did nothing is to be made again when the socket has something, or room; otherwise it is the end of the stream.</summary>
    private bool Waits(int result, out bool isEnd)
    {
        var errno = Marshal.GetLastPInvokeError();
        var error = OpenSsl.SSL_get_error(_connection, result);
        isEnd = error == OpenSsl.ZeroReturn;
        if (error is OpenSsl.WantsRead or OpenSsl.WantsWrite) return true;
        if (isEnd) return false;
        throw error == OpenSsl.SystemCall && errno != 0 ? new IOException(Marshal.GetPInvokeErrorMessage(errno), errno) : new IOException(OpenSsl.TakeErrors());
    }
}
