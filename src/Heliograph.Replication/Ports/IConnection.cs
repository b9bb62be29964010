// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Ports;

/// <summary>A byte stream to a peer: a socket, a TLS stream, a unix socket, a gRPC call, or the simulator's wire.</summary>
/// <remarks>One reader and one writer at a time. A connection that broke throws <see cref="IOException"/> from then on.</remarks>
public interface IConnection : IAsyncDisposable
{
    /// <summary>Who is at the other end, for logs: an address, never a credential.</summary>
    string Peer { get; }

    /// <summary>Reads at least one byte, or 0 at the end of the stream. A zero-length buffer is not allowed.</summary>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Hands the bytes to the transport, and completes when it can take more: at once while its buffers have room.</summary>
    /// <param name="bytes">Not to be changed afterwards: they may be shared with thousands of other connections.</param>
    /// <param name="cancellationToken">Gives up waiting; the connection is then broken.</param>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Breaks the connection now; pending reads and writes fail. Never throws, also if the connection is over already: a hub calls it in the loop that serves all others.</summary>
    void Abort();
}

/// <summary>Opens connections to parents.</summary>
public interface IDialer
{
    /// <summary>Connects, authenticates the peer and is authenticated, within the dialer's own deadline (10 s by default).</summary>
    /// <exception cref="IOException">It did not work; the message says why and never holds a credential.</exception>
    ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken);
}

/// <summary>Where a follower's parent listens: <c>tls://host:port</c>, <c>tcp://127.0.0.1:port</c> (loopback only), <c>unix:///path</c>, <c>grpc://host:port</c>, <c>grpc+tcp://127.0.0.1:port</c>.</summary>
/// <param name="Address">The address as configured.</param>
/// <param name="IsSameHost">Whether the parent is the agent of this very host: then a first head is accepted however old it is.</param>
public sealed record ParentAddress(Uri Address, bool IsSameHost = false)
{
    /// <inheritdoc/>
    public override string ToString() => Address.ToString();
}
