// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Net.Tls;

namespace Heliograph.Platform.Net.Polling;

/// <summary>From an accepted socket to one under TLS, or to one that somebody else serves. One of these calls at a time, and no read or write beside it.</summary>
public sealed partial class LoopConnection
{
    /// <summary>Bytes that a peer which was turned away may still send, so that it reads why before its connection is reset.</summary>
    private const int RestBytesMax = 64 << 10;

    private static readonly byte[] Unused = new byte[2];

    /// <summary>Waits until it can be told what the peer begins with. Takes none of it.</summary>
    /// <param name="bytesMax">Bytes of it that the kernel can hold.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<HelloKind> ReadHelloAsync(int bytesMax, CancellationToken cancellationToken)
    {
        var hello = new HelloLayer(this, Math.Min(bytesMax, ClientHello.BytesMax));
        _layer = hello;
        return await ReadAsync(Unused, cancellationToken) == 0 ? HelloKind.Ended : hello.Kind;
    }

    /// <summary>Lets go of the socket without closing it. This connection is over.</summary>
    /// <exception cref="IOException">There is no descriptor left, or the connection broke.</exception>
    public Socket Detach()
    {
        try
        {
            _loop.Forget(this, _socket);
            return new(new SafeSocketHandle(LinuxSockets.Duplicate(_socket), ownsHandle: true));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw Broken(exception);
        }
        finally
        {
            _isBroken = true;
            _socket.Dispose();
        }
    }

    /// <summary>Does the server's side of the TLS handshake, in the pool. From then on what is read and written is under TLS.</summary>
    /// <param name="context">What to show and to allow.</param>
    /// <param name="judge">Judges the peer's certificate, if it shows one. In the handshake.</param>
    /// <param name="completesInline">Whether reads are completed in the loop's thread afterwards; see <see cref="LoopAcceptorOptions"/>.</param>
    /// <param name="cancellationToken">Gives up; the connection must then be disposed.</param>
    /// <returns>The certificate that the peer has proven to be its own and the judge has accepted; <see langword="null"/> if it showed none. The caller's to dispose.</returns>
    /// <exception cref="IOException">The handshake failed, and the peer was told why if TLS has words for it; the message says it, too.</exception>
    public async Task<X509Certificate2?> AuthenticateAsync(TlsServerContext context, CertificateJudge judge, bool completesInline, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // signing takes a while: not in the thread that reads for all
        using var acceptance = new TlsAcceptance(judge);
        TlsLayer? layer = null;
        try
        {
            layer = new TlsLayer(context, _socket);
            _layer = SocketLayer.Watching;
            for (var hasEnded = false; !layer.Handshake(acceptance); await ReadAsync(Unused, cancellationToken))
            {
                if (hasEnded) throw new IOException("the peer went away"); // all that it ever sent has been looked at
                hasEnded = _isEnding;
            }
            var certificate = layer.Conclude(acceptance);
            (_layer, _completesInline) = (layer, completesInline);
            layer = null;
            Volatile.Write(ref _reading, Ready); // what came together with the end of the handshake is not announced again
            return certificate;
        }
        catch (ObjectDisposedException exception)
        {
            throw Broken(exception);
        }
        finally
        {
            layer?.Dispose();
        }
    }

    /// <summary>Closes after a handshake that failed: lets the peer read why before the rest of what it sends resets the connection.</summary>
    public async Task TurnAwayAsync(CancellationToken cancellationToken)
    {
        var rest = new byte[1_024];
        try
        {
            _layer = SocketLayer.Plain;
            SayGoodbye();
            for (var total = 0; total < RestBytesMax;)
            {
                var count = await ReadAsync(rest, cancellationToken);
                if (count == 0) break;
                total += count;
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            Abort(); // it is gone, or had its time
        }
        await DisposeAsync();
    }

    private sealed class HelloLayer(LoopConnection connection, int bytesMax) : SocketLayer
    {
        [ThreadStatic]
        private static byte[]? t_peeked;

        public HelloKind Kind { get; private set; }

        public override int Receive(SocketDescriptor socket, Span<byte> buffer, out bool mayHaveMore)
        {
            mayHaveMore = false;
            var isAll = connection._isEnding; // asked before the look: what came before the end is there then
            var peeked = t_peeked ??= new byte[ClientHello.BytesMax];
            var count = LinuxSockets.Peek(socket, peeked.AsSpan(0, bytesMax));
            if (count <= 0) return count;
            Kind = ClientHello.Read(peeked.AsSpan(0, count), ParentHandshake.Native.Protocol.Span, bytesMax);
            if (Kind == HelloKind.Incomplete && isAll) Kind = HelloKind.Ended;
            return Kind == HelloKind.Incomplete ? -1 : 1;
        }

        public override int Send(SocketDescriptor socket, ReadOnlySpan<byte> bytes) => throw new InvalidOperationException("Nothing is sent before it is known who answers.");
    }
}
