// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Log;

/// <summary>A store of its own, as a database server is: the log in one file, entries acknowledged after they were flushed, one leader at a time.</summary>
/// <remarks>Lives on a machine of its own, so that it and the origins that use it die apart. The first failure to make something durable ends it.</remarks>
public sealed class SimLogServer
{
    private readonly SimScheduler _scheduler;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly List<LogEntry> _entries = [];
    private readonly Dictionary<string, long> _requests = new(StringComparer.Ordinal);
    private readonly List<(SimProcess Process, Action WakeUp)> _watches = [];
    private readonly TaskCompletionSource<string> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LogFile _file;
    private long _lastToken;
    private string? _leader;
    private long _leaderUntil, _leaseTicks;

    private SimLogServer(SimScheduler scheduler, SimProcess process, LogFile file) => (_scheduler, Process, _file) = (scheduler, process, file);

    /// <summary>The process that it is.</summary>
    public SimProcess Process { get; }

    /// <summary>Everything acknowledged, in order.</summary>
    public IReadOnlyList<LogEntry> Entries => _entries;

    /// <summary>Completes, with the reason, when the server stops itself.</summary>
    public Task<string> Stopped => _stopped.Task;

    private LogTip Tip => _entries is [.., var last] ? new(last.Revision, last.Hash, last.Content.CommittedAtMs) : LogTip.Empty;

    /// <summary>Reads the log from disk.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static async Task<SimLogServer> OpenAsync(SimScheduler scheduler, SimProcess process, IFileStore files, CancellationToken cancellationToken)
    {
        var file = new LogFile(files);
        var content = await file.OpenAsync(cancellationToken);
        if (content.Damage is not null) throw new InvalidDataException(content.Damage);
        var server = new SimLogServer(scheduler, process, file) { _lastToken = content.Token };
        server.Take(content.Entries);
        return server;
    }

    internal Task<LogTip> ReadTipAsync() => Task.FromResult(Tip);

    internal Task<EntryPage> ReadAsync(long after, int entriesMax, long bytesMax)
    {
        var page = new List<LogEntry>();
        var bytes = 0L;
        foreach (var entry in _entries.Skip((int)Math.Min(after, int.MaxValue)).Take(entriesMax))
        {
            bytes += entry.Bytes.Length;
            if (page.Count > 0 && bytes > bytesMax) break;
            page.Add(entry);
        }
        return Task.FromResult(new EntryPage(page, Tip));
    }

    internal Task<long?> FindRequestAsync(string requestId) => Task.FromResult(_requests.TryGetValue(requestId, out var sequence) ? sequence : (long?)null);

    internal async Task<AppendAnswer> AppendAsync(AppendBatch batch)
    {
        RequireChained(batch);
        await _gate.WaitAsync();
        try
        {
            if (_stopped.Task.IsCompleted) return new AppendAnswer.OutcomeUnknown("The store has stopped.");
            if (batch.Entries.FirstOrDefault(entry => _requests.ContainsKey(entry.Content.RequestId)) is { } known)
                return new AppendAnswer.Duplicate(known.Content.RequestId, _requests[known.Content.RequestId]);
            if (batch.Token.Value != _lastToken) return new AppendAnswer.Deposed($"Token {batch.Token.Value} is void; the newest is {_lastToken}.");
            if (batch.Expected != Tip) return new AppendAnswer.Moved(Tip);
            if (await FailureOfAsync(_file.AppendAsync(batch.Entries, CancellationToken.None)) is { } failure)
                return failure is FileFault.Full or FileFault.ReadOnly ? new AppendAnswer.Full($"The store's disk: {failure}.") : new AppendAnswer.OutcomeUnknown("The store has stopped.");
            Take(batch.Entries);
            WakeEveryone();
            return new AppendAnswer.Appended(Tip);
        }
        finally
        {
            _gate.Release();
        }
    }

    internal async Task<LeadershipAnswer> CampaignAsync(string nodeId, TimeSpan lease)
    {
        await _gate.WaitAsync();
        try
        {
            if (_stopped.Task.IsCompleted) return new LeadershipAnswer.OutcomeUnknown("The store has stopped.");
            if (_leader is not null && _leader != nodeId && _scheduler.Now < _leaderUntil) return new LeadershipAnswer.HeldByOther(_leader, TimeSpan.FromTicks(_leaderUntil - _scheduler.Now));
            var token = new LeaderToken(_lastToken + 1);
            if (await FailureOfAsync(_file.AppendAsync(token, CancellationToken.None)) is { } failure) return new LeadershipAnswer.OutcomeUnknown($"The store's disk: {failure}.");
            (_lastToken, _leader, _leaseTicks, _leaderUntil) = (token.Value, nodeId, lease.Ticks, _scheduler.Now + lease.Ticks);
            return new LeadershipAnswer.Held(token);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Another node takes the right to append, as if the leader's lease had run out.</summary>
    internal Task<LeadershipAnswer> UsurpAsync()
    {
        _leaderUntil = _scheduler.Now;
        return CampaignAsync("usurper", TimeSpan.FromSeconds(1));
    }

    internal Task<LeadershipAnswer> RenewAsync(LeaderToken token)
    {
        if (token.Value != _lastToken) return Task.FromResult<LeadershipAnswer>(new LeadershipAnswer.HeldByOther(_leader ?? "", TimeSpan.FromTicks(Math.Max(0, _leaderUntil - _scheduler.Now))));
        _leaderUntil = _scheduler.Now + _leaseTicks;
        return Task.FromResult<LeadershipAnswer>(new LeadershipAnswer.Held(token));
    }

    internal Task<LeadershipAnswer> ResignAsync(LeaderToken token)
    {
        if (token.Value == _lastToken) (_leader, _leaderUntil) = (null, _scheduler.Now);
        return Task.FromResult<LeadershipAnswer>(new LeadershipAnswer.Held(token));
    }

    internal void Watch(SimProcess process, Action wakeUp) => _watches.Add((process, wakeUp));

    internal void Unwatch(Action wakeUp) => _watches.RemoveAll(watch => watch.WakeUp == wakeUp);

    private static void RequireChained(AppendBatch batch)
    {
        if (batch.Entries.Count == 0) throw new ArgumentException("A batch holds at least one entry.", nameof(batch));
        var (sequence, hash) = (batch.Expected.Revision.Sequence, batch.Expected.Hash);
        foreach (var entry in batch.Entries)
        {
            if (entry.Revision.Sequence != sequence + 1 || entry.PreviousHash != hash) throw new ArgumentException($"Entry {entry.Revision} does not follow {sequence}.", nameof(batch));
            (sequence, hash) = (entry.Revision.Sequence, entry.Hash);
        }
    }

    private void Take(IReadOnlyList<LogEntry> entries)
    {
        foreach (var entry in entries)
        {
            _entries.Add(entry);
            _requests.TryAdd(entry.Content.RequestId, entry.Revision.Sequence);
        }
    }

    private void WakeEveryone()
    {
        foreach (var (process, wakeUp) in _watches.ToArray()) _scheduler.After(TimeSpan.FromMilliseconds(1), () => process.Run(_ => wakeUp(), null));
    }

    /// <summary>Why something could not be made durable. No space is an answer; anything else ends the server: after a failed flush nobody knows what is on the disk.</summary>
    private async Task<FileFault?> FailureOfAsync(Task write)
    {
        try
        {
            await write;
            return null;
        }
        catch (FileStoreException exception)
        {
            if (exception.Fault is not (FileFault.Full or FileFault.ReadOnly)) _stopped.TrySetResult(exception.Message);
            return exception.Fault;
        }
    }
}
