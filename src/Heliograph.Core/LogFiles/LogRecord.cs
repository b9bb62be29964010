// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Heliograph.Core.Log;

namespace Heliograph.Core.LogFiles;

/// <summary>What a record of a log file holds.</summary>
public enum LogRecordType : byte
{
    /// <summary>The realm's first trust root, verbatim. The first record, and only that.</summary>
    TrustRoot = 1,

    /// <summary>An entry, verbatim. Dense and chained.</summary>
    Entry = 2,

    /// <summary>A signed head, verbatim, of the entry in front of it: everything up to there is vouched for.</summary>
    Head = 3,

    /// <summary>The end of a backup (<see cref="LogFileEnd"/>): nothing follows.</summary>
    End = 4,

    /// <summary>A later trust root with its signatures, verbatim. In the order of their versions, in front of the first head that needs it.</summary>
    SignedRoot = 5,

    /// <summary>A signed epoch transition, verbatim. In the order of their epochs, in front of the first entry of its epoch.</summary>
    Transition = 6,
}

/// <summary>A record of a log file, big-endian: <c>u32 payload length | u8 type | payload | u32 CRC-32C of all before</c>.</summary>
public static class LogRecord
{
    /// <summary>Bytes in front of the payload.</summary>
    public const int HeaderBytes = sizeof(uint) + sizeof(byte);

    /// <summary>Bytes behind it.</summary>
    public const int TrailerBytes = sizeof(uint);

    /// <summary>Longest payload: the largest entry.</summary>
    public const int PayloadBytesMax = LogEntry.BytesMax;

    /// <summary>The whole record.</summary>
    public static byte[] Encode(LogRecordType type, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, PayloadBytesMax, nameof(payload));
        var record = new byte[HeaderBytes + payload.Length + TrailerBytes];
        BinaryPrimitives.WriteUInt32BigEndian(record, (uint)payload.Length);
        record[sizeof(uint)] = (byte)type;
        payload.CopyTo(record.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(HeaderBytes + payload.Length), Crc32C.Of(record.AsSpan(0, HeaderBytes + payload.Length)));
        return record;
    }

    /// <summary>Type and payload length in a record's header; <see langword="false"/> if no record begins so.</summary>
    public static bool TryDecodeHeader(ReadOnlySpan<byte> header, out LogRecordType type, out int payloadBytes)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(header);
        (type, payloadBytes) = ((LogRecordType)header[sizeof(uint)], (int)Math.Min(length, int.MaxValue));
        return length <= PayloadBytesMax && type is >= LogRecordType.TrustRoot and <= LogRecordType.Transition;
    }

    /// <summary>Whether the checksum behind a payload is the record's.</summary>
    /// <param name="header">The record's header.</param>
    /// <param name="payloadAndTrailer">All behind it.</param>
    public static bool IsWhole(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payloadAndTrailer) =>
        BinaryPrimitives.ReadUInt32BigEndian(payloadAndTrailer[^TrailerBytes..]) == Crc32C.Of(header, payloadAndTrailer[..^TrailerBytes]);
}

/// <summary>The payload of a backup's last record, big-endian: <c>u64 entries | 32 bytes SHA-256 of the file in front of the record</c>.</summary>
/// <param name="Entries">How many entries the file holds.</param>
/// <param name="Digest">SHA-256 of every byte in front of the record.</param>
public readonly record struct LogFileEnd(long Entries, Hash256 Digest)
{
    /// <summary>Bytes of the payload.</summary>
    public const int SizeBytes = sizeof(ulong) + Hash256.SizeBytes;

    /// <summary>The bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[SizeBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Entries);
        Digest.CopyTo(bytes.AsSpan(sizeof(ulong)));
        return bytes;
    }

    /// <summary>Reads it; <see langword="false"/> if the length is another.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out LogFileEnd end)
    {
        end = bytes.Length == SizeBytes ? new(BinaryPrimitives.ReadInt64BigEndian(bytes), new(bytes[sizeof(ulong)..])) : default;
        return bytes.Length == SizeBytes;
    }
}
