// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Reading;
using Heliograph.Storage.Sqlite.Writing;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Sqlite;

/// <summary>The log in one SQLite file on a local disk: for an origin on one machine.</summary>
/// <remarks>
/// <para>One thread writes, one transaction and one flush per batch; a few read-only connections read. An entry whose bytes,
/// chain or place do not check out is answered <c>Corrupt</c> and never served.</para>
/// <para>Fail-stop: after an I/O error or damage, what was under way is answered <c>OutcomeUnknown</c>, <see cref="Failed"/>
/// completes, and everything after is refused. Only a new start, which verifies the log, helps. A full disk is not an
/// error: appends are answered <c>Full</c> until there is space.</para>
/// <para>docs/reference/storage-sqlite.md has the tables, settings and checks.</para>
/// </remarks>
public sealed partial class SqliteLogStore : ILogStore
{
    /// <summary>Given with "not now": a queue is full, or another process holds the database for a moment.</summary>
    private static readonly TimeSpan RetrySoon = TimeSpan.FromMilliseconds(250);

    /// <summary>Given once the store has failed. The process will end before.</summary>
    private static readonly TimeSpan RetryElsewhere = TimeSpan.FromMinutes(1);

    private readonly SqliteLogStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly StoreLock? _lock;
    private readonly LogWriter _writer;
    private readonly WriterThread _thread;
    private readonly ReaderPool _readers;
    private readonly StoreFailure _failure;
    private readonly WakeUps _wakeUps;
    private int _isClosed;

    internal SqliteLogStore(SqliteLogStoreOptions options, StoreParts parts, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        (_lock, _writer, _readers) = (parts.Lock, parts.Writer, parts.Readers);
        (_failure, _wakeUps) = (new(logger), new(logger.WatcherThrew));
        _thread = new(parts.Writer, parts.Checkpointer, _failure, time, logger);
    }

    /// <inheritdoc/>
    public Task<string> Failed => _failure.Task;

    /// <summary>Opens the log, or creates it, and verifies its pages, its tip and its last 10,000 entries.</summary>
    /// <param name="options">Which log, and where.</param>
    /// <param name="time">The clock of leases and upkeep; monotonic time only.</param>
    /// <param name="logger">Where the store speaks to operators.</param>
    /// <param name="cancellationToken">Gives up; nothing stays open.</param>
    /// <exception cref="SqliteLogStoreException">The file is not opened; its message says why and what to do.</exception>
    public static async ValueTask<SqliteLogStore> OpenAsync(SqliteLogStoreOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        await Task.Run(
            () =>
            {
                var store = new SqliteLogStore(options, StoreParts.Open(options, time, logger, cancellationToken), time, logger);
                store._thread.Start();
                return store;
            },
            cancellationToken); // on the thread pool, for it reads the whole file

    /// <summary>Whether a file says that its log was moved away, or is being moved in (<see cref="MoveMark"/>). Reads one row; the file may be open.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool IsMoved(string path)
    {
        try
        {
            using var connection = StoreConnection.OpenReader(path);
            return MoveMark.Fault(connection.Ask("SELECT node FROM leader WHERE id = 1")) is not null;
        }
        catch (Microsoft.Data.Sqlite.SqliteException exception)
        {
            throw new SqliteLogStoreException(exception.Refusal(), $"'{path}' cannot be read. {exception.Describe()}.", exception);
        }
    }

    /// <inheritdoc/>
    public IDisposable Watch(Action wakeUp) => _wakeUps.Add(wakeUp);

    /// <summary>Ends what is under way, closes the file, and lets another process have it. Appends that wait are done first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        await Task.Run(_thread.Stop); // it waits for the writer thread
        await _readers.DrainAsync();
        _readers.Dispose();
        if (_failure.Reason is not null) _writer.LeaveLogOnClose();
        _writer.Dispose();
        _lock?.Dispose();
    }
}
