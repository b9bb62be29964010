// SPDX-License-Identifier: Apache-2.0
using Heliograph.Platform.Net;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Grpc;

/// <summary>Dials by scheme: <c>grpc</c> and <c>grpc+tcp</c> over the gRPC envelope, everything else over the native one.</summary>
public sealed class ParentDialer(DialerOptions options, TimeProvider time) : IDialer
{
    private readonly SocketDialer _native = new(options, time);
    private readonly GrpcDialer _grpc = new(options, time);

    /// <summary>Why an address cannot be a parent's; <see langword="null"/> if it can.</summary>
    public static string? Fault(Uri address)
    {
        if (IsGrpc(address)) return GrpcDialer.Fault(address);
        if (address.Scheme is not ("tls" or "tcp" or "unix")) return "the scheme is none of tls, grpc, tcp, grpc+tcp and unix";
        return ParentEndpoint.TryParse(address, out _, out var fault) ? null : fault;
    }

    /// <inheritdoc/>
    public ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken) =>
        IsGrpc(parent.Address) ? _grpc.ConnectAsync(parent, cancellationToken) : _native.ConnectAsync(parent, cancellationToken);

    private static bool IsGrpc(Uri address) => address.Scheme is "grpc" or "grpc+tcp";
}
