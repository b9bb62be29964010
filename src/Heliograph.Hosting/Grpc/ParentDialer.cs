// SPDX-License-Identifier: Apache-2.0
using Heliograph.Platform.Net;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Grpc;

/// <summary>Dials by scheme: <c>grpc</c> and <c>grpc+tcp</c> over the gRPC envelope, everything else over the native one.</summary>
public sealed class ParentDialer(DialerOptions options, TimeProvider time) : IDialer
{
    private readonly SocketDialer _native = new(options, time);
    private readonly GrpcDialer _grpc = new(options, time);

    /// <inheritdoc/>
    public ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken) =>
        parent.Address.Scheme is "grpc" or "grpc+tcp" ? _grpc.ConnectAsync(parent, cancellationToken) : _native.ConnectAsync(parent, cancellationToken);
}
