// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Heliograph.Core.Log;

/// <summary>The newest tip that an origin has promised to sign heads for, as the bytes of one slot of <c>head.hw</c>.</summary>
/// <remarks>
/// A store that loses its end without noticing (a flipped bit in a write-ahead log, a restored disk) holds less than this
/// file says, and so is found out (<see cref="HighWater.Judge"/>). docs/reference/storage-sqlite.md draws the bytes; big-endian:
/// <code>
///   0  8 magic "HELIO-HW"    40 32 entry hash
///   8  4 format, 1           72 32 log id
///  12  4 epoch              104 404 zero
///  16  8 generation         508  4 CRC-32C of bytes 0 to 507
///  24  8 sequence
///  32  8 committed_at_ms
/// </code>
/// </remarks>
/// <param name="Generation">Grows by one with every write. The slot is the generation modulo <see cref="Slots"/>, so a torn write never touches the newest whole one.</param>
/// <param name="LogId">Which log.</param>
/// <param name="Tip">Its newest entry.</param>
public readonly record struct HighWaterMark(long Generation, Hash256 LogId, LogTip Tip)
{
    /// <summary>Bytes of a slot: one sector, which a disk writes whole or not at all.</summary>
    public const int SlotBytes = 512;

    /// <summary>Slots of a file.</summary>
    public const int Slots = 2;

    /// <summary>Bytes of a file.</summary>
    public const int FileBytes = SlotBytes * Slots;

    private const uint Format = 1;
    private const int FormatAt = 8, EpochAt = 12, GenerationAt = 16, SequenceAt = 24, CommittedAtMsAt = 32, HashAt = 40, LogIdAt = 72, ChecksumAt = 508;

    private static ReadOnlySpan<byte> Magic => "HELIO-HW"u8;

    /// <summary>Where in the file this generation is written.</summary>
    public int Offset => (int)(Generation % Slots) * SlotBytes;

    /// <summary>The bytes of a slot.</summary>
    public byte[] Encode()
    {
        var slot = new byte[SlotBytes];
        Magic.CopyTo(slot);
        BinaryPrimitives.WriteUInt32BigEndian(slot.AsSpan(FormatAt), Format);
        BinaryPrimitives.WriteInt32BigEndian(slot.AsSpan(EpochAt), Tip.Revision.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(slot.AsSpan(GenerationAt), Generation);
        BinaryPrimitives.WriteInt64BigEndian(slot.AsSpan(SequenceAt), Tip.Revision.Sequence);
        BinaryPrimitives.WriteInt64BigEndian(slot.AsSpan(CommittedAtMsAt), Tip.CommittedAtMs);
        Tip.Hash.CopyTo(slot.AsSpan(HashAt));
        LogId.CopyTo(slot.AsSpan(LogIdAt));
        BinaryPrimitives.WriteUInt32BigEndian(slot.AsSpan(ChecksumAt), Checksum(slot.AsSpan(0, ChecksumAt)));
        return slot;
    }

    /// <summary>The newest whole slot of a file.</summary>
    /// <param name="file">All bytes of the file.</param>
    /// <param name="mark">The newer of the slots that are whole.</param>
    /// <param name="error">Why there is none.</param>
    public static bool TryDecodeFile(ReadOnlySpan<byte> file, out HighWaterMark mark, [NotNullWhen(false)] out string? error)
    {
        mark = default;
        error = null;
        var found = false;
        for (var slot = 0; slot < Slots; slot++)
        {
            var start = Math.Min(slot * SlotBytes, file.Length);
            if (!TryDecode(file[start..Math.Min(start + SlotBytes, file.Length)], out var candidate) || candidate.Offset != slot * SlotBytes) continue;
            if (!found || candidate.Generation > mark.Generation) mark = candidate;
            found = true;
        }
        if (!found) error = "None of its slots is whole.";
        return found;
    }

    /// <summary>Reads a slot; false if a byte of it is not as it was written, or a newer format wrote it.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> slot, out HighWaterMark mark)
    {
        mark = default;
        if (slot.Length != SlotBytes || !slot.StartsWith(Magic) || BinaryPrimitives.ReadUInt32BigEndian(slot[FormatAt..]) != Format
            || BinaryPrimitives.ReadUInt32BigEndian(slot[ChecksumAt..]) != Checksum(slot[..ChecksumAt]))
            return false;
        var (epoch, sequence) = (BinaryPrimitives.ReadInt32BigEndian(slot[EpochAt..]), BinaryPrimitives.ReadInt64BigEndian(slot[SequenceAt..]));
        var generation = BinaryPrimitives.ReadInt64BigEndian(slot[GenerationAt..]);
        if (epoch < 0 || sequence < 0 || generation < 0) return false;
        var tip = new LogTip(new(epoch, sequence), new(slot.Slice(HashAt, Hash256.SizeBytes)), BinaryPrimitives.ReadInt64BigEndian(slot[CommittedAtMsAt..]));
        mark = new(generation, new(slot.Slice(LogIdAt, Hash256.SizeBytes)), tip);
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var octet in bytes) crc = BitOperations.Crc32C(crc, octet);
        return ~crc;
    }
}
