// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Reading;
using Heliograph.Storage.Etcd.Watching;
using Heliograph.Storage.Etcd.Writing;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Etcd;

/// <summary>The log in an etcd cluster: for origins that must outlive a machine.</summary>
/// <remarks>
/// <para>One transaction per batch compares the tip, the epoch, the leader's token and the request ids, so whatever arrives late, twice or from
/// a deposed leader writes nothing. Reads are linearizable; what is not dense, chained and on the tip is answered <c>Corrupt</c> and never served.</para>
/// <para>An answer that does not come is <c>OutcomeUnknown</c>, and nothing is repeated here. After damage, another epoch or another cluster
/// <see cref="Failed"/> completes and everything is refused: the process must end. A used-up quota is no failure: appends are answered <c>Full</c>, reads go on.</para>
/// <para>docs/reference/storage-etcd.md has the keys, values and algorithms.</para>
/// </remarks>
public sealed partial class EtcdLogStore : ILogStore
{
    /// <summary>Given with "not now".</summary>
    private static readonly TimeSpan RetrySoon = TimeSpan.FromMilliseconds(250);

    private readonly EtcdLogStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly StoreKeys _keys;
    private readonly EtcdCluster _cluster;
    private readonly LogReader _reader;
    private EpochRecord _epoch; // changed by recovery alone, which has the log for itself
    private readonly WakeUps _appended, _freed;
    private readonly TaskCompletionSource<string> _failed = new(); // whoever waits with a token goes on where Fail was called: they only ring a bell
    private readonly CancellationTokenSource _closing = new();
    private Task _loops = Task.CompletedTask;
    private int _isClosed;

    private EtcdLogStore(EtcdLogStoreOptions options, StoreOpening opened, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        (_cluster, _keys, _epoch) = (opened.Cluster, opened.Keys, opened.Epoch);
        _reader = new(_cluster, _keys, options.LogId);
        (_appended, _freed) = (new(logger.WatcherThrew), new(logger.WatcherThrew));
    }

    /// <inheritdoc/>
    public Task<string> Failed => _failed.Task;

    /// <inheritdoc/>
    public int BatchEntriesMax => BatchLayout.EntriesMax;

    /// <summary>Opens the log, or begins it, and checks the members' releases, the layout, and that the log ends where it says.</summary>
    /// <param name="options">Which log, and where.</param>
    /// <param name="time">The clock of pauses and deadlines.</param>
    /// <param name="logger">Where the store speaks to operators.</param>
    /// <param name="cancellationToken">Gives up; nothing stays open.</param>
    /// <exception cref="EtcdLogStoreException">The log is not opened; its message says why and what to do.</exception>
    public static async ValueTask<EtcdLogStore> OpenAsync(EtcdLogStoreOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var opened = await StoreOpening.OpenAsync(options, time, logger, cancellationToken);
        var store = new EtcdLogStore(options, opened, time, logger);
        store._loops = Task.WhenAll(
            new HeadWatch(store._cluster, store._keys, store._appended.Fire, store._freed.Fire, time, options.Jitter ?? new Random(), logger).RunAsync(store._closing.Token),
            store.KeepUpAsync(store._closing.Token));
        return store;
    }

    /// <inheritdoc/>
    public IDisposable Watch(Action wakeUp) => _appended.Add(wakeUp);

    /// <inheritdoc/>
    public IDisposable WatchLeadership(Action freed) => _freed.Add(freed);

    /// <summary>Ends the watch and hangs up. The right to append stays until it is given back or its lease ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        _closing.Cancel();
        try { await _loops; }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested) { } // its way out
        _cluster.Dispose();
        _closing.Dispose();
    }

    private string? Failure => _failed.Task.IsCompletedSuccessfully ? _failed.Task.Result : null;

    private void Fail(string reason)
    {
        if (_failed.TrySetResult(reason)) _logger.Stopped(reason);
    }

    private void Enter(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isClosed) != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
