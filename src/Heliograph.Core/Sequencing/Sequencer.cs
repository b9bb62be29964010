// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.State;

namespace Heliograph.Core.Sequencing;

/// <summary>The authority: puts changes into one order, makes them durable, signs what the store then holds, and publishes it.</summary>
/// <remarks>
/// <para>One loop does all of it, so everything in the files <c>Sequencer.*.cs</c> but the public members runs one step at a time:
/// take a batch, decide on the state with the earlier ones applied, append, read back, raise the high-water mark, sign one head,
/// publish, answer. Nothing is signed that was not read back; nothing is answered before it is published.</para>
/// <para>Public members are thread-safe. A broken invariant or a store that failed ends the loop: <see cref="Completion"/> faults,
/// and the host ends the process.</para>
/// </remarks>
public sealed partial class Sequencer : IAsyncDisposable
{
    private readonly ILogStore _store;
    private readonly HeadIssuer _issuer;
    private readonly IHighWaterMark _highWater;
    private readonly TimeProvider _time;
    private readonly SequencerOptions _options;
    private readonly int _batchEntriesMax; // what both the options and the store allow
    private readonly Leadership _leadership;
    private readonly Backlog _backlog;
    private readonly Channel<bool> _wakeUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _observersSync = new();
    private volatile IRealmObserver[] _observers = [];
    private volatile CommittedRealm _current;
    private volatile bool _isDraining, _mayHaveMoved, _isHeadDue;
    private volatile string? _recoveryReason;
    private LeaderToken? _caughtUpFor; // the token under which everything that others appended was read
    private bool _isDisposed;
    private Task _leading = Task.CompletedTask;
    private Task[] _watching = [];

    private Sequencer(ILogStore store, HeadIssuer issuer, IHighWaterMark highWater, SequencerOptions options, TimeProvider time)
    {
        options.Check();
        (_store, _issuer, _highWater, _options, _time) = (store, issuer, highWater, options, time);
        _batchEntriesMax = Math.Min(options.BatchEntriesMax, store.BatchEntriesMax);
        _backlog = new(options, time);
        _leadership = new(store, options, time, WakeUp);
        _current = new(RealmState.Empty(issuer.Anchor.LogId), null);
        History = new(store, options.HistoryBytesMax);
    }

    /// <summary>Loads the whole log, checks it against the high-water mark, asks for the right to append, signs a first head, and begins.</summary>
    /// <param name="store">The log.</param>
    /// <param name="signer">This origin's head key.</param>
    /// <param name="highWater">What was signed before, kept apart from the log.</param>
    /// <param name="anchor">The realm's root of trust: identity of the log.</param>
    /// <param name="options">Checked here.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up loading.</param>
    /// <exception cref="LogLostException">The log is damaged.</exception>
    /// <exception cref="BrokenLogException">An entry of the log breaks a rule.</exception>
    /// <exception cref="IOException">The high-water mark cannot be read.</exception>
    public static Task<Sequencer> StartAsync(ILogStore store, IHeadSigner signer, IHighWaterMark highWater, TrustAnchor anchor, SequencerOptions options, TimeProvider time, CancellationToken cancellationToken) =>
        StartAsync(store, new HeadIssuer(anchor, signer), highWater, options, time, cancellationToken);

    /// <summary>Like the other, with a key and a root that may be switched while it runs.</summary>
    public static async Task<Sequencer> StartAsync(ILogStore store, HeadIssuer issuer, IHighWaterMark highWater, SequencerOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var sequencer = new Sequencer(store, issuer, highWater, options, time);
        await sequencer.LoadAsync(cancellationToken);
        if (!sequencer.IsInRecovery) sequencer._leading = await sequencer._leadership.StartAsync(sequencer._stopping.Token);
        sequencer.Completion = sequencer.RunAsync();
        sequencer._watching = [sequencer.WakeUpWhenDoneAsync(sequencer._leading), sequencer.WakeUpWhenDoneAsync(store.Failed)];
        return sequencer;
    }

    /// <summary>What is durable and published. Never goes backwards.</summary>
    public CommittedRealm Current => _current;

    /// <summary>The past.</summary>
    public RealmHistory History { get; }

    /// <summary>Ends with the loop: faulted if the origin must end, else after <see cref="DisposeAsync"/>.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Why this origin takes no changes now; <see langword="null"/> if it does.</summary>
    public string? ReadOnlyReason => _recoveryReason ?? (_isDraining ? "This origin is stopping." : _leadership.Token is null ? _leadership.Reason : null);

    /// <summary>Whether another origin held the right to append when this one last asked: it orders the changes, and this one follows.</summary>
    public bool IsFollowing => _leadership.IsHeldByOther && !_isDraining;

    /// <summary>Whether the log is behind what was signed before. Then it is served as it is, nothing is signed and nothing is written, until an operator has restored what is missing.</summary>
    public bool IsInRecovery => _recoveryReason is not null;

    /// <summary>Submissions that wait to be taken up; at most <see cref="SequencerOptions.QueueMax"/>.</summary>
    public int QueueLength => _backlog.Count;

    /// <summary>Asks the store itself how far the log has got: what was acknowledged anywhere before the call is at or before the answer.</summary>
    public ValueTask<StoreAnswer<LogTip>> ReadTipAsync(CancellationToken cancellationToken) => _store.ReadTipAsync(cancellationToken);

    /// <summary>Hears what is published from now on.</summary>
    /// <returns>Ends the observation when disposed.</returns>
    public IDisposable Observe(IRealmObserver observer)
    {
        lock (_observersSync) _observers = [.. _observers, observer];
        return new Observation(this, observer);
    }

    /// <summary>Stops taking changes, finishes those that were taken, gives the right to append back and ends the loop.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        _isDraining = true;
        _backlog.Close();
        WakeUp();
        try { await Completion; }
        catch (Exception) when (Completion.IsFaulted) { } // whoever watches Completion has it; disposing must not throw it again
        _stopping.Cancel();
        await Task.WhenAll(_watching);
        if (!_leading.IsFaulted) await _leadership.ResignAsync(CancellationToken.None);
        _leadership.Dispose();
        _stopping.Dispose();
    }

    private async Task WakeUpWhenDoneAsync(Task task)
    {
        try { await task.WaitAsync(_stopping.Token); }
        catch (Exception) when (task.IsFaulted || _stopping.IsCancellationRequested) { } // the loop looks at the task itself
        WakeUp();
    }

    private void WakeUp() => _wakeUps.Writer.TryWrite(true);

    private void Tell(Action<IRealmObserver> what)
    {
        foreach (var observer in _observers) what(observer);
    }

    private sealed class Observation(Sequencer sequencer, IRealmObserver observer) : IDisposable
    {
        public void Dispose()
        {
            lock (sequencer._observersSync) sequencer._observers = [.. sequencer._observers.Where(other => other != observer)];
        }
    }
}
