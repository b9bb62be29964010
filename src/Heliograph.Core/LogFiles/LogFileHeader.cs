// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Heliograph.Core.LogFiles;

/// <summary>What a log file is for.</summary>
public enum LogFileKind
{
    /// <summary>A backup: complete, and never changed again.</summary>
    Backup = 1,

    /// <summary>What an archive relay keeps: it grows.</summary>
    Archive = 2,
}

/// <summary>The first bytes of a log file: a realm's log outside of a store, entry by entry, as backups and archives keep it.</summary>
/// <remarks>
/// docs/reference/backup.md draws the file; big-endian:
/// <code>
///   0  8 magic "HELIOLOG"    16 32 log id
///   8  4 format, 1           48  8 when it was begun, Unix ms
///  12  4 kind                56  4 zero
///                            60  4 CRC-32C of bytes 0 to 59
/// </code>
/// Behind it come records (<see cref="LogRecord"/>): the trust root, then entries and heads.
/// </remarks>
/// <param name="Kind">What the file is for.</param>
/// <param name="LogId">Which log.</param>
/// <param name="BegunAtMs">When it was begun, by the clock of whoever began it; for people.</param>
public readonly record struct LogFileHeader(LogFileKind Kind, Hash256 LogId, long BegunAtMs)
{
    /// <summary>Bytes of the header.</summary>
    public const int SizeBytes = 64;

    private const uint Format = 1;
    private const int FormatAt = 8, KindAt = 12, LogIdAt = 16, BegunAtMsAt = 48, ChecksumAt = 60;

    private static ReadOnlySpan<byte> Magic => "HELIOLOG"u8;

    /// <summary>The bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[SizeBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(FormatAt), Format);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(KindAt), (int)Kind);
        LogId.CopyTo(bytes.AsSpan(LogIdAt));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(BegunAtMsAt), BegunAtMs);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(ChecksumAt), Crc32C.Of(bytes.AsSpan(0, ChecksumAt)));
        return bytes;
    }

    /// <summary>Reads a header, or says what is wrong with it.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out LogFileHeader header, [NotNullWhen(false)] out string? error)
    {
        header = default;
        error = bytes.Length < SizeBytes || !bytes.StartsWith(Magic) ? "It is no log file: it does not begin as one."
            : BinaryPrimitives.ReadUInt32BigEndian(bytes[ChecksumAt..]) != Crc32C.Of(bytes[..ChecksumAt]) ? "Its header is damaged."
            : BinaryPrimitives.ReadUInt32BigEndian(bytes[FormatAt..]) is not Format and var format ? $"It has format {format}; this version reads format {Format}."
            : BinaryPrimitives.ReadInt32BigEndian(bytes[KindAt..]) is < (int)LogFileKind.Backup or > (int)LogFileKind.Archive ? "It is of a kind that this version does not know."
            : null;
        if (error is null) header = new((LogFileKind)BinaryPrimitives.ReadInt32BigEndian(bytes[KindAt..]), new(bytes.Slice(LogIdAt, Hash256.SizeBytes)), BinaryPrimitives.ReadInt64BigEndian(bytes[BegunAtMsAt..]));
        return error is null;
    }
}
