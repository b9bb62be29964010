// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Microsoft.Data.Sqlite;

namespace Heliograph.Storage.Sqlite.Reading;

/// <summary>One read-only connection. Not thread-safe; each call is one short transaction, so that readers never hold back a checkpoint for long.</summary>
internal sealed class LogReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Hash256 _logId;
    private readonly SqliteCommand _begin, _end, _head, _rows, _operation;

    public LogReader(string path, Hash256 logId)
    {
        _connection = StoreConnection.OpenReader(path);
        _logId = logId;
        _begin = _connection.Prepare("BEGIN");
        _end = _connection.Prepare("ROLLBACK"); // nothing was written
        _head = _connection.Prepare("SELECT epoch, seq, hash, committed_at_ms FROM head WHERE id = 1");
        _rows = _connection.Prepare($"SELECT {ChainVerifier.Columns} FROM entry WHERE seq >= $from AND seq <= $to ORDER BY seq",
            ("$from", SqliteType.Integer), ("$to", SqliteType.Integer));
        _operation = _connection.Prepare("SELECT seq FROM op WHERE request_id = $request_id", ("$request_id", SqliteType.Text));
    }

    /// <summary>The tip, checked against the entry it names.</summary>
    /// <exception cref="CorruptLogException">They contradict each other.</exception>
    public LogTip ReadTip() => InTransaction(() =>
    {
        var tip = Head();
        Check(tip, tip.Revision.Sequence == 0 ? null : Entry(tip.Revision.Sequence));
        return tip;
    });

    /// <summary>Entries after <paramref name="after"/>, each verified.</summary>
    /// <exception cref="CorruptLogException">One is missing or damaged.</exception>
    public EntryPage Read(long after, int entriesMax, long bytesMax, CancellationToken cancellationToken) => InTransaction(() =>
    {
        var tip = Head();
        var entries = new List<LogEntry>();
        if (after >= tip.Revision.Sequence) return new EntryPage(entries, tip);

        var to = Math.Min(tip.Revision.Sequence, after + entriesMax);
        var bytes = 0L;
        var verifier = new ChainVerifier(_connection, _logId);
        using var row = Rows(after, to, verifier);
        while (verifier.Sequence < to)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!row.Read()) throw new CorruptLogException($"Entry {verifier.Sequence + 1} is missing.");
            bytes += ChainVerifier.BytesOf(row);
            if (entries.Count > 0 && bytes > bytesMax) break;
            if (!verifier.TryAccept(row, out var entry, out var fault)) throw new CorruptLogException(fault);
            entries.Add(entry);
        }
        if (verifier.Sequence == tip.Revision.Sequence) Check(tip, entries[^1]);
        return new EntryPage(entries, tip);
    });

    /// <summary>Where the request stands, if that entry indeed carries it.</summary>
    /// <exception cref="CorruptLogException">It does not.</exception>
    public long? Find(string requestId) => InTransaction<long?>(() =>
    {
        if (Place(requestId) is not { } sequence) return null;
        if (sequence < 1 || Entry(sequence).Content.RequestId != requestId)
            throw new CorruptLogException("The index of request ids does not agree with the entries.");
        return sequence;
    });

    /// <summary>Where the index says that the request stands. Not checked.</summary>
    public long? Place(string requestId)
    {
        _operation.Parameters[0].Value = requestId;
        return _operation.ExecuteScalar() as long?;
    }

    /// <summary>Checks that there are as many entries, and as many request ids, as the head row says, and none beyond it.</summary>
    /// <exception cref="CorruptLogException">There are not.</exception>
    public void CheckCounts(long entries)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"{entries}/{entries}/{entries}");
        if (_connection.Ask("SELECT (SELECT count(*) FROM entry) || '/' || (SELECT count(*) FROM op) || '/' || (SELECT coalesce(max(seq), 0) FROM entry)") != expected)
            throw new CorruptLogException("The number of entries, or of request ids, is not what the head row says.");
    }

    /// <summary>What SQLite's own check of all pages finds wrong, or <see langword="null"/>.</summary>
    public string? CheckPages() => _connection.Ask("PRAGMA quick_check(1)") is var found && found == "ok" ? null : "SQLite finds its pages damaged.";

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_begin, _end, _head, _rows, _operation]) command.Dispose();
        _connection.Dispose();
    }

    private T InTransaction<T>(Func<T> read)
    {
        _begin.ExecuteNonQuery();
        try
        {
            return read();
        }
        finally
        {
            if (_connection.IsInTransaction()) _end.ExecuteNonQuery();
        }
    }

    private LogTip Head()
    {
        using var row = _head.ExecuteReader();
        if (row.Read() && row.GetValue(0) is long epoch and > 0 and <= int.MaxValue && row.GetValue(1) is long sequence and >= 0
            && row.GetValue(2) is byte[] { Length: Hash256.SizeBytes } hash && row.GetValue(3) is long committedAtMs)
        {
            var tip = new LogTip(new((int)epoch, sequence), new(hash), committedAtMs);
            if (sequence > 0 || tip == LogTip.Empty) return tip;
        }
        throw new CorruptLogException("The head row is damaged.");
    }

    private static void Check(LogTip tip, LogEntry? last)
    {
        if (last is not null && new LogTip(last.Revision, last.Hash, last.Content.CommittedAtMs) != tip)
            throw new CorruptLogException($"The head row says {tip.Revision}, and the last entry is another.");
    }

    private LogEntry Entry(long sequence)
    {
        var verifier = new ChainVerifier(_connection, _logId);
        using var row = Rows(sequence - 1, sequence, verifier);
        if (!row.Read()) throw new CorruptLogException($"Entry {sequence} is missing.");
        return verifier.TryAccept(row, out var entry, out var fault) ? entry : throw new CorruptLogException(fault);
    }

    /// <summary>The rows after <paramref name="after"/>, with the verifier placed on the one before them.</summary>
    private SqliteDataReader Rows(long after, long to, ChainVerifier verifier)
    {
        _rows.Parameters[0].Value = after; // the row at it is read for its hash only
        _rows.Parameters[1].Value = to;
        var rows = _rows.ExecuteReader();
        if (after == 0) return rows;
        var fault = rows.Read() ? null : $"Entry {after} is missing.";
        if (fault is null && verifier.TryStart(rows, after, out fault)) return rows;
        rows.Dispose();
        throw new CorruptLogException(fault!);
    }
}
