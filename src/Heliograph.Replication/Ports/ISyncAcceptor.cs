// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Ports;

/// <summary>Serves connections of the sync protocol, whatever envelope they came in.</summary>
public interface ISyncAcceptor
{
    /// <summary>Serves one connection until it ends. Never throws for what the peer does.</summary>
    /// <param name="connection">Not disposed here: it is the listener's.</param>
    /// <param name="peer">Who the connection itself proves to be at the other end.</param>
    /// <param name="renewal">The connection has lived long enough: the peer is asked to come back on a new one, and goes on being served on this one until it does.</param>
    /// <param name="cancellationToken">Ends the service of this connection.</param>
    Task AcceptAsync(IConnection connection, PeerIdentity peer, CancellationToken renewal, CancellationToken cancellationToken);
}

/// <summary>Connections without an age.</summary>
public static class SyncAcceptors
{
    /// <summary>Serves one connection until it ends, however long that takes.</summary>
    /// <param name="acceptor">Who serves it.</param>
    /// <param name="connection">Not disposed here: it is the listener's.</param>
    /// <param name="peer">Who the connection itself proves to be at the other end.</param>
    /// <param name="cancellationToken">Ends the service of this connection.</param>
    public static Task AcceptAsync(this ISyncAcceptor acceptor, IConnection connection, PeerIdentity peer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(acceptor);
        return acceptor.AcceptAsync(connection, peer, renewal: CancellationToken.None, cancellationToken);
    }
}

/// <summary>Who is at the other end of a connection, as proven, not as claimed.</summary>
/// <param name="Subject">What roles are bound to: a SPIFFE id, a token's subject, <c>local:uid=1000</c>, <c>local</c>; empty for nobody.</param>
/// <param name="Kind">How it was proven.</param>
public sealed record PeerIdentity(string Subject, PeerKind Kind)
{
    /// <summary>Nobody has been proven.</summary>
    public static PeerIdentity Anonymous { get; } = new("", PeerKind.Anonymous);
}

/// <summary>How a peer's identity was proven.</summary>
public enum PeerKind
{
    /// <summary>Not at all: a network connection without certificate and token.</summary>
    Anonymous,

    /// <summary>By being on this host: a unix socket or loopback.</summary>
    Local,

    /// <summary>By a certificate of the realm.</summary>
    Certificate,

    /// <summary>By an API token.</summary>
    Token,
}
