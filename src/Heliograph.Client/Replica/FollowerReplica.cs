// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Following;
using Heliograph.Replication.Replicas;

namespace Heliograph.Client.Replica;

/// <summary>The follower, as a client sees it.</summary>
/// <param name="follower">Follows the parents.</param>
/// <param name="dials">Knows how the parents answered.</param>
/// <param name="owned">What ends with it, in this order.</param>
internal sealed class FollowerReplica(Follower follower, DialJournal dials, params IReadOnlyList<IDisposable> owned) : IClientReplica
{
    /// <inheritdoc/>
    public SignedHead? NewestHead => follower.NewestHead;

    /// <inheritdoc/>
    public bool IsStale => follower.Freshness.IsStale;

    /// <inheritdoc/>
    public TimeSpan SinceFreshHead => follower.Freshness.SinceFreshHead;

    /// <inheritdoc/>
    public string? Parent => follower.ConnectedParent?.ToString();

    /// <inheritdoc/>
    public bool NobodyAnswers => dials.NobodyAnswers;

    /// <inheritdoc/>
    public NamespaceVersion? Find(NamespaceName name) => follower.Find(name);

    /// <inheritdoc/>
    public IDisposable Want(NamespaceName name) => follower.Want(name);

    /// <inheritdoc/>
    public IDisposable Observe(INamespaceObserver observer) => follower.Observe(observer);

    /// <inheritdoc/>
    public bool IsStaleFor(NamespaceName name) => follower.Freshness.IsStaleFor(name);

    /// <inheritdoc/>
    public bool IsStable(NamespaceName name) => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Troubles() => dials.Failures();

    /// <inheritdoc/>
    public Task LoadAsync(CancellationToken cancellationToken) => follower.LoadAsync(cancellationToken);

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => follower.RunAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        follower.Dispose();
        foreach (var part in owned) part.Dispose();
        return ValueTask.CompletedTask;
    }
}
