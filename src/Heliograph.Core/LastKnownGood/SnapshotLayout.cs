// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Core.LastKnownGood;

/// <summary>Where the parts of a snapshot file lie; all numbers big-endian. Drawn in docs/reference/snapshot-files.md, which changes with this file.</summary>
/// <remarks><code>
/// header (56) | signed head | namespace state | proof | index (16 a record) | keys | values | SHA-256 of all before (32)
///
///  0  8  magic "HELIOSNP"        24  4  head bytes       40  8  key bytes, all
///  8  4  format 1                28  4  state bytes      48  8  value bytes, all
/// 12  4  flags, 0                32  4  proof bytes
/// 16  8  file bytes, trailer too 36  4  records
///
/// index entry:  u32 key offset | u32 key length | u32 value offset | u32 value length     offsets count from the first key, the first value
/// </code></remarks>
internal readonly record struct SnapshotLayout(int HeadBytes, int StateBytes, int ProofBytes, int Records, long KeyBytes, long ValueBytes)
{
    public const int HeaderBytes = 56, IndexEntryBytes = 16, TrailerBytes = Hash256.SizeBytes, Format = 1;

    /// <summary>Largest file that a namespace within its limits can give.</summary>
    public const long FileBytesMax = HeaderBytes + SignedHead.BytesMax + AttestedState.StateBytesMax + MerkleProof.BytesMax
        + (long)IndexEntryBytes * Limits.NamespaceRecordsMax + Limits.NamespaceBytesMax + TrailerBytes;

    public static ReadOnlySpan<byte> Magic => "HELIOSNP"u8;

    public int StateAt => HeaderBytes + HeadBytes;
    public int ProofAt => StateAt + StateBytes;
    public int IndexAt => ProofAt + ProofBytes;
    public int KeysAt => IndexAt + IndexEntryBytes * Records;
    public int ValuesAt => checked(KeysAt + (int)KeyBytes);
    public int TrailerAt => checked(ValuesAt + (int)ValueBytes);
    public long FileBytes => (long)TrailerAt + TrailerBytes;

    public static SnapshotLayout Of(NamespaceVersion version)
    {
        var keyBytes = 0L;
        foreach (var (key, _) in version.Records) keyBytes += key.Length;
        return new(version.Head.Bytes.Length, version.StateBytes.Length, version.Proof.Length, version.Records.Count, keyBytes, version.Records.Bytes - keyBytes);
    }

    public void WriteHeader(Span<byte> file)
    {
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt32BigEndian(file[8..], Format);
        BinaryPrimitives.WriteInt32BigEndian(file[12..], 0);
        BinaryPrimitives.WriteInt64BigEndian(file[16..], FileBytes);
        BinaryPrimitives.WriteInt32BigEndian(file[24..], HeadBytes);
        BinaryPrimitives.WriteInt32BigEndian(file[28..], StateBytes);
        BinaryPrimitives.WriteInt32BigEndian(file[32..], ProofBytes);
        BinaryPrimitives.WriteInt32BigEndian(file[36..], Records);
        BinaryPrimitives.WriteInt64BigEndian(file[40..], KeyBytes);
        BinaryPrimitives.WriteInt64BigEndian(file[48..], ValueBytes);
    }

    /// <summary>Reads a header and checks every length against its limit and the file's own; gives what is wrong, or <see langword="null"/>.</summary>
    public static string? TryReadHeader(ReadOnlySpan<byte> file, out SnapshotLayout layout)
    {
        layout = default;
        if (file.Length < HeaderBytes + TrailerBytes) return $"it has {file.Length} bytes, fewer than a header and a digest";
        if (!file.StartsWith(Magic)) return "it does not begin with HELIOSNP";
        var format = BinaryPrimitives.ReadUInt32BigEndian(file[8..]);
        if (format != Format) return $"format {format} is not known; this version reads format {Format}";
        var flags = BinaryPrimitives.ReadUInt32BigEndian(file[12..]);
        if (flags != 0) return $"flags {flags:x8} are not known";
        var fileBytes = BinaryPrimitives.ReadUInt64BigEndian(file[16..]);
        if (fileBytes != (ulong)file.Length) return $"its header says {fileBytes} bytes, it has {file.Length}";

        var (head, state, proof) = (Length(file[24..]), Length(file[28..]), Length(file[32..]));
        var (records, keys, values) = (Length(file[36..]), BinaryPrimitives.ReadUInt64BigEndian(file[40..]), BinaryPrimitives.ReadUInt64BigEndian(file[48..]));
        if (head > SignedHead.BytesMax || state > AttestedState.StateBytesMax || proof > MerkleProof.BytesMax) return "its head, state or proof is larger than allowed";
        if (records > Limits.NamespaceRecordsMax || keys > Limits.NamespaceBytesMax || values > Limits.NamespaceBytesMax || keys + values > Limits.NamespaceBytesMax)
            return "it holds more records or bytes than a namespace may";
        layout = new((int)head, (int)state, (int)proof, (int)records, (long)keys, (long)values); // all bounded above: nothing overflows
        return layout.FileBytes == file.Length ? null : $"its parts add up to {layout.FileBytes} bytes, it has {file.Length}";
    }

    private static uint Length(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt32BigEndian(at);
}
