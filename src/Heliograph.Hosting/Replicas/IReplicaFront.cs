// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Hosting.Telemetry;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Replicas;

/// <summary>What takes the connections of a relay or an agent: its hub, or what a role puts before it.</summary>
public interface IReplicaFront : ISyncAcceptor, IHubGauges, IAsyncDisposable
{
    /// <summary>What is in quarantine for a service of this host; empty where nobody guards.</summary>
    IReadOnlyList<QuarantinedService> Quarantined { get; }

    /// <summary>For how long what a crash loop would fall back to has not been the newest; <see langword="null"/> where nothing has been earned, or nobody guards. Asked by whoever collects metrics, one at a time.</summary>
    TimeSpan? StableAge => null;

    /// <summary>Looks after the subscribers until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Asks every subscriber to connect elsewhere, spread over a window, and takes no new ones.</summary>
    void Drain(string reason, TimeSpan window);
}

/// <summary>A revision that a service of this host is not served any more.</summary>
/// <param name="Service">Which service.</param>
/// <param name="Namespace">Of which namespace.</param>
/// <param name="Revision">What is in quarantine.</param>
/// <param name="Stable">What is served instead; <see langword="null"/> if something newer has come, or nothing stable can be read.</param>
public sealed record QuarantinedService(string Service, NamespaceName Namespace, Revision Revision, Revision? Stable);

/// <summary>The parts of a node that a front is built of.</summary>
/// <param name="Trust">What is trusted.</param>
/// <param name="Files">The data directory.</param>
/// <param name="Store">The last-known-good in it.</param>
/// <param name="Follower">What is held.</param>
/// <param name="MakeHub">Makes a hub of this node: over which source, numbering subscribers from where on, telling whom of runs.</param>
/// <param name="Time">The clock.</param>
/// <param name="Loggers">Where the front tells.</param>
public sealed record ReplicaParts(
    TrustCell Trust, IFileStore Files, LastKnownGoodStore Store, Follower Follower, Func<INamespaceSource, long, IRunWatch?, FanOutHub> MakeHub, TimeProvider Time, ILoggerFactory Loggers);

/// <summary>The hub alone.</summary>
internal sealed class HubFront(FanOutHub hub) : IReplicaFront
{
    public int SubscriberCount => hub.SubscriberCount;

    public long WaitingBytesMax => hub.WaitingBytesMax;

    public int SnapshotsNow => hub.SnapshotsNow;

    public IReadOnlyList<QuarantinedService> Quarantined => [];

    public static ValueTask<IReplicaFront> MakeAsync(ReplicaParts parts, CancellationToken cancellationToken) => new(new HubFront(parts.MakeHub(parts.Follower, 0, null)));

    public Task AcceptAsync(IConnection connection, PeerIdentity peer, CancellationToken renewal, CancellationToken cancellationToken) => hub.AcceptAsync(connection, peer, renewal, cancellationToken);

    public Task RunAsync(CancellationToken cancellationToken) => hub.RunAsync(cancellationToken);

    public void Drain(string reason, TimeSpan window) => hub.Drain(reason, window);

    public ValueTask DisposeAsync()
    {
        hub.Dispose();
        return default;
    }
}
