// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.State;

namespace Heliograph.Core.Sequencing;

// The loop: one place that waits, one way out.
public sealed partial class Sequencer
{
    private const string OwnActor = "heliograph";

    private List<Pending> _inFlight = [];
    private string? _toldReason;

    private async Task RunAsync()
    {
        using var watch = _store.Watch(() =>
        {
            _mayHaveMoved = true;
            WakeUp();
        });
        await using var heartbeat = _time.CreateTimer(_ => RingForHead(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _heartbeat = heartbeat;
        Rearm(_options.Heartbeat);
        try
        {
            while (true)
            {
                await StepAsync();
                if (_backlog.IsOver) break; // asked to stop, and nothing is left
                await _wakeUps.Reader.WaitToReadAsync(CancellationToken.None);
                _wakeUps.Reader.TryRead(out _);
            }
        }
        catch (OperationCanceledException) when (_isDraining) { } // a store that does not answer must not hold up the end
        finally
        {
            _isDraining = true;
            _backlog.Close();
            foreach (var pending in _inFlight) pending.Complete(new SubmitResult.OutcomeUnknown());
            while (_backlog.Take() is { } queued) queued.Complete(new SubmitResult.Unavailable("This origin is stopping.", RetrySoon));
        }
    }

    private async ValueTask StepAsync()
    {
        ThrowIfLost();
        if (_leading.IsFaulted) await _leading; // throws what it met
        TellMode();
        if (IsInRecovery) return;
        if (_leadership.Token is { } token)
        {
            if (token != _caughtUpFor) await CatchUpAsync(); // after that, whoever leads is told by the append itself
            _caughtUpFor = token;
        }
        else if (_mayHaveMoved) await CatchUpAsync();
        if (_leadership.Token is not null && _current.State.Find(NamespaceName.Credentials) is null) await BootstrapAsync();
        while (TakeBatch() is { Count: > 0 } batch)
        {
            _inFlight = batch;
            await CommitAsync(batch);
            _inFlight = [];
            if (_isHeadDue) await BeatAsync();
        }
        if (_isHeadDue) await BeatAsync();
    }

    private List<Pending> TakeBatch()
    {
        var (batch, operations) = (new List<Pending>(), 0);
        while (batch.Count < _batchEntriesMax && operations < _options.BatchOperationsMax && _backlog.Take() is { } pending)
        {
            if (!pending.TryTake()) continue;
            batch.Add(pending);
            operations += pending.Prepared.Operations.Length; // a changeset has 10,000 at most: no sum that overflows
        }
        return batch;
    }

    /// <summary>Gives an empty log what every realm has.</summary>
    private async ValueTask BootstrapAsync()
    {
        var first = new List<Pending>();
        foreach (var (name, what) in new[] { (NamespaceName.Realm, "Roles, trust root and feature level of this realm."), (NamespaceName.Credentials, "What proves callers to the origin; never served.") })
        {
            if (_current.State.Find(name) is not null) continue;
            var create = new Submission.Create(name, what, OwnActor, $"heliograph:bootstrap:{name.Value}") { IsByOrigin = true };
            first.Add(new(PreparedSubmission.Of(create)));
        }
        await CommitAsync(first);
    }

    /// <summary>Reads what others appended, and publishes it.</summary>
    private async ValueTask CatchUpAsync()
    {
        _mayHaveMoved = false; // before reading: a wake-up during it is for what comes later
        while (true)
        {
            var page = await ReadPageAsync(_current.State.Tip.Revision.Sequence, _stopping.Token);
            if (page.Tip.Revision.IsBefore(_current.State.Revision)) throw Lost(page.Tip);
            if (page.Entries.Count == 0) return;
            await TakeInAsync(page.Entries);
        }
    }

    /// <summary>Applies entries that were read from the store, and publishes them.</summary>
    private async ValueTask TakeInAsync(IReadOnlyList<LogEntry> entries)
    {
        if (entries.FirstOrDefault(EpochStep.IsBeginning) is { } began) throw new LogLostException($"The log has begun epoch {began.Revision.Epoch} meanwhile: it was recovered. Start again.");
        var draft = new RealmDraft(_current.State);
        foreach (var entry in entries) Applied(draft, entry, entries[^1].Revision.Sequence);
        await PublishAsync(draft.ToState(), entries);
    }

    private void TellMode()
    {
        var reason = ReadOnlyReason;
        if (reason == _toldReason) return;
        _toldReason = reason;
        Tell(observer => observer.OnMode(reason));
    }

    private LogLostException Lost(LogTip tip) => new($"The store now ends at {tip.Revision}; entries up to {_current.State.Revision} were durable before.");
}
