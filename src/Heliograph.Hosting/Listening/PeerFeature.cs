// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Pki;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Heliograph.Hosting.Listening;

/// <summary>Who is at the other end of a connection, found once when it is accepted, and there for every request on it.</summary>
/// <param name="Identity">What the connection itself proves.</param>
/// <param name="ExpiresAt">End of the certificate that proves it; a connection must not outlive it. <see langword="null"/>: no end.</param>
/// <param name="Address">Where the peer is, for logs.</param>
public sealed record PeerFeature(PeerIdentity Identity, DateTimeOffset? ExpiresAt, string Address)
{
    /// <summary>Whether the peer came over TLS: from elsewhere, with proofs that may be taken away.</summary>
    public bool IsTls { get; init; }

    /// <summary>Subject of a peer on loopback: somebody on this host, and nobody can say who.</summary>
    internal const string LoopbackSubject = "local";

    private const int SolSocket = 1, SoPeerCred = 17; // Linux

    /// <summary>The identity as it stands at a time: nobody's once its certificate has expired.</summary>
    public PeerIdentity At(DateTimeOffset now) => now >= ExpiresAt ? PeerIdentity.Anonymous : Identity;

    /// <summary>Subject of a peer at the other end of a unix socket.</summary>
    internal static string SubjectOf(uint user) => $"{LoopbackSubject}:uid={user}";

    /// <summary>Finds out who a connection's peer is. After TLS, if there is TLS.</summary>
    internal static PeerFeature Of(ConnectionContext connection)
    {
        var address = connection.RemoteEndPoint is IPEndPoint ip ? ip.ToString() : "unix";
        if (connection.Features.Get<ITlsConnectionFeature>() is { } tls) return OfTls(tls.ClientCertificate, address);
        return connection.RemoteEndPoint is not IPEndPoint && UserOf(connection) is { } user
            ? new(new(SubjectOf(user), PeerKind.Local), null, $"unix:uid={user}")
            : new(new(LoopbackSubject, PeerKind.Local), null, address);
    }

    /// <summary>Who a peer under TLS is, by the certificate that was judged in the handshake; nobody without one.</summary>
    internal static PeerFeature OfTls(X509Certificate2? judged, string address) =>
        judged is not null && RealmAuthority.TryRead(judged, out var id, out _)
            ? new(new(id.ToString(), PeerKind.Certificate), judged.NotAfter.ToUniversalTime(), address) { IsTls = true }
            : new(PeerIdentity.Anonymous, null, address) { IsTls = true };

    /// <summary>The user at the other end of a unix socket, as the kernel saw it connect; <see langword="null"/> where the kernel does not tell.</summary>
    private static uint? UserOf(ConnectionContext connection)
    {
        if (!OperatingSystem.IsLinux() || connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { AddressFamily: AddressFamily.Unix } socket) return null;
        Span<byte> credentials = stackalloc byte[12]; // struct ucred: pid, uid, gid, 32 bits each, in the machine's byte order
        var length = socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        if (length != credentials.Length) return null;
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]) : BinaryPrimitives.ReadUInt32BigEndian(credentials[4..]);
    }
}

/// <summary>The peer, for handlers of requests.</summary>
public static class PeerOfRequest
{
    /// <summary>Who the request's connection proves to be at the other end. A token in the request may prove more; that is for the caller to judge.</summary>
    /// <exception cref="InvalidOperationException">The request did not come over a listener of this project.</exception>
    public static PeerIdentity GetPeer(this HttpContext context, TimeProvider time) => context.GetPeerFeature().At(time.GetUtcNow());

    internal static PeerFeature GetPeerFeature(this HttpContext context) =>
        context.Features.Get<PeerFeature>() ?? throw new InvalidOperationException("The connection was not accepted by AddHeliographListeners.");
}
