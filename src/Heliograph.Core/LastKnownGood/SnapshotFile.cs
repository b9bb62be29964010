// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;

namespace Heliograph.Core.LastKnownGood;

/// <summary>A whole namespace at a revision, as an immutable file <c>&lt;epoch&gt;-&lt;sequence&gt;.snap</c>; this reads one without copying it.</summary>
/// <remarks>
/// Lengths, digest, order and bounds are checked before anything can be read; nothing is allocated by what a length field says. A
/// key is found by binary search in the bytes as they lie, which may be a mapping: keys and values are slices of it and live no longer.
/// </remarks>
public sealed class SnapshotFile
{
    private readonly ReadOnlyMemory<byte> _file;
    private readonly SnapshotLayout _layout;

    private SnapshotFile(ReadOnlyMemory<byte> file, SnapshotLayout layout, AttestedState attested) => (_file, _layout, Attested) = (file, layout, attested);

    /// <summary>State, head and proof. Copies: they outlive the file's bytes.</summary>
    public AttestedState Attested { get; }

    /// <summary>The digest at the file's end, over everything before it. The first delta on this file chains to it.</summary>
    public Hash256 Digest => new(_file.Span[_layout.TrailerAt..]);

    /// <summary>Length of the file, in bytes.</summary>
    public int SizeBytes => _file.Length;

    /// <summary>Records in the file.</summary>
    public int Count => _layout.Records;

    /// <summary>Key of the record at <paramref name="index"/>, in the order of key bytes.</summary>
    public ReadOnlyMemory<byte> KeyAt(int index)
    {
        var (offset, length) = Span(index, 0);
        return _file.Slice(_layout.KeysAt + offset, length);
    }

    /// <summary>Value of the record at <paramref name="index"/>.</summary>
    public ReadOnlyMemory<byte> ValueAt(int index)
    {
        var (offset, length) = Span(index, 8);
        return _file.Slice(_layout.ValuesAt + offset, length);
    }

    /// <summary>Finds a key's value in the file's bytes, in about log2(n) comparisons.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = KeyAt(middle).Span.SequenceCompareTo(key);
            if (order == 0)
            {
                value = ValueAt(middle);
                return true;
            }
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        value = default;
        return false;
    }

    /// <summary>Reads a file, or says in <paramref name="error"/> what is wrong with it. Never throws, whatever the bytes.</summary>
    /// <param name="bytes">The whole file. Kept, not copied.</param>
    /// <param name="file">The file, of which lengths, digest, order and form are right. Its records' root was not compared: see <see cref="TryLoad"/>.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryOpen(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SnapshotFile? file, [NotNullWhen(false)] out string? error)
    {
        file = null;
        error = SnapshotLayout.TryReadHeader(bytes.Span, out var layout);
        if (error is not null) return false;
        Span<byte> digest = stackalloc byte[Hash256.SizeBytes];
        SHA256.HashData(bytes.Span[..layout.TrailerAt], digest);
        if (!digest.SequenceEqual(bytes.Span[layout.TrailerAt..]))
        {
            error = "its digest does not match its bytes";
            return false;
        }
        var span = bytes.Span;
        if (!AttestedState.TryParse(span[SnapshotLayout.HeaderBytes..layout.StateAt], span[layout.StateAt..layout.ProofAt], span[layout.ProofAt..layout.IndexAt], out var attested, out error)) return false;
        var read = new SnapshotFile(bytes, layout, attested);
        error = read.IndexFault();
        if (error is not null) return false;
        file = read;
        return true;
    }

    /// <summary>Builds the namespace's version: records are copied once, so that neither a failing disk nor an unmapped file can reach them later, and their root is compared with the state's.</summary>
    public bool TryLoad([NotNullWhen(true)] out NamespaceVersion? version, [NotNullWhen(false)] out string? error)
    {
        ReadOnlyMemory<byte> records = _file[_layout.KeysAt.._layout.TrailerAt].ToArray();
        var changes = new MerkleChange[Count];
        for (var i = 0; i < changes.Length; i++)
        {
            var ((keyAt, keyLength), (valueAt, valueLength)) = (Span(i, 0), Span(i, 8));
            changes[i] = MerkleChange.Set(records.Slice(keyAt, keyLength), records.Slice((int)_layout.KeyBytes + valueAt, valueLength));
        }
        var map = MerkleMap.Empty.Apply(changes);
        error = Attested.Mismatch(map);
        version = error is null ? Attested.With(NamespaceName.Parse(Attested.State.Name), map) : null;
        return version is not null;
    }

    /// <summary>The file of a version, the same bytes for the same version wherever it is written.</summary>
    public static byte[] Encode(NamespaceVersion version)
    {
        var layout = SnapshotLayout.Of(version);
        if (layout.FileBytes > SnapshotLayout.FileBytesMax) throw new ArgumentException($"A snapshot file has at most {SnapshotLayout.FileBytesMax} bytes.", nameof(version));
        var file = new byte[layout.FileBytes];
        layout.WriteHeader(file);
        version.Head.Bytes.Span.CopyTo(file.AsSpan(SnapshotLayout.HeaderBytes));
        version.StateBytes.Span.CopyTo(file.AsSpan(layout.StateAt));
        version.Proof.Span.CopyTo(file.AsSpan(layout.ProofAt));
        WriteRecords(file, layout, version.Records);
        SHA256.HashData(file.AsSpan(0, layout.TrailerAt), file.AsSpan(layout.TrailerAt));
        return file;
    }

    private static void WriteRecords(Span<byte> file, SnapshotLayout layout, MerkleMap records)
    {
        KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>[] ordered = [.. records];
        Array.Sort(ordered, static (left, right) => left.Key.Span.SequenceCompareTo(right.Key.Span));
        var index = file[layout.IndexAt..];
        var (keyAt, valueAt) = (0, 0);
        foreach (var (key, value) in ordered)
        {
            BinaryPrimitives.WriteInt32BigEndian(index, keyAt);
            BinaryPrimitives.WriteInt32BigEndian(index[4..], key.Length);
            BinaryPrimitives.WriteInt32BigEndian(index[8..], valueAt);
            BinaryPrimitives.WriteInt32BigEndian(index[12..], value.Length);
            index = index[SnapshotLayout.IndexEntryBytes..];
            key.Span.CopyTo(file[(layout.KeysAt + keyAt)..]);
            value.Span.CopyTo(file[(layout.ValuesAt + valueAt)..]);
            (keyAt, valueAt) = (keyAt + key.Length, valueAt + value.Length);
        }
    }

    /// <summary>Checks that keys and values lie one behind the other, fill their parts exactly, and that keys ascend: one file for one content.</summary>
    private string? IndexFault()
    {
        var (keyEnd, valueEnd) = (0L, 0L);
        for (var i = 0; i < Count; i++)
        {
            var ((keyAt, keyLength), (valueAt, valueLength)) = (Span(i, 0), Span(i, 8));
            if (keyAt != keyEnd || valueAt != valueEnd) return $"record {i} does not lie behind the one before";
            if (keyLength is <= 0 or > SettingRecord.KeyBytesMax || valueLength is < 0 or > SettingRecord.ValueBytesMax) return $"record {i} is outside its limits";
            (keyEnd, valueEnd) = (keyEnd + keyLength, valueEnd + valueLength);
            if (keyEnd > _layout.KeyBytes || valueEnd > _layout.ValueBytes) return $"record {i} ends outside the file's part for it";
            if (i > 0 && KeyAt(i - 1).Span.SequenceCompareTo(KeyAt(i).Span) >= 0) return $"the key of record {i} does not come after the one before";
        }
        return keyEnd == _layout.KeyBytes && valueEnd == _layout.ValueBytes ? null : "there are bytes that belong to no record";
    }

    private (int Offset, int Length) Span(int index, int part)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var entry = _file.Span[(_layout.IndexAt + index * SnapshotLayout.IndexEntryBytes + part)..];
        return (BinaryPrimitives.ReadInt32BigEndian(entry), BinaryPrimitives.ReadInt32BigEndian(entry[4..]));
    }
}
