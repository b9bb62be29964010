// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>Wakes who waits for the log to move on. The sequencer's loop leaves a note and goes on; nothing is handed over, so nothing can pile up.</summary>
internal sealed class CommitSignal : IRealmObserver, IDisposable
{
    private readonly IDisposable _observation;
    private volatile TaskCompletionSource _next = New();

    public CommitSignal(Sequencer sequencer) => _observation = sequencer.Observe(this);

    /// <summary>Completes at the next commit, or when the right to write comes or goes. Take it before looking, so that none is missed.</summary>
    public Task Next => _next.Task;

    void IRealmObserver.OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries) => Ring();

    void IRealmObserver.OnHead(SignedHead head) { } // a heartbeat brings no event

    void IRealmObserver.OnMode(string? readOnlyReason) => Ring();

    public void Dispose() => _observation.Dispose();

    private void Ring() => Interlocked.Exchange(ref _next, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously); // the sequencer's loop must not run the waiters
}
