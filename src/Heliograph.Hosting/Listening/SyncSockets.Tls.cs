// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Net.Polling;
using Heliograph.Platform.Net.Tls;

namespace Heliograph.Hosting.Listening;

/// <summary>The port that speaks everything: who offers the native envelope stays here, everybody else is handed to Kestrel with all that it sent.</summary>
internal sealed partial class SyncSockets
{
    /// <summary>Bytes of a ClientHello that the kernel is sure to hold: it needs some of a socket's buffer for itself.</summary>
    private int HelloBytesMax => Math.Min(ClientHello.BytesMax, options.SocketReceiveBytes / 2);

    /// <summary>Accepts at the socket until the acceptor is disposed.</summary>
    /// <param name="socket">Bound; closed with the acceptor.</param>
    /// <param name="handOver">Takes connections of everything but the native envelope. Whether it did; what it did not take is closed.</param>
    public LoopAcceptor ListenTls(Socket socket, Func<Socket, bool> handOver) =>
        Listen(socket, completesInline: false, (connection, user) => // the handshake signs: not in the loop's thread
        {
            if (IsWelcome(connection)) _ = WelcomeAsync(connection, handOver);
        });

    private async Task WelcomeAsync(LoopConnection connection, Func<Socket, bool> handOver)
    {
        PeerFeature? peer = null;
        try
        {
            peer = await IdentifyAsync(connection, handOver);
        }
        finally
        {
            if (peer is null) Leave(connection);
        }
        if (peer is not null) await ServeAsync(connection, peer);
    }

    /// <summary>Who it is, after the handshake. <see langword="null"/>: it is not served here, or not at all, and the connection is closed or another's.</summary>
    private async Task<PeerFeature?> IdentifyAsync(LoopConnection connection, Func<Socket, bool> handOver)
    {
        using var deadline = new CancellationTokenSource(options.HandshakeTimeout, time);
        using var stop = _closing.Token.UnsafeRegister(static handshake => ((CancellationTokenSource)handshake!).Cancel(), deadline);
        try
        {
            var kind = await connection.ReadHelloAsync(HelloBytesMax, deadline.Token);
            if (kind == HelloKind.Ended) await connection.DisposeAsync();
            else if (kind == HelloKind.Native && options.Tls!.ForSockets(logger) is { } context) return await AuthenticateAsync(connection, context, deadline.Token);
            else HandOver(connection.Detach(), handOver);
            return null;
        }
        catch (Exception exception)
        {
            if (exception is IOException) logger.HandshakeFailed(connection.Peer, exception.Message);
            else if (exception is OperationCanceledException) logger.HandshakeFailed(connection.Peer, $"it was not done within {options.HandshakeTimeout}");
            else logger.ServingFailed(exception, connection.Peer);
            connection.Abort();
            await connection.DisposeAsync();
            return null;
        }
    }

    private async Task<PeerFeature?> AuthenticateAsync(LoopConnection connection, TlsServerContext context, CancellationToken deadline)
    {
        try
        {
            using var certificate = await connection.AuthenticateAsync(context, Judge, reading.IsInline, deadline);
            return PeerFeature.OfTls(certificate, connection.Peer);
        }
        catch (IOException exception)
        {
            logger.HandshakeFailed(connection.Peer, exception.Message);
            using var grace = new CancellationTokenSource(StopGrace, time);
            await connection.TurnAwayAsync(grace.Token);
            return null;
        }

        bool Judge(X509Certificate2 shown, X509Certificate2Collection others, bool isResumed) => options.Tls!.Judge(shown, others, isResumed, time, logger, connection.Peer);
    }

    private static void HandOver(Socket socket, Func<Socket, bool> handOver)
    {
        if (!handOver(socket)) socket.Dispose();
    }
}
