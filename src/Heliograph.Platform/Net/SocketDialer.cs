// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Heliograph.Replication.Ports;

namespace Heliograph.Platform.Net;

/// <summary>Dials parents over the native envelope: TLS anywhere, plain TCP on loopback, unix sockets.</summary>
/// <remarks>Thread-safe. Every failure is an <see cref="IOException"/> whose message says what and why; none holds a credential.</remarks>
public sealed class SocketDialer(DialerOptions options, TimeProvider time) : IDialer
{
    /// <inheritdoc/>
    public async ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken)
    {
        if (!ParentEndpoint.TryParse(parent.Address, out var endpoint, out var error)) throw Refused(parent, error);
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return endpoint switch
            {
                ParentEndpoint.Unix unix => Plain(await ConnectUnixAsync(unix.Path, either.Token), parent),
                ParentEndpoint.Loopback loopback => Plain(await ConnectHostAsync(loopback.Host, loopback.Port, loopbackOnly: true, either.Token), parent),
                ParentEndpoint.Tls tls => await ConnectTlsAsync(tls, parent, either.Token),
                _ => throw new System.Diagnostics.UnreachableException($"No way to dial {endpoint.GetType().Name}."),
            };
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{parent}: no connection within {options.ConnectTimeout.TotalSeconds:0.###} s.");
        }
        catch (SocketException exception)
        {
            throw new IOException($"{parent}: {exception.Message}", exception);
        }
    }

    private async ValueTask<IConnection> ConnectTlsAsync(ParentEndpoint.Tls endpoint, ParentAddress parent, CancellationToken cancellationToken)
    {
        if (options.Authority is not { } authority) throw Refused(parent, "tls:// needs the certificate of the realm's authority, and none is configured");
        var socket = await ConnectHostAsync(endpoint.Host, endpoint.Port, loopbackOnly: false, cancellationToken);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var handshake = new ParentHandshake(authority, time);
        try
        {
            await stream.AuthenticateAsClientAsync(handshake.Options(endpoint.Host, options.ClientCertificate()), cancellationToken);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or System.ComponentModel.Win32Exception)
        {
            await stream.DisposeAsync();
            throw new IOException($"{parent}: {handshake.Fault ?? $"the TLS handshake failed: {exception.Message}"}", exception);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
        if (stream.NegotiatedApplicationProtocol == ParentHandshake.Native) return new StreamConnection(stream, socket, parent.ToString());
        await stream.DisposeAsync();
        throw Refused(parent, $"the server does not speak {Protocol.ProtocolVersion.Alpn}");
    }

    private async ValueTask<Socket> ConnectHostAsync(string host, int port, bool loopbackOnly, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        if (loopbackOnly) addresses = Array.FindAll(addresses, IPAddress.IsLoopback); // whatever a resolver says localhost is
        Exception? failure = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                Prepare(socket); // before connecting: the receive buffer decides the window that TCP offers
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                return socket;
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                failure = exception;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw failure ?? new SocketException((int)SocketError.HostNotFound);
    }

    private async ValueTask<Socket> ConnectUnixAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Prepare(socket);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Prepare(Socket socket)
    {
        socket.ReceiveBufferSize = options.ReceiveBufferBytes;
        socket.SendBufferSize = options.SendBufferBytes;
    }

    private static StreamConnection Plain(Socket socket, ParentAddress parent) => new(new NetworkStream(socket, ownsSocket: true), socket, parent.ToString());

    private static IOException Refused(ParentAddress parent, string why) => new($"{parent}: {why}.");
}
