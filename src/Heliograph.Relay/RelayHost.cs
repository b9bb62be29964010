// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Hosting.Telemetry;
using Heliograph.Platform.Trust;
using Heliograph.Protocol.Wire;
using Heliograph.Relay.Archive;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Relay;

/// <summary>What a relay is told: where to follow, where to listen, who it is.</summary>
public sealed class RelayOptions
{
    /// <summary>Unique in the fleet.</summary>
    public required string Id { get; init; }

    /// <summary>Where it runs; may be empty.</summary>
    public string Region { get; init; } = "";

    /// <summary>Where in the region; may be empty.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Where it keeps its verified copies; made if need be.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Pins the realm's head keys.</summary>
    public required string TrustFile { get; init; }

    /// <summary>Where it follows, nearest first.</summary>
    public required IReadOnlyList<Uri> Parents { get; init; }

    /// <summary>Whether one parent is enough; without it a single one is warned of.</summary>
    public bool AllowSingleParent { get; init; }

    /// <summary>Where it listens.</summary>
    public required IReadOnlyList<ListenEndpoint> Listen { get; init; }

    /// <summary>PEM file of the realm's authority; needed for TLS.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM file of its certificate; needed for TLS.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Whether a peer on loopback that says to be a relay or an agent is given reader keys, as one of this process's own user on a unix socket is. Default no: for development realms only, where whoever reaches loopback may read everything.</summary>
    public bool TrustLoopback { get; init; }

    /// <summary>Namespaces, by name or prefix, to follow even if nobody asks.</summary>
    public IReadOnlyList<NamespacePattern> Always { get; init; } = [];

    /// <summary>Directory in which it keeps the log itself, entry by entry, as what a lost origin is rebuilt from. Made if need be. <see langword="null"/>: it keeps none.</summary>
    public string? ArchiveDirectory { get; init; }

    /// <summary>Longest life of a subscriber's connection under TLS (<see cref="ListenerOptions.ConnectionAgeMax"/>). Default 12 h; 1 s to 30 days.</summary>
    public TimeSpan ConnectionAgeMax { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Subscribers served at once; further ones are asked to go elsewhere, and not before a time drawn for each (<see cref="ReplicaNodeOptions.SubscribersMax"/>). Default 100,000; 1 to 1,000,000.</summary>
    public int SubscribersMax { get; init; } = 100_000;

    /// <summary>Snapshots written at once; further subscribers wait their turn (<see cref="ReplicaNodeOptions.SnapshotsAtOnceMax"/>). Default 256; 1 to 65,536.</summary>
    public int SnapshotsAtOnceMax { get; init; } = 256;

    /// <summary>Without a fresh head for so long it is stale and tries another parent. Default 30 s.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What it tells of itself beside its log.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();
}

/// <summary>Starts a relay: it follows parents, verifies, and fans out; it has no way to write.</summary>
public static class RelayHost
{
    /// <summary>Starts it. It serves what it held before from the first moment.</summary>
    /// <exception cref="IOException">A file cannot be read, or an address is taken.</exception>
    public static Task<ReplicaNode> StartAsync(RelayOptions options, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var trust = TrustFile.LoadTrust(options.TrustFile);
        var anchor = trust.Roots.Anchor;
        var credentials = NodeCredentials.Load(anchor.Root.Realm, options.AuthorityFile, options.CertificateFile, options.KeyFile);
        return StartAsync(options, trust, credentials, time, logging, cancellationToken);
    }

    private static async Task<ReplicaNode> StartAsync(RelayOptions options, RealmTrust trust, NodeCredentials credentials, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var archive = options.ArchiveDirectory is { } directory ? await OpenArchiveAsync(directory, options, trust, credentials, time, logging, cancellationToken) : null;
        try
        {
            return await StartNodeAsync(options, credentials, archive, time, logging, cancellationToken);
        }
        catch
        {
            archive?.Dispose();
            throw;
        }
    }

    private static async Task<LogArchive> OpenArchiveAsync(string directory, RelayOptions options, RealmTrust trust, NodeCredentials credentials, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var upstream = new ArchiveUpstream(options.Id, [.. options.Parents.Select(parent => new ParentAddress(parent))], new ParentDialer(credentials.ForDialing, time));
        return await Task.Run(() => LogArchive.Open(directory, trust, upstream, time, LoggerFactory.Create(logging).CreateLogger<LogArchive>(), cancellationToken), cancellationToken); // it reads all of it
    }

    private static Task<ReplicaNode> StartNodeAsync(RelayOptions options, NodeCredentials credentials, LogArchive? archive, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellationToken) =>
        ReplicaNode.StartAsync(new ReplicaNodeOptions
        {
            Archive = archive,
            Id = options.Id,
            Role = Role.Relay,
            Region = options.Region,
            Zone = options.Zone,
            DataDirectory = options.DataDirectory,
            TrustFile = options.TrustFile,
            Parents = [.. options.Parents.Select(parent => new ParentAddress(parent))],
            AllowSingleParent = options.AllowSingleParent,
            Dialer = credentials.ForDialing,
            Listeners = new ListenerOptions { Endpoints = options.Listen, Tls = credentials.ForListening, ConnectionAgeMax = options.ConnectionAgeMax },
            TrustLoopback = options.TrustLoopback,
            Always = options.Always,
            StaleAfter = options.StaleAfter,
            SubscribersMax = options.SubscribersMax,
            SnapshotsAtOnceMax = options.SnapshotsAtOnceMax,
            Telemetry = options.Telemetry,
        }, time, logging, cancellationToken);
}
