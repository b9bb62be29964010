// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using Grpc.Core;
using Grpc.Net.Client;
using Heliograph.Platform.Net;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Grpc;

/// <summary>Dials parents over the gRPC envelope, for networks that pass only HTTP/2: <c>grpc://host:port</c> under TLS, <c>grpc+tcp://127.0.0.1:port</c> on loopback.</summary>
/// <remarks>Thread-safe. Proves and demands the same identities as <see cref="SocketDialer"/>. Each connection is a channel of its own.</remarks>
public sealed class GrpcDialer(DialerOptions options, TimeProvider time) : IDialer
{
    /// <inheritdoc/>
    public async ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken)
    {
        var handshake = Handshake(parent);
        var channel = Channel(parent.Address, handshake);
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, host: null, new CallOptions());
        try
        {
            await call.ResponseHeadersAsync.WaitAsync(either.Token);
        }
        catch (Exception exception)
        {
            End(call, channel);
            if (exception is RpcException refused) throw new IOException($"{parent}: {handshake?.Fault ?? refused.Status.Detail}", exception);
            if (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested) throw new IOException($"{parent}: no connection within {options.ConnectTimeout.TotalSeconds:0.###} s.", exception);
            throw;
        }
        return new EnvelopeConnection(parent.ToString(), call.ResponseStream, call.RequestStream, call.Dispose, () =>
        {
            End(call, channel);
            return default;
        });
    }

    /// <summary>Why an address cannot be dialled; <see langword="null"/> if it can.</summary>
    internal static string? Fault(Uri address) =>
        address.Scheme is not ("grpc" or "grpc+tcp") ? "the scheme is not grpc or grpc+tcp"
        : address.Host.Length == 0 || address.Port is < 1 or > 65_535 ? "a host or a port is missing"
        : address.PathAndQuery is not ("/" or "") || address.UserInfo.Length > 0 || address.Fragment.Length > 0 ? "it holds more than a host and a port"
        : address.Scheme == "grpc+tcp" && !ParentEndpoint.IsLoopback(address.DnsSafeHost) ? "grpc+tcp:// is plain text and only for loopback addresses; use grpc:// to reach another host"
        : null;

    private ParentHandshake? Handshake(ParentAddress parent)
    {
        var address = parent.Address;
        if (Fault(address) is { } fault) throw new IOException($"{address.Scheme}://{address.Authority}: {fault}.");
        if (address.Scheme == "grpc+tcp") return null;
        return options.Authority is { } authority ? new(authority, time) : throw new IOException($"{parent}: grpc:// needs the certificate of the realm's authority, and none is configured.");
    }

    private GrpcChannel Channel(Uri address, ParentHandshake? handshake)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            UseProxy = false,
            AllowAutoRedirect = false,
        };
        if (handshake is not null) handler.SslOptions = handshake.Options(address.DnsSafeHost, options.ClientCertificate(), [SslApplicationProtocol.Http2]);
        return GrpcChannel.ForAddress($"{(handshake is null ? "http" : "https")}://{address.Authority}", new()
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = EnvelopeFormat.EnvelopeBytesMax,
            MaxRetryAttempts = 1,
        });
    }

    private static void End(AsyncDuplexStreamingCall<Protocol.Wire.Envelope, Protocol.Wire.Envelope> call, GrpcChannel channel)
    {
        call.Dispose();
        channel.Dispose();
    }
}
