// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Sequencing;

namespace Heliograph.AppConfiguration.Stores;

/// <summary>Stores as the sequencer has published them.</summary>
internal sealed class OriginStore(Sequencer sequencer, TimeProvider time) : IStoreReplica
{
    private static readonly TimeSpan s_waitMax = TimeSpan.FromSeconds(2), s_look = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public StoreState? Find(NamespaceName name) => sequencer.Current.State.Find(name) is { } found ? new StoreState(found.Revision, found.Records, found.ChangedAt) : null;

    /// <inheritdoc/>
    /// <remarks>Who leads has published everything there is: a token that is ahead of it is nobody's, and nothing is waited for.</remarks>
    public async ValueTask<bool> ReachAsync(NamespaceName name, Revision revision, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (Find(name) is { } state && state.Revision.IsBefore(revision))
        {
            if (sequencer.ReadOnlyReason is null) return true;
            if (time.GetElapsedTime(started) >= s_waitMax) return false;
            await Task.Delay(s_look, time, cancellationToken);
        }
        return true;
    }
}
