// SPDX-License-Identifier: Apache-2.0
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Heliograph.Core.Log;
using Microsoft.Data.Sqlite;

namespace Heliograph.Storage.Sqlite.Reading;

/// <summary>Walks rows of <c>entry</c> in order and accepts each only if it is what was appended: its bytes have its hash, it follows the one before, it says where it stands.</summary>
/// <remarks>SQLite does not notice a flipped bit in a value (0 of 60 in our trials); this does.</remarks>
internal sealed class ChainVerifier(SqliteConnection connection, Hash256 logId)
{
    /// <summary>What a row holds, in this order. Large entries are left out: they are streamed into one buffer when, and only if, they are wanted.</summary>
    public const string Columns = "seq, epoch, hash, prev, length(bytes), CASE WHEN length(bytes) <= 65536 THEN bytes END";

    private const int Seq = 0, Epoch = 1, Hash = 2, Previous = 3, Length = 4, Bytes = 5;

    /// <summary>Sequence of the last row accepted, or started from.</summary>
    public long Sequence { get; private set; }

    private Hash256 _hash;
    private int _epoch = 1;
    private long _committedAtMs = long.MinValue;

    /// <summary>Begins after an entry whose row is given: its hash is what the next must follow. Without a call it begins before the first.</summary>
    public bool TryStart(DbDataReader row, long sequence, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        if (row.GetValue(Seq) is not long seq || seq != sequence || !TryHash(row, Hash, out _hash) || row.GetValue(Epoch) is not long epoch || epoch is <= 0 or > int.MaxValue)
        {
            fault = $"The row of entry {sequence} is damaged.";
            return false;
        }
        (Sequence, _epoch) = (seq, (int)epoch);
        return true;
    }

    /// <summary>Size of the row's entry, without reading it; 0 if the row is damaged.</summary>
    public static long BytesOf(DbDataReader row) => row.GetValue(Length) is long length ? length : 0;

    /// <summary>Takes the next row, or says what is wrong with it.</summary>
    public bool TryAccept(DbDataReader row, [NotNullWhen(true)] out LogEntry? entry, [NotNullWhen(false)] out string? fault)
    {
        entry = null;
        var expected = Sequence + 1;
        if (row.GetValue(Seq) is not long seq || seq != expected) fault = $"Entry {expected} is missing.";
        else if (Content(row, expected) is not { } bytes) fault = $"The row of entry {expected} is damaged.";
        else if (!LogEntry.TryParse(bytes, out entry, out var error)) fault = $"Entry {expected} cannot be read. {error}";
        else fault = Fault(row, entry, expected);
        if (fault is not null)
        {
            entry = null;
            return false;
        }
        (Sequence, _hash, _epoch, _committedAtMs) = (expected, entry!.Hash, entry.Revision.Epoch, entry.Content.CommittedAtMs);
        return true;
    }

    private byte[]? Content(DbDataReader row, long sequence)
    {
        var length = BytesOf(row);
        if (length is <= 0 or > LogEntry.BytesMax) return null;
        if (row.GetValue(Bytes) is byte[] small) return small;
        if (!row.IsDBNull(Bytes)) return null;
        var large = new byte[length];
        using var blob = new SqliteBlob(connection, "entry", "bytes", sequence, readOnly: true);
        blob.ReadExactly(large);
        return large;
    }

    private string? Fault(DbDataReader row, LogEntry entry, long expected) =>
        !TryHash(row, Hash, out var hash) || hash != entry.Hash ? $"Entry {expected} does not have its hash."
        : entry.Revision.Sequence != expected || row.GetValue(Epoch) is not long epoch || epoch != entry.Revision.Epoch || epoch < _epoch ? $"Entry {expected} says that it is {entry.Revision}."
        : !TryHash(row, Previous, out var previous) || previous != entry.PreviousHash || previous != _hash ? $"Entry {expected} does not follow the one before it."
        : new Hash256(entry.Content.LogId.Span) != logId ? $"Entry {expected} is of another log."
        : entry.Content.CommittedAtMs < _committedAtMs ? $"Entry {expected} is older than the one before it."
        : null;

    private static bool TryHash(DbDataReader row, int column, out Hash256 hash)
    {
        var found = row.GetValue(column) is byte[] { Length: Hash256.SizeBytes } bytes ? bytes : null;
        hash = found is null ? Hash256.Zero : new(found);
        return found is not null;
    }
}
