// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Replica;
using Heliograph.Client.Views;

namespace Heliograph.Client;

/// <summary>The bounded wait for a parent's word when a client starts.</summary>
internal sealed class StartupWait(ViewFeed feed, IClientReplica replica, Func<NamespaceName, bool> isOptional, TimeProvider time)
{
    /// <summary>A proof under a head that is already known tells nobody, so the wait looks for itself. 50 ms: not felt, and 20 looks a second cost nothing.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until a parent has sent or proven every namespace; until nobody answers and what is not there is optional; or for <paramref name="max"/>.</summary>
    public async Task WaitAsync(IReadOnlyList<NamespaceCell> cells, TimeSpan max, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var applied = feed.NextApplied; // before looking: what is applied from here on ends the wait below
            if (IsOver(cells)) return;
            var left = max - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return;
            using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(applied, Task.Delay(left < LookAgain ? left : LookAgain, time, look.Token)).ConfigureAwait(false);
            await look.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private bool IsOver(IReadOnlyList<NamespaceCell> cells)
    {
        feed.ConfirmProven();
        if (replica.NobodyAnswers && cells.All(cell => cell.View is not null || isOptional(cell.Name))) return true;
        return cells.All(cell => cell.View is null ? isOptional(cell.Name) && cell.IsGone : cell.IsAnswered || cell.Origin == ViewOrigin.Stable);
    }
}
