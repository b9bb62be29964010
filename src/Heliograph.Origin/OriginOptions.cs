// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Telemetry;
using Heliograph.Origin.Cluster;

namespace Heliograph.Origin;

/// <summary>What an origin needs to start.</summary>
public sealed class OriginOptions
{
    /// <summary>Where it keeps its data, on a local disk; made, with mode 0700, if it is not there. Holds the trust file, the head key, the log, the high-water mark and the first administrator's token.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Name of a realm that is made without saying one.</summary>
    public const string DefaultRealmName = "heliograph";

    /// <summary>Name of the realm, if this start makes it.</summary>
    public string RealmName { get; init; } = DefaultRealmName;

    /// <summary>Where it listens. REST on <c>tls://</c> and <c>http://</c> endpoints, the sync protocol on <c>tls://</c>, <c>tcp://</c> and <c>unix://</c> ones, its gRPC envelope on <c>tls://</c>, <c>grpc+tcp://</c> and <c>grpc+unix://</c> ones.</summary>
    public required ListenerOptions Listeners { get; init; }

    /// <summary>Whether a peer on loopback that says to be a relay or an agent is given reader keys, as one of this process's own user on a unix socket is. Default no: for development realms only, where whoever reaches loopback may read everything.</summary>
    public bool TrustLoopback { get; init; }

    /// <summary>Whether a setting with the content type of feature flags may hold what is none, however it is written. Default no: it is refused with the reason.</summary>
    public bool AcceptsMalformedFlags { get; init; }

    /// <summary>Directory of the realm's certificate authority (<c>ca.pem</c> and <c>ca-key.pem</c>), if this origin enrols nodes and renews their certificates; <see langword="null"/>: it does not.</summary>
    public string? IssueFrom { get; init; }

    /// <summary>
    /// How long certificates last that this origin issues. Default 7 days: renewed at 50 to 70 % of that, so that a node outlives more than two days without an origin. 10 s to 90 days.
    /// </summary>
    public TimeSpan CertificateLife { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Issuers whose tokens (signed JWTs) prove callers of the REST API; at most <see cref="Oidc.OidcIssuer.IssuersMax"/>. Default none. The origins of a cluster are told the same.</summary>
    public IReadOnlyList<Oidc.OidcIssuer> OidcIssuers { get; init; } = [];

    /// <summary>How it is one of several over etcd; <see langword="null"/>: it is alone, and its log is in its data directory.</summary>
    public ClusterOptions? Cluster { get; init; }

    /// <summary>How changes are ordered and signed. In a cluster <see cref="SequencerOptions.NodeId"/> must be unique among the origins.</summary>
    public SequencerOptions Sequencing { get; init; } = new();

    /// <summary>
    /// How often the whole log is hashed again, at most 10 MB a second; the first time after an hour at the latest. Default 24 h; 1 s to 30 days.
    /// </summary>
    public TimeSpan ScrubInterval { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Longest graceful stop. Default 30 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Over how long subscribers are asked to spread their reconnects when this origin stops. Default 5 s.</summary>
    public TimeSpan ReconnectWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What it tells of itself beside its log.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();
}
