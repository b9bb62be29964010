// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using Heliograph.Core.Replicas;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Telemetry;
using Heliograph.Platform.Net;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Replicas;

/// <summary>What a relay and an agent have in common: whom they follow, what they keep, where they listen.</summary>
public sealed class ReplicaNodeOptions : IValidatableObject
{
    /// <summary>Most prefixes in <see cref="Always"/>: what one stream may follow.</summary>
    private const int PatternsMax = 64;

    /// <summary>Unique in the fleet; appears in the paths of reports. 1 to 128 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Relay or agent.</summary>
    public required Role Role { get; init; }

    /// <summary>Where it runs, as reports name it; may be empty.</summary>
    public string Region { get; init; } = "";

    /// <summary>Where in the region it runs; may be empty.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Directory of the last-known-good; created if need be.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The trust file.</summary>
    public required string TrustFile { get; init; }

    /// <summary>Whom to follow, nearest first, each once; two or more outlive the loss of one. A single one is warned of at the start, see <see cref="AllowSingleParent"/>.</summary>
    public required IReadOnlyList<ParentAddress> Parents { get; init; }

    /// <summary>Whether one parent is enough. Default <see langword="false"/>: say it knowingly, where nothing better exists.</summary>
    public bool AllowSingleParent { get; init; }

    /// <summary>How parents are reached, and how this node proves who it is.</summary>
    public DialerOptions Dialer { get; init; } = new();

    /// <summary>Where to listen.</summary>
    public required ListenerOptions Listeners { get; init; }

    /// <summary>Whether a peer on loopback that says to be a relay or an agent is given reader keys, as one of this process's own user on a unix socket is. Default no: for development realms only, where whoever reaches loopback may read everything.</summary>
    public bool TrustLoopback { get; init; }

    /// <summary>Subscribers served at once; further ones are asked to go elsewhere, and not to come back before a time within 10 s that is drawn for each. Default 100,000; 1 to 1,000,000.</summary>
    public int SubscribersMax { get; init; } = 100_000;

    /// <summary>Snapshots and other long updates written at once; further ones wait on their connections, and hear meanwhile that this node lives. Default 256: about 70 MiB in flight at a typical 274 KiB; 1 to 65,536.</summary>
    public int SnapshotsAtOnceMax { get; init; } = 256;

    /// <summary>Namespaces to follow whether or not anyone below asks for them: by name, by prefix, or all of the realm. Those made later are followed, those deleted are not any more. Default none.</summary>
    public IReadOnlyList<NamespacePattern> Always { get; init; } = [];

    /// <summary>How long a subscription outlives its last subscriber. Default 60 s.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Without a fresh head for so long the node is stale, says so, and tries another parent. Default 30 s.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Over how long subscribers are spread when the node stops. Default 2 s.</summary>
    public TimeSpan DrainWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Makes what takes the connections, once what is held was read and before anything listens. Default: the hub alone.</summary>
    public Func<ReplicaParts, CancellationToken, ValueTask<IReplicaFront>> Front { get; init; } = HubFront.MakeAsync;

    /// <summary>What it tells of itself beside its log.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>What a role answers over HTTP besides the probes and what it holds; what it returns ends with the node. <see langword="null"/>: nothing.</summary>
    public Func<EndpointParts, IDisposable>? Endpoints { get; init; }

    /// <summary>Where it keeps the log itself; disposed with the node. <see langword="null"/>: it keeps namespaces only.</summary>
    public IReplicaArchive? Archive { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TextRules.Fault("id", Id, 128) is { } fault || Id.Length == 0) yield return new("The id has 1 to 128 characters and no control characters.", [nameof(Id)]);
        if (Parents.Count == 0) yield return new("At least one parent is needed, and two to outlive the loss of one.", [nameof(Parents)]);
        if (Parents.Distinct().Count() != Parents.Count) yield return new("A parent is named twice: that is no second one.", [nameof(Parents)]);
        if (Always.Count(pattern => !pattern.IsName) > PatternsMax) yield return new($"At most {PatternsMax} prefixes can be followed.", [nameof(Always)]);
        foreach (var parent in Parents)
        {
            if (parent.Address.Scheme is not ("grpc" or "grpc+tcp") && !ParentEndpoint.TryParse(parent.Address, out _, out var error))
                yield return new($"The parent {parent.Address} cannot be followed: {error}.", [nameof(Parents)]);
            else if (parent.Address.Scheme is "tls" or "grpc" && Dialer.Authority is null)
                yield return new($"The parent {parent.Address} cannot be followed without the realm's authority: it is what its certificate is judged by.", [nameof(Dialer)]);
        }
        foreach (var unsound in Telemetry.Validate()) yield return unsound;
        foreach (var unsound in Listeners.Validate()) yield return unsound;
        if (SubscribersMax is < 1 or > 1_000_000) yield return new($"SubscribersMax ({SubscribersMax}) must be 1 to 1,000,000.", [nameof(SubscribersMax)]);
        if (SnapshotsAtOnceMax is < 1 or > 65_536) yield return new($"SnapshotsAtOnceMax ({SnapshotsAtOnceMax}) must be 1 to 65,536.", [nameof(SnapshotsAtOnceMax)]);
        if (Linger < TimeSpan.Zero || StaleAfter < TimeSpan.FromSeconds(1)) yield return new("Linger is 0 or more, StaleAfter at least 1 s.", [nameof(Linger), nameof(StaleAfter)]);
    }
}
