// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Heliograph.Hosting.Listening;

/// <summary>Where a tier listens, and what a peer may cost. Checked when the listeners are added: a fault stops the start, all faults named.</summary>
public sealed class ListenerOptions
{
    /// <summary>Where to listen. At least one.</summary>
    public IReadOnlyList<ListenEndpoint> Endpoints { get; init; } = [];

    /// <summary>Certificate and authority. Needed by <c>tls://</c> endpoints.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>Connections at once, those of the native envelope counted apart from all others; further ones are closed. Default 120,000: descriptors, not memory, end first.</summary>
    public long ConnectionsMax { get; init; } = 120_000;

    /// <summary>Bytes that wait to be sent on one connection before writing waits, in user space. Default 32 KiB: with the kernel's share, 64 KiB for a subscriber.</summary>
    public int PipeBytesMax { get; init; } = 32 << 10;

    /// <summary>The same, in the kernel. Default 32 KiB: 320 KB/s at a round trip of 100 ms. For relays fed over long distances raise it, e.g. to 1 MiB.</summary>
    public int SocketSendBytes { get; init; } = 32 << 10;

    /// <summary>Bytes that have come and were not read, in the kernel; and again in user space. Default 64 KiB.</summary>
    public int SocketReceiveBytes { get; init; } = 64 << 10;

    /// <summary>Largest body of an HTTP request, where an endpoint does not set its own. Default 1 MiB.</summary>
    public long RequestBodyBytesMax { get; init; } = 1 << 20;

    /// <summary>HTTP/2 streams at once on one connection, and so gRPC calls of one peer. Default 100; further ones wait at the peer.</summary>
    public int StreamsMax { get; init; } = 100;

    /// <summary>Silence on an HTTP/2 connection after which it is asked for a sign of life. Default 30 s: half of what many proxies allow a silent connection.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long that sign may take before the connection counts as dead. Default 20 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Longest TLS handshake, and longest time for a request's headers. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Longest life of a sync connection under TLS; it ends earlier with the peer's certificate, and up to a tenth earlier by lot, so that peers which came together do not go together. A follower
    /// takes the end for a loss: it warns, turns to its next parent after the usual wait (250 ms at most, if the connection lived for a minute; up to 10 s, if shorter ones
    /// came one after another) and resumes where it stood, with the proof that it has then. Default 12 h; 1 s to 30 days.
    /// </summary>
    public TimeSpan ConnectionAgeMax { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Who may connect to unix sockets. Default 0660: the owner and the group.</summary>
    public UnixFileMode UnixSocketMode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Everything that is wrong with the options.</summary>
    public IEnumerable<ValidationResult> Validate()
    {
        if (Endpoints.Count == 0) yield return new("There is no endpoint to listen at.", [nameof(Endpoints)]);
        foreach (var endpoint in Endpoints)
        {
            // Parsing has refused this already; an endpoint made in code has not been parsed.
            if (endpoint.Protocol != ListenProtocol.All && endpoint.Address is { } plain && !IPAddress.IsLoopback(plain.Address))
                yield return new($"{endpoint} is plain text that others could reach. Use tls://, or a loopback address, or a unix socket.", [nameof(Endpoints)]);
            if (endpoint is { Address: null, Path: null } or { Address: not null, Path: not null } || endpoint is { Protocol: ListenProtocol.All, Address: null })
                yield return new($"{endpoint} is neither an IP address nor a unix socket that the protocol can have.", [nameof(Endpoints)]);
            if (endpoint.Protocol == ListenProtocol.All && Tls is null)
                yield return new($"{endpoint} needs a certificate and the realm's authority.", [nameof(Tls)]);
        }
        foreach (var (bytes, name) in new[] { (PipeBytesMax, nameof(PipeBytesMax)), (SocketSendBytes, nameof(SocketSendBytes)), (SocketReceiveBytes, nameof(SocketReceiveBytes)) })
            if (bytes is < 4_096 or > 64 << 20)
                yield return new($"{name} ({bytes}) must be 4 KiB to 64 MiB.", [name]);
        if (ConnectionsMax < 1) yield return new($"ConnectionsMax ({ConnectionsMax}) must be 1 or more.", [nameof(ConnectionsMax)]);
        if (RequestBodyBytesMax < 0) yield return new($"RequestBodyBytesMax ({RequestBodyBytesMax}) must be 0 or more.", [nameof(RequestBodyBytesMax)]);
        if (StreamsMax is < 1 or > 10_000) yield return new($"StreamsMax ({StreamsMax}) must be 1 to 10,000.", [nameof(StreamsMax)]);
        foreach (var (span, name) in new[] { (KeepAliveInterval, nameof(KeepAliveInterval)), (KeepAliveTimeout, nameof(KeepAliveTimeout)) })
            if (span < TimeSpan.FromSeconds(1) || span > TimeSpan.FromHours(1)) yield return new($"{name} ({span}) must be 1 s to 1 h.", [name]);
        if (ConnectionAgeMax < TimeSpan.FromSeconds(1) || ConnectionAgeMax > TimeSpan.FromDays(30)) yield return new($"ConnectionAgeMax ({ConnectionAgeMax}) must be 1 s to 30 days.", [nameof(ConnectionAgeMax)]);
        if (HandshakeTimeout <= TimeSpan.Zero || HandshakeTimeout > TimeSpan.FromMinutes(5)) yield return new($"HandshakeTimeout ({HandshakeTimeout}) must be up to 5 minutes.", [nameof(HandshakeTimeout)]);
    }
}
