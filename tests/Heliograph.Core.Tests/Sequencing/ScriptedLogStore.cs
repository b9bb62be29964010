// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Xunit;

namespace Heliograph.Core.Tests.Sequencing;

/// <summary>A log store in memory that obeys the port's contract, and can be told to fail in each way that the port allows.</summary>
internal sealed class ScriptedLogStore : ILogStore
{
    private readonly Lock _sync = new();
    private readonly List<LogEntry> _entries = [];
    private readonly Dictionary<string, long> _requests = [];
    private readonly List<Action> _watchers = [];
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _token;

    /// <summary>What the next appends do instead of working.</summary>
    public Queue<Func<AppendBatch, Task<AppendAnswer?>>> NextAppends { get; } = new();

    /// <summary>What the next look-ups of a request id answer instead of the truth.</summary>
    public Queue<StoreAnswer<long?>> NextFinds { get; } = new();

    /// <summary>What the next reads answer instead of the truth.</summary>
    public Queue<StoreAnswer<EntryPage>> NextReads { get; } = new();

    /// <summary>What reading the tip answers instead of the truth, while set.</summary>
    public StoreAnswer<LogTip>? TipAnswer { get; set; }

    /// <summary>Who else leads, while set.</summary>
    public string? OtherLeader { get; set; }

    /// <summary>How many entries each append that worked had.</summary>
    public List<int> BatchSizes { get; } = [];

    public int Appends { get; private set; }

    public int Resignations { get; private set; }

    public IReadOnlyList<LogEntry> Entries
    {
        get { lock (_sync) return [.. _entries]; }
    }

    public LogTip Tip
    {
        get { lock (_sync) return _entries.Count == 0 ? LogTip.Empty : TipOf(_entries[^1]); }
    }

    public Task<string> Failed => _failed.Task;

    public void Fail(string reason) => _failed.SetResult(reason);

    /// <summary>Takes the last entries away, as a restored backup would.</summary>
    public void LoseLast(int count)
    {
        lock (_sync) _entries.RemoveRange(_entries.Count - count, count);
    }

    /// <summary>Appends as another origin would.</summary>
    public AppendAnswer Land(AppendBatch batch)
    {
        lock (_sync)
        {
            if (batch.Token.Value != _token) return new AppendAnswer.Deposed("Another token is newer.");
            if (batch.Expected != Tip) return new AppendAnswer.Moved(Tip);
            foreach (var entry in batch.Entries)
                if (_requests.TryGetValue(entry.Content.RequestId, out var at)) return new AppendAnswer.Duplicate(entry.Content.RequestId, at);
            var (sequence, hash) = (Tip.Revision.Sequence, Tip.Hash);
            foreach (var entry in batch.Entries)
            {
                if (entry.Revision.Sequence != ++sequence || entry.PreviousHash != hash) throw new ArgumentException("Not dense or not chained.");
                hash = entry.Hash;
            }
            foreach (var entry in batch.Entries)
            {
                _entries.Add(entry);
                _requests[entry.Content.RequestId] = entry.Revision.Sequence;
            }
            BatchSizes.Add(batch.Entries.Count);
            foreach (var watcher in _watchers) watcher();
            return new AppendAnswer.Appended(Tip);
        }
    }

    public async ValueTask<AppendAnswer> AppendAsync(AppendBatch batch, CancellationToken cancellationToken)
    {
        Appends++;
        if (NextAppends.TryDequeue(out var script) && await script(batch) is { } answer) return answer;
        await Task.Yield();
        return Land(batch);
    }

    public ValueTask<StoreAnswer<LogTip>> ReadTipAsync(CancellationToken cancellationToken) => new(TipAnswer ?? new StoreAnswer<LogTip>.Done(Tip));

    public ValueTask<StoreAnswer<EntryPage>> ReadAsync(long after, int entriesMax, long bytesMax, CancellationToken cancellationToken)
    {
        if (NextReads.TryDequeue(out var scripted)) return new(scripted);
        lock (_sync)
        {
            var (page, bytes) = (new List<LogEntry>(), 0L);
            foreach (var entry in _entries.Skip((int)after).Take(entriesMax))
            {
                if (page.Count > 0 && bytes + entry.Bytes.Length > bytesMax) break;
                Assert.True(LogEntry.TryParse(entry.Bytes, out var read, out var error), error);
                page.Add(read);
                bytes += entry.Bytes.Length;
            }
            return new(new StoreAnswer<EntryPage>.Done(new(page, Tip)));
        }
    }

    public ValueTask<StoreAnswer<long?>> FindRequestAsync(string requestId, CancellationToken cancellationToken)
    {
        if (NextFinds.TryDequeue(out var scripted)) return new(scripted);
        lock (_sync) return new(new StoreAnswer<long?>.Done(_requests.TryGetValue(requestId, out var at) ? at : null));
    }

    public ValueTask<LeadershipAnswer> CampaignAsync(string nodeId, TimeSpan lease, CancellationToken cancellationToken)
    {
        lock (_sync)
            return new(OtherLeader is { } other ? new LeadershipAnswer.HeldByOther(other, lease) : new LeadershipAnswer.Held(new(++_token)));
    }

    public ValueTask<LeadershipAnswer> RenewAsync(LeaderToken token, CancellationToken cancellationToken)
    {
        lock (_sync)
            return new(OtherLeader is { } other ? new LeadershipAnswer.HeldByOther(other, TimeSpan.FromSeconds(1))
                : token.Value == _token ? new LeadershipAnswer.Held(token) : new LeadershipAnswer.HeldByOther("nobody", TimeSpan.Zero));
    }

    public ValueTask<LeadershipAnswer> ResignAsync(LeaderToken token, CancellationToken cancellationToken)
    {
        lock (_sync) Resignations++;
        return new(new LeadershipAnswer.Held(token));
    }

    /// <summary>Voids the token that is held, as a campaign of another node does.</summary>
    public LeaderToken Depose()
    {
        lock (_sync) return new(++_token);
    }

    /// <summary>The token that is held.</summary>
    public LeaderToken Token
    {
        get { lock (_sync) return new(_token); }
    }

    public IDisposable Watch(Action wakeUp)
    {
        lock (_sync) _watchers.Add(wakeUp);
        return new Unwatch(this, wakeUp);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static LogTip TipOf(LogEntry entry) => new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);

    private sealed class Unwatch(ScriptedLogStore store, Action wakeUp) : IDisposable
    {
        public void Dispose()
        {
            lock (store._sync) store._watchers.Remove(wakeUp);
        }
    }
}
