// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Enrolment;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Replicas;

namespace Heliograph.Cli.Tiers;

/// <summary>The certificate a tier shows and the authorities it believes; all <see langword="null"/> on loopback.</summary>
/// <param name="Certificate">PEM file: its certificate, then the intermediates.</param>
/// <param name="Key">PEM file: its private key.</param>
/// <param name="Authority">PEM file: the realm's authority, whose certificates it believes.</param>
internal sealed record TlsFiles(string? Certificate, string? Key, string? Authority);

/// <summary>What <c>helio origin</c> was told.</summary>
/// <param name="DataDirectory">Holds the log and the keys.</param>
/// <param name="Listen">Addresses: <c>tls://host:port</c> (one port for all protocols), <c>http://127.0.0.1:port</c>, <c>tcp://127.0.0.1:port</c>.</param>
/// <param name="Tls">Certificate files.</param>
/// <param name="Heartbeat">Between two heads when nothing changes.</param>
/// <param name="HeadLifetime">How long a head may advance a replica.</param>
/// <param name="ScrubInterval">How often the log is hashed again.</param>
/// <param name="Realm">Name given to a new realm, and expected of one that is there; <see langword="null"/>: whatever is there.</param>
/// <param name="Id">Name of this origin in the fleet.</param>
/// <param name="Format">How readiness is announced.</param>
internal sealed record OriginArguments(
    string DataDirectory, IReadOnlyList<Uri> Listen, TlsFiles Tls, TimeSpan Heartbeat, TimeSpan HeadLifetime, TimeSpan ScrubInterval, string? Realm, string Id, OutputFormat Format)
{
    /// <summary>The file of webhooks; <see langword="null"/>: there are none.</summary>
    public string? Webhooks { get; init; }

    /// <summary>The file of OpenID Connect issuers.</summary>
    public string? Oidc { get; init; }

    /// <summary>Whether what is no feature flag may be written as one.</summary>
    public bool AcceptsMalformedFlags { get; init; }

    /// <summary>Longest life of a connection under TLS.</summary>
    public TimeSpan ConnectionAge { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Directory of the realm's authority, if it issues certificates; <see langword="null"/>: it does not.</summary>
    public string? IssueFrom { get; init; }

    /// <summary>How long those last.</summary>
    public TimeSpan CertificateLife { get; init; } = TimeSpan.FromDays(7);

    /// <summary>What it tells of itself.</summary>
    public TelemetryArguments Telemetry { get; init; } = TelemetryArguments.None;

    /// <summary>The App Configuration face.</summary>
    public AppConfigurationArguments AppConfiguration { get; init; } = AppConfigurationArguments.None;

    /// <summary>How it is one of several over etcd; <see langword="null"/>: it is alone.</summary>
    public ClusterArguments? Cluster { get; init; }
}

/// <summary>What <c>helio relay</c> was told.</summary>
/// <param name="DataDirectory">Holds the verified copies.</param>
/// <param name="Listen">Addresses, as for the origin.</param>
/// <param name="Parents">Where it follows, in order of preference; at least one.</param>
/// <param name="SingleParent">Whether one of them is enough.</param>
/// <param name="TrustFile">Pins the realm's head keys.</param>
/// <param name="Tls">Certificate files; the certificate is shown to parents, too.</param>
/// <param name="Region">Region of this relay.</param>
/// <param name="Zone">Zone of this relay.</param>
/// <param name="Id">Name of this relay in the fleet.</param>
/// <param name="StaleAfter">Without a fresh head for so long it is stale.</param>
/// <param name="Subscribe">Namespaces followed always, even if nobody asks.</param>
/// <param name="Format">How readiness is announced.</param>
internal sealed record RelayArguments(
    string DataDirectory, IReadOnlyList<Uri> Listen, IReadOnlyList<Uri> Parents, bool SingleParent, string TrustFile, TlsFiles Tls,
    string Id, string? Region, string? Zone, TimeSpan StaleAfter, IReadOnlyList<NamespacePattern> Subscribe, OutputFormat Format)
{
    /// <summary>Subscribers served at once.</summary>
    public int SubscribersMax { get; init; } = 100_000;

    /// <summary>Snapshots written at once.</summary>
    public int SnapshotsAtOnceMax { get; init; } = 256;

    /// <summary>Where it keeps the log itself; <see langword="null"/>: nowhere.</summary>
    public string? ArchiveDirectory { get; init; }

    /// <summary>How its certificate begins and is renewed.</summary>
    public RenewalArguments Renewal { get; init; } = RenewalArguments.None;

    /// <summary>Longest life of a connection under TLS.</summary>
    public TimeSpan ConnectionAge { get; init; } = TimeSpan.FromHours(12);

    /// <summary>What it tells of itself.</summary>
    public TelemetryArguments Telemetry { get; init; } = TelemetryArguments.None;

    /// <summary>The App Configuration face.</summary>
    public AppConfigurationArguments AppConfiguration { get; init; } = AppConfigurationArguments.None;
}

/// <summary>What <c>helio agent</c> was told.</summary>
/// <param name="DataDirectory">Holds the verified copies.</param>
/// <param name="Socket">Unix socket for the processes of this host.</param>
/// <param name="Listen">Loopback addresses.</param>
/// <param name="Parents">Where it follows, in order of preference; at least one.</param>
/// <param name="SingleParent">Whether one of them is enough.</param>
/// <param name="TrustFile">Pins the realm's head keys.</param>
/// <param name="Tls">The certificate shown to parents.</param>
/// <param name="Region">Region of this host.</param>
/// <param name="Zone">Zone of this host.</param>
/// <param name="Id">Name of this host in the fleet.</param>
/// <param name="StaleAfter">Without a fresh head for so long it is stale.</param>
/// <param name="BakeTime">How long a revision must run well before it counts as good.</param>
/// <param name="Subscribe">Namespaces kept always, so that processes start offline even the first time.</param>
/// <param name="Format">How readiness is announced.</param>
internal sealed record AgentArguments(
    string DataDirectory, string? Socket, IReadOnlyList<Uri> Listen, IReadOnlyList<Uri> Parents, bool SingleParent, string TrustFile, TlsFiles Tls,
    string Id, string? Region, string? Zone, TimeSpan StaleAfter, TimeSpan BakeTime, IReadOnlyList<NamespacePattern> Subscribe, OutputFormat Format)
{
    /// <summary>How its certificate begins and is renewed.</summary>
    public RenewalArguments Renewal { get; init; } = RenewalArguments.None;

    /// <summary>What it tells of itself.</summary>
    public TelemetryArguments Telemetry { get; init; } = TelemetryArguments.None;

    /// <summary>The App Configuration face.</summary>
    public AppConfigurationArguments AppConfiguration { get; init; } = AppConfigurationArguments.None;

    /// <summary>Files that say what is kept as files.</summary>
    public IReadOnlyList<string> Projections { get; init; } = [];

    /// <summary>Programs that may be run after a change of those.</summary>
    public IReadOnlyList<string> ProjectionCommands { get; init; } = [];

    /// <summary>Feature flags for OpenFeature providers.</summary>
    public OpenFeatureArguments OpenFeature { get; init; } = OpenFeatureArguments.None;
}
