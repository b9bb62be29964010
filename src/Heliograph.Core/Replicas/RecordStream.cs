// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Core.Replicas;

/// <summary>Changes of a namespace's records as bytes: on the wire, and in the files of last-known-good.</summary>
/// <remarks>
/// <para>Record: <c>u8 op (1 put, 2 delete) | varint key length | key | put only: varint value length | value</c>. Records are
/// ordered by key bytes, each key once, lengths in minimal varints (LEB128), nothing behind the last. So a list of changes
/// has exactly one encoding. docs/reference/snapshot-files.md draws the bytes.</para>
/// <para>Reading never copies keys and values: they are slices of the stream, which must stay as it is.</para>
/// </remarks>
public static class RecordStream
{
    /// <summary>Longest stream, in bytes: a full namespace replaced by another full one that shares no key with it.</summary>
    public const long BytesMax = 2 * Limits.NamespaceBytesMax + 2L * RecordOverheadMax * Limits.NamespaceRecordsMax;

    /// <summary>Most records in a stream: every old one deleted, every new one put.</summary>
    public const int RecordsMax = 2 * Limits.NamespaceRecordsMax;

    private const int RecordOverheadMax = 1 + 2 + 3; // op, length of a key, length of a value
    private const byte Put = 1, Delete = 2;

    /// <summary>Bytes that a change takes in a stream.</summary>
    public static int SizeOf(in MerkleChange change)
    {
        var size = 1 + VarInt.SizeOf((uint)change.Key.Length) + change.Key.Length;
        return change.Value is { } value ? size + VarInt.SizeOf((uint)value.Length) + value.Length : size;
    }

    /// <summary>Appends one record. The caller keeps the order: keys ascend by bytes.</summary>
    /// <exception cref="ArgumentException">The key or the value is outside its limit. Nothing was written.</exception>
    public static void Write(IBufferWriter<byte> output, in MerkleChange change)
    {
        Require(change);
        var size = SizeOf(change);
        WriteOne(output.GetSpan(size), change);
        output.Advance(size);
    }

    /// <summary>The stream of these changes, whatever their order. Each key at most once.</summary>
    /// <exception cref="ArgumentException">A key comes twice, or a key or value is outside its limit.</exception>
    public static byte[] Encode(IEnumerable<MerkleChange> changes)
    {
        MerkleChange[] ordered = [.. changes];
        Array.Sort(ordered, static (left, right) => left.Key.Span.SequenceCompareTo(right.Key.Span));
        var size = 0L;
        for (var i = 0; i < ordered.Length; i++)
        {
            Require(ordered[i]);
            if (i > 0 && ordered[i].Key.Span.SequenceEqual(ordered[i - 1].Key.Span)) throw new ArgumentException("A key comes twice.", nameof(changes));
            size += SizeOf(ordered[i]);
        }
        var stream = new byte[size];
        var at = 0;
        foreach (var change in ordered) at += WriteOne(stream.AsSpan(at), change);
        return stream;
    }

    /// <summary>The stream that puts every record of a namespace: its snapshot.</summary>
    public static byte[] Encode(MerkleMap records) => Encode(records.Select(record => MerkleChange.Set(record.Key, record.Value)));

    /// <summary>Reads a stream of changes whole, or says in <paramref name="error"/> what is wrong with it. Never throws, whatever the bytes.</summary>
    public static bool TryReadChanges(ReadOnlyMemory<byte> stream, [NotNullWhen(true)] out IReadOnlyList<MerkleChange>? changes, [NotNullWhen(false)] out string? error) =>
        TryRead(stream, RecordsMax, BytesMax, allowDeletes: true, out changes, out error);

    /// <summary>Like <see cref="TryReadChanges"/>, for the stream of a snapshot: only puts, within the limits of a namespace.</summary>
    public static bool TryReadSnapshot(ReadOnlyMemory<byte> stream, [NotNullWhen(true)] out IReadOnlyList<MerkleChange>? changes, [NotNullWhen(false)] out string? error) =>
        TryRead(stream, Limits.NamespaceRecordsMax, BytesMax / 2, allowDeletes: false, out changes, out error);

    private static bool TryRead(ReadOnlyMemory<byte> stream, int recordsMax, long bytesMax, bool allowDeletes, [NotNullWhen(true)] out IReadOnlyList<MerkleChange>? changes, [NotNullWhen(false)] out string? error)
    {
        changes = null;
        if (stream.Length > bytesMax)
        {
            error = $"A record stream has at most {bytesMax} bytes here; this one has {stream.Length}.";
            return false;
        }
        var read = new List<MerkleChange>(); // grows with bytes that are there, at least three each
        var previousKey = ReadOnlyMemory<byte>.Empty;
        for (var at = 0; at < stream.Length;)
        {
            var start = at;
            error = TryReadOne(stream, ref at, out var change)
                ?? (previousKey.Span.SequenceCompareTo(change.Key.Span) >= 0 ? "its key does not come after the one before" : null)
                ?? (change.IsRemoval && !allowDeletes ? "a snapshot holds no deletes" : null)
                ?? (read.Count == recordsMax ? $"more than {recordsMax} records" : null);
            if (error is not null)
            {
                error = $"Record {read.Count + 1} at byte {start} of the stream is refused: {error}.";
                return false;
            }
            read.Add(change);
            previousKey = change.Key;
        }
        (changes, error) = (read, null);
        return true;
    }

    /// <summary>Reads the record at <paramref name="at"/> and moves behind it, or says what is wrong.</summary>
    private static string? TryReadOne(ReadOnlyMemory<byte> stream, ref int at, out MerkleChange change)
    {
        change = default;
        var op = stream.Span[at++];
        if (op is not (Put or Delete)) return $"operation {op} is not known";
        if (!TryReadCounted(stream, ref at, SettingRecord.KeyBytesMax, out var key)) return $"its key is cut off or longer than {SettingRecord.KeyBytesMax} bytes";
        if (key.IsEmpty) return "its key is empty";
        if (op == Delete)
        {
            change = MerkleChange.Remove(key);
            return null;
        }
        if (!TryReadCounted(stream, ref at, SettingRecord.ValueBytesMax, out var value)) return $"its value is cut off or longer than {SettingRecord.ValueBytesMax} bytes";
        change = MerkleChange.Set(key, value);
        return null;
    }

    private static bool TryReadCounted(ReadOnlyMemory<byte> stream, ref int at, int bytesMax, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (!VarInt.TryRead(stream.Span[at..], out var length, out var read) || length > (uint)bytesMax || length > (uint)(stream.Length - at - read)) return false;
        bytes = stream.Slice(at + read, (int)length);
        at += read + (int)length;
        return true;
    }

    private static int WriteOne(Span<byte> destination, in MerkleChange change)
    {
        destination[0] = change.IsRemoval ? Delete : Put;
        var at = 1 + WriteCounted(destination[1..], change.Key.Span);
        return change.Value is { } value ? at + WriteCounted(destination[at..], value.Span) : at;
    }

    private static int WriteCounted(Span<byte> destination, ReadOnlySpan<byte> bytes)
    {
        var length = VarInt.Write(destination, (uint)bytes.Length);
        bytes.CopyTo(destination[length..]);
        return length + bytes.Length;
    }

    private static void Require(in MerkleChange change)
    {
        if (change.Key.Length is 0 or > SettingRecord.KeyBytesMax) throw new ArgumentException($"A record key has 1 to {SettingRecord.KeyBytesMax} bytes, not {change.Key.Length}.", nameof(change));
        if (change.Value is { Length: > SettingRecord.ValueBytesMax } value) throw new ArgumentException($"A record value has at most {SettingRecord.ValueBytesMax} bytes, not {value.Length}.", nameof(change));
    }
}
