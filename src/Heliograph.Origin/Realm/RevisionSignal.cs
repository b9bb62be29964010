// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;

namespace Heliograph.Origin.Realm;

/// <summary>Wakes whoever waits for the realm to move on: watches, reads that ask for a revision, waits for the fleet.</summary>
internal sealed class RevisionSignal : IRealmObserver, IDisposable
{
    private readonly IDisposable _observation;
    private volatile TaskCompletionSource _next = New();

    /// <summary>Hears of what the sequencer publishes.</summary>
    public RevisionSignal(Sequencer sequencer) => _observation = sequencer.Observe(this);

    /// <summary>Completes at the next commit. Take it before looking at the state, so that none is missed.</summary>
    public Task Next => _next.Task;

    void IRealmObserver.OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries) => Ring();

    void IRealmObserver.OnHead(SignedHead head) { } // a heartbeat changes nothing that anyone waits for

    void IRealmObserver.OnMode(string? readOnlyReason) { }

    /// <summary>Wakes everyone who waits: also to tell them that the origin stops.</summary>
    public void Ring() => Interlocked.Exchange(ref _next, New()).SetResult();

    /// <inheritdoc/>
    public void Dispose() => _observation.Dispose();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously); // the sequencer's loop must not run the waiters
}
