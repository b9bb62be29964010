// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Reading;
using Microsoft.Data.Sqlite;

namespace Heliograph.Storage.Sqlite.Writing;

/// <summary>The one connection that writes. Used by the writer thread only; one call, one transaction, one flush.</summary>
internal sealed partial class LogWriter : IDisposable
{
    private const long CommitBytes = 4 * 4096; // pages that a small commit touches

    private readonly SqliteConnection _connection;
    private readonly Action<StoreStep>? _probe;
    private readonly List<SqliteCommand> _commands = [];
    private long _bytesWritten;
    private readonly SqliteCommand _begin, _commit, _rollback, _state, _insertEntry, _insertOperation, _findOperation, _moveHead, _setLeader;

    public LogWriter(SqliteConnection connection, TimeProvider time, Action<StoreStep>? probe)
    {
        (_connection, _time, _probe) = (connection, time, probe);
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _state = Prepare("SELECT h.epoch, h.seq, h.hash, h.committed_at_ms, l.token, l.node, l.crc FROM head h, leader l WHERE h.id = 1 AND l.id = 1");
        _insertEntry = Prepare("INSERT INTO entry(seq, epoch, hash, prev, bytes) VALUES($seq, $epoch, $hash, $prev, $bytes)",
            ("$seq", SqliteType.Integer), ("$epoch", SqliteType.Integer), ("$hash", SqliteType.Blob), ("$prev", SqliteType.Blob), ("$bytes", SqliteType.Blob));
        _insertOperation = Prepare("INSERT INTO op(request_id, seq) VALUES($request_id, $seq) ON CONFLICT DO NOTHING",
            ("$request_id", SqliteType.Text), ("$seq", SqliteType.Integer));
        _findOperation = Prepare("SELECT seq FROM op WHERE request_id = $request_id", ("$request_id", SqliteType.Text));
        _moveHead = Prepare("UPDATE head SET epoch = $epoch, seq = $seq, hash = $hash, committed_at_ms = $committed_at_ms WHERE id = 1",
            ("$epoch", SqliteType.Integer), ("$seq", SqliteType.Integer), ("$hash", SqliteType.Blob), ("$committed_at_ms", SqliteType.Integer));
        _setLeader = Prepare("UPDATE leader SET token = $token, node = $node, crc = $crc WHERE id = 1",
            ("$token", SqliteType.Integer), ("$node", SqliteType.Text), ("$crc", SqliteType.Integer));
    }

    /// <summary>Roughly what was committed since the last call.</summary>
    public long TakeBytesWritten()
    {
        var bytes = _bytesWritten;
        _bytesWritten = 0;
        return bytes;
    }

    /// <summary>Compares, and appends all of the batch or nothing.</summary>
    public AppendAnswer Append(AppendBatch batch) => InTransaction<AppendAnswer>(() =>
    {
        var (tip, leader) = ReadState();
        // A request id that is there already comes first: whoever retries learns that it succeeded, deposed or not.
        if (tip.Revision != batch.Expected.Revision || tip.Hash != batch.Expected.Hash || leader.Token != batch.Token.Value || leader.Node.Length == 0)
            return (FirstDuplicate(batch) ?? Refusal(batch, tip, leader), Commit: false);

        foreach (var entry in batch.Entries)
        {
            Insert(entry);
            if (!InsertOperation(entry)) // ids differ within a batch, so the other one was there before
                return (new AppendAnswer.Duplicate(entry.Content.RequestId, Find(entry.Content.RequestId) ?? throw new CorruptLogException("A request id conflicts and is not there.")), Commit: false);
        }
        var last = batch.Entries[^1];
        var moved = new LogTip(last.Revision, last.Hash, last.Content.CommittedAtMs);
        _bytesWritten += batch.Entries.Sum(entry => entry.Bytes.Length);
        Execute(_moveHead, moved.Revision.Epoch, moved.Revision.Sequence, moved.Hash.ToArray(), moved.CommittedAtMs);
        return (new AppendAnswer.Appended(moved), Commit: true);
    });

    /// <summary>Ends the transaction that an error left open. Throws if that fails too.</summary>
    public void RollBack()
    {
        if (_connection.IsInTransaction()) _rollback.ExecuteNonQuery();
    }

    /// <summary>Makes the closing of the connection leave the write-ahead log as it is: after a failed flush it must not be copied on, and start-up reads it.</summary>
    public void LeaveLogOnClose()
    {
        const int noCheckpointOnClose = 1006; // SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE
        var result = SQLitePCL.raw.sqlite3_db_config(_connection.Handle, noCheckpointOnClose, 1, out _);
        if (result != SQLitePCL.raw.SQLITE_OK) throw new InvalidOperationException($"SQLite would not keep its write-ahead log: error {result}.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _commands) command.Dispose();
        _connection.Dispose();
    }

    private static AppendAnswer Refusal(AppendBatch batch, LogTip tip, LeaderRow leader) =>
        leader.Node.Length == 0 ? new AppendAnswer.Deposed("The right to append was given back, and nobody holds it.")
        : leader.Token != batch.Token.Value ? new AppendAnswer.Deposed($"Node '{leader.Node}' holds the right to append.")
        : new AppendAnswer.Moved(tip);

    private AppendAnswer.Duplicate? FirstDuplicate(AppendBatch batch)
    {
        foreach (var entry in batch.Entries)
            if (Find(entry.Content.RequestId) is { } sequence) return new(entry.Content.RequestId, sequence);
        return null;
    }

    private long? Find(string requestId)
    {
        _findOperation.Parameters[0].Value = requestId;
        return _findOperation.ExecuteScalar() as long?;
    }

    private void Insert(LogEntry entry)
    {
        var whole = MemoryMarshal.TryGetArray(entry.Bytes, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length;
        Execute(_insertEntry, entry.Revision.Sequence, entry.Revision.Epoch, entry.Hash.ToArray(), entry.PreviousHash.ToArray(), whole ? segment.Array! : entry.Bytes.ToArray());
    }

    private bool InsertOperation(LogEntry entry) => Execute(_insertOperation, entry.Content.RequestId, entry.Revision.Sequence) == 1;

    private (LogTip Tip, LeaderRow Leader) ReadState()
    {
        using var row = _state.ExecuteReader();
        if (row.Read() && row.GetValue(0) is long epoch and > 0 and <= int.MaxValue && row.GetValue(1) is long sequence and >= 0
            && row.GetValue(2) is byte[] { Length: Hash256.SizeBytes } hash && row.GetValue(3) is long committedAtMs
            && row.GetValue(4) is long token && row.GetValue(5) is string node && row.GetValue(6) is long crc && crc == LeaderRow.Checksum(token, node))
            return (new(new((int)epoch, sequence), new(hash), committedAtMs), new(token, node));
        throw new CorruptLogException("The head row or the leader row is damaged.");
    }

    private T InTransaction<T>(Func<(T Answer, bool Commit)> work)
    {
        _probe?.Invoke(StoreStep.BeforeBegin);
        _begin.ExecuteNonQuery();
        var (answer, commit) = work();
        if (!commit)
        {
            RollBack();
            return answer;
        }
        _probe?.Invoke(StoreStep.BeforeCommit);
        _commit.ExecuteNonQuery();
        _bytesWritten += CommitBytes;
        _probe?.Invoke(StoreStep.AfterCommit);
        return answer;
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<(string Name, SqliteType Type)> parameters)
    {
        var command = _connection.Prepare(sql, parameters);
        _commands.Add(command);
        return command;
    }

    private static int Execute(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command.ExecuteNonQuery();
    }
}
