// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Views;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Client.Replica;

/// <summary>What a client asks of the verified replica under it: the namespaces, and how fresh they are.</summary>
internal interface IClientReplica : INamespaceSource, IAsyncDisposable
{
    /// <summary>Whether no fresh head came for 30 s, or none ever.</summary>
    bool IsStale { get; }

    /// <summary>Time since the last fresh head; since the start if none came.</summary>
    TimeSpan SinceFreshHead { get; }

    /// <summary>The parent that is connected now.</summary>
    string? Parent { get; }

    /// <summary>Whether every parent has been dialled since the start, and none was there.</summary>
    bool NobodyAnswers { get; }

    /// <summary>Whether the realm is stale, or the namespace has not been proven for 180 s, or not since the start.</summary>
    bool IsStaleFor(NamespaceName name);

    /// <summary>The last word before a version is served.</summary>
    /// <returns>The version; the last stable one, if this one is in quarantine; <see langword="null"/> if what is served stays.</returns>
    ValueTask<OfferedVersion?> AdmitAsync(OfferedVersion offered, CancellationToken cancellationToken);

    /// <summary>The newest version up to a revision, out of what this process keeps on disk, that is proven and wanted; <see langword="null"/> if there is none, or nothing is kept.</summary>
    ValueTask<NamespaceVersion?> FindEarlierAsync(NamespaceName name, Revision upTo, Func<NamespaceVersion, bool> isWanted, CancellationToken cancellationToken);

    /// <summary>The application is served a version from now on: what is reported of this instance.</summary>
    void Served(OfferedVersion served, DateTimeOffset now);

    /// <summary>A version that was admitted is not served; what was served before goes on.</summary>
    /// <param name="name">Which namespace.</param>
    /// <param name="revision">Which revision.</param>
    /// <param name="code">Why, for programs.</param>
    /// <param name="detail">Why, for people; never a value.</param>
    void NotServed(NamespaceName name, Revision revision, RefusalCode code, string detail);

    /// <summary>The process lets go of its configuration in order: this was no crash. To be called while the replica still runs.</summary>
    ValueTask EndAsync();

    /// <summary>To be called every second, with what the application says of itself.</summary>
    Task TickAsync(bool isHealthy, CancellationToken cancellationToken);

    /// <summary>The configuration keys that this host sets for itself, from now on: reported, without their values.</summary>
    void OverrideLocally(IReadOnlyCollection<string> keys);

    /// <summary>What stands between the replica and each parent, for people; empty when all is well. Holds no credential.</summary>
    IReadOnlyList<string> Troubles();

    /// <summary>Reads the last-known-good. Whoever observes hears of it before this completes.</summary>
    Task LoadAsync(CancellationToken cancellationToken);

    /// <summary>Follows the parents until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}
