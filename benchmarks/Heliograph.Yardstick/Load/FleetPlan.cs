// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Load;

/// <summary>What a fleet of subscribers does.</summary>
/// <param name="Port">Where the server listens, on 127.0.0.1.</param>
/// <param name="Subscribers">How many connections.</param>
internal sealed record FleetPlan(int Port, int Subscribers)
{
    /// <summary>Whether each wants the stored values before the live ones.</summary>
    public bool WantsSnapshot { get; init; }

    /// <summary>Connections under way at once.</summary>
    public int ConnectsAtOnce { get; init; } = 128;

    /// <summary>How many, from the first on, stop reading when the fleet is told so; they are no part of the latencies.</summary>
    public int Stalled { get; init; }

    /// <summary>TLS, or <see langword="null"/> for none.</summary>
    public TlsClient? Tls { get; init; }

    /// <summary>Whether the TLS sessions are kept, and resumed when the fleet connects again.</summary>
    public bool ResumesTls { get; init; }

    /// <summary>Whether a connection that ended is opened again, as the system's own client would.</summary>
    public bool Reconnects { get; init; }

    /// <summary>Whether a subscriber that is live for the first time ends its connection and does not come back, as a job that was started with its settings.</summary>
    public bool LeavesWhenLive { get; init; }

    /// <summary>Whether connections end as soon as the handshake is done, without saying a word.</summary>
    public bool HandshakeOnly { get; init; }
}
