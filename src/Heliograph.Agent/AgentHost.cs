// SPDX-License-Identifier: Apache-2.0
using Heliograph.Agent.Boot;
using Heliograph.Agent.Projection;
using Heliograph.Agent.ReadApi;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Hosting.Telemetry;
using Heliograph.Platform.Trust;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Agent;

/// <summary>What an agent is told: where to follow, which socket to serve, where it stands in the fleet.</summary>
public sealed class AgentOptions
{
    /// <summary>Unique in the fleet; the host's name by habit.</summary>
    public required string Id { get; init; }

    /// <summary>Where it runs; may be empty.</summary>
    public string Region { get; init; } = "";

    /// <summary>Where in the region; may be empty.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Where it keeps the last-known-good; made if need be.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Pins the realm's head keys.</summary>
    public required string TrustFile { get; init; }

    /// <summary>Where it follows, nearest first.</summary>
    public required IReadOnlyList<Uri> Parents { get; init; }

    /// <summary>Whether one parent is enough; without it a single one is warned of.</summary>
    public bool AllowSingleParent { get; init; }

    /// <summary>Where it listens: unix sockets and loopback only, for its host only.</summary>
    public required IReadOnlyList<ListenEndpoint> Listen { get; init; }

    /// <summary>PEM file of the realm's authority; needed to follow over TLS.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM file of its certificate, shown to parents.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Namespaces, by name or prefix, to keep even if nobody asks, so that a process starts offline even the first time.</summary>
    public IReadOnlyList<NamespacePattern> Always { get; init; } = [];

    /// <summary>
    /// How long a service of this host must run well on a revision before it counts as good; until then two unclean ends on it make the next start of the
    /// service get the last stable one. Default 10 minutes; 1 s to 7 days.
    /// </summary>
    public TimeSpan BakeTime { get; init; } = BootGuard.BakeTimeDefault;

    /// <summary>Settings that it keeps as files.</summary>
    public IReadOnlyList<ProjectionOptions> Projections { get; init; } = [];

    /// <summary>Without a fresh head for so long it is stale and tries another parent. Default 30 s.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What it tells of itself beside its log.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();
}

/// <summary>Starts an agent: one per host, it keeps a verified copy on disk and serves every process of the host, whatever is left above it.</summary>
public static class AgentHost
{
    /// <summary>Starts it. It serves its last-known-good from the first moment.</summary>
    /// <exception cref="ArgumentException">An address could be reached from elsewhere.</exception>
    /// <exception cref="IOException">A file cannot be read, or an address is taken.</exception>
    public static Task<ReplicaNode> StartAsync(AgentOptions options, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        if (options.Listen.FirstOrDefault(endpoint => endpoint.Protocol == ListenProtocol.All) is { } reachable)
            throw new ArgumentException($"An agent serves its own host only; {reachable} could be reached from elsewhere. Use unix:///path, grpc+unix:///path, or tcp://, http:// or grpc+tcp:// with 127.0.0.1:port.", nameof(options));
        if (options.BakeTime < TimeSpan.FromSeconds(1) || options.BakeTime > TimeSpan.FromDays(7)) throw new ArgumentException($"BakeTime is 1 s to 7 days, not {options.BakeTime}.", nameof(options));
        if (options.Projections.Count > ProjectionOptions.ProjectionsMax) throw new ArgumentException($"{options.Projections.Count} projections are asked for; the limit is {ProjectionOptions.ProjectionsMax}.", nameof(options));
        foreach (var twice in options.Projections.GroupBy(one => one.Directory).Concat(options.Projections.GroupBy(one => one.Name)).Where(group => group.Count() > 1))
            throw new ArgumentException($"'{twice.Key}' stands for two projections.", nameof(options));
        var realm = TrustFile.Load(options.TrustFile).Root.Realm;
        var credentials = NodeCredentials.Load(realm, options.AuthorityFile, options.CertificateFile, options.KeyFile);
        return ReplicaNode.StartAsync(new ReplicaNodeOptions
        {
            Id = options.Id,
            Role = Role.Agent,
            Region = options.Region,
            Zone = options.Zone,
            DataDirectory = options.DataDirectory,
            TrustFile = options.TrustFile,
            Parents = [.. options.Parents.Select(parent => new ParentAddress(parent))],
            AllowSingleParent = options.AllowSingleParent,
            Dialer = credentials.ForDialing,
            Listeners = new ListenerOptions { Endpoints = options.Listen },
            Always = options.Always,
            StaleAfter = options.StaleAfter,
            Telemetry = options.Telemetry,
            Endpoints = parts => ReadEndpoints.Map(parts, options.Projections),
            Front = (parts, token) => HostGuard.MakeAsync(parts, options.BakeTime, token),
        }, time, logging, cancellationToken);
    }
}
