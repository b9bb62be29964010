// SPDX-License-Identifier: Apache-2.0
using Heliograph.Storage.Sqlite.Engine;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Sqlite.Writing;

/// <summary>Copies the write-ahead log into the database: when it is large, load or no load, and when there is nothing better to do. On the writer thread only.</summary>
internal sealed class Checkpointer(SqliteConnection connection, long walBytesMax, TimeProvider time, ILogger logger)
{
    private const int PageBytes = 4096, CommitsBetweenLooks = 16;
    private const long IdleBytes = 1 << 20; // less is not worth two flushes
    private static readonly TimeSpan TruncateEvery = TimeSpan.FromDays(1); // gives back the space of a burst

    private long _truncatedAt = time.GetTimestamp();
    private int _commitsUntilLook = CommitsBetweenLooks;
    private long _walBytes;

    /// <summary>After a write. Looks at the size now and then: asking costs a few microseconds.</summary>
    /// <param name="bytes">What was appended; a large entry is looked after at once.</param>
    public void AfterWrite(long bytes)
    {
        _walBytes += bytes;
        if (--_commitsUntilLook > 0 && _walBytes < walBytesMax) return;
        _commitsUntilLook = CommitsBetweenLooks;
        if (Measure() >= walBytesMax) Copy("PASSIVE");
    }

    /// <summary>When the queue is empty.</summary>
    public void WhenIdle()
    {
        if (time.GetElapsedTime(_truncatedAt) >= TruncateEvery)
        {
            Copy("TRUNCATE");
            _truncatedAt = time.GetTimestamp(); // also if a reader was in the way: the space is still reused, only not given back
        }
        else if (Measure() >= Math.Min(IdleBytes, walBytesMax))
        {
            Copy("PASSIVE");
        }
    }

    /// <summary>Bytes of the write-ahead log that are not yet in the database.</summary>
    private long Measure()
    {
        var (_, pages, copied) = Run("NOOP");
        return _walBytes = (pages - copied) * PageBytes;
    }

    private void Copy(string mode)
    {
        try
        {
            var (busy, pages, copied) = Run(mode);
            _walBytes = Math.Max(0, pages - copied) * PageBytes;
            if (busy) logger.CheckpointFailed(_walBytes, "readers are in the way.");
            else logger.Checkpointed(copied);
        }
        catch (SqliteException exception) when (exception.Kind() is SqliteFault.Full or SqliteFault.NotNow)
        {
            logger.CheckpointFailed(_walBytes, exception.Describe()); // the log itself is durable; the next look tries again
        }
    }

    private (bool Busy, long Pages, long Copied) Run(string mode)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA wal_checkpoint({mode})";
        using var row = command.ExecuteReader();
        return row.Read() ? (row.GetInt64(0) != 0, row.GetInt64(1), row.GetInt64(2)) : throw new InvalidOperationException("SQLite did not answer a checkpoint.");
    }
}
