// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Views;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Following;
using Heliograph.Replication.Replicas;

namespace Heliograph.Client.Replica;

/// <summary>The follower, as a client sees it.</summary>
/// <param name="follower">Follows the parents.</param>
/// <param name="dials">Knows how the parents answered.</param>
/// <param name="guard">Breaks crash loops; <see langword="null"/> for a client that keeps nothing, or only reads.</param>
/// <param name="owned">What ends with it, in this order.</param>
internal sealed class FollowerReplica(Follower follower, DialJournal dials, CrashGuard? guard, IReadOnlyList<IDisposable> owned) : IClientReplica
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
    public async ValueTask<OfferedVersion?> AdmitAsync(OfferedVersion offered, CancellationToken cancellationToken)
    {
        if (guard is null) return offered;
        var admitted = await guard.AdmitAsync(offered, cancellationToken).ConfigureAwait(false);
        follower.OwnReport.IsServingStable = guard.IsServingStable; // visible in the fleet, not only here
        return admitted;
    }

    /// <inheritdoc/>
    public Task TickAsync(bool isHealthy, CancellationToken cancellationToken) => guard?.TickAsync(isHealthy, cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public IReadOnlyList<string> Troubles() => dials.Failures();

    /// <inheritdoc/>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await follower.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (guard is not null) await guard.StartAsync(HostBoot.Read(), cancellationToken).ConfigureAwait(false); // once it is known what is stable
    }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => follower.RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        follower.Dispose();
        if (guard is not null) await guard.DisposeAsync().ConfigureAwait(false);
        foreach (var part in owned) part.Dispose();
    }
}
