// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Realm;

/// <summary>Tells operators when the origin begins or ceases to take changes.</summary>
internal sealed class ModeLogger(Sequencer sequencer, ILogger logger) : IRealmObserver
{
    void IRealmObserver.OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries) { }

    void IRealmObserver.OnHead(SignedHead head) { }

    /// <inheritdoc/>
    public void OnMode(string? readOnlyReason)
    {
        if (readOnlyReason is null) logger.TakesChanges();
        else if (sequencer.IsFollowing) logger.Follows(readOnlyReason);
        else logger.TakesNoChanges(readOnlyReason);
    }
}
