// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Heliograph.Core.Hashing;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Log;

/// <summary>One record of the log: its bytes, which are the truth, what they say, and their hash.</summary>
/// <remarks>The bytes are stored, hashed and forwarded verbatim. <see cref="Hash"/> = SHA-256(0x02 ‖ bytes).</remarks>
public sealed class LogEntry
{
    /// <summary>Largest entry: a changeset of <see cref="Limits.ChangesetBytesMax"/> bytes and 64 KiB for what surrounds it.</summary>
    public const int BytesMax = Limits.ChangesetBytesMax + (64 << 10);

    private const byte HashPrefix = 0x02;

    private LogEntry(ReadOnlyMemory<byte> bytes, Entry content, Hash256 hash) => (Bytes, Content, Hash) = (bytes, content, hash);

    /// <summary>The canonical bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What the bytes say. Not to be changed.</summary>
    public Entry Content { get; }

    /// <summary>SHA-256(0x02 ‖ bytes): the next entry's <see cref="PreviousHash"/>.</summary>
    public Hash256 Hash { get; }

    /// <summary>Where in the log it stands.</summary>
    public Revision Revision => new(checked((int)Content.Epoch), checked((long)Content.Sequence));

    /// <summary>Hash of the entry before it; zero for the first.</summary>
    public Hash256 PreviousHash => new(Content.PreviousHash.Span);

    /// <summary>When it was committed, by the origin's clock; never before the entry in front of it.</summary>
    public DateTimeOffset CommittedAt => DateTimeOffset.FromUnixTimeMilliseconds(Content.CommittedAtMs);

    /// <summary>Seals <paramref name="content"/>: from here on its bytes stand.</summary>
    /// <exception cref="ArgumentException">A field has not its fixed size, or the entry is larger than <see cref="BytesMax"/>.</exception>
    public static LogEntry Seal(Entry content)
    {
        var bytes = content.ToByteArray();
        if (Fault(content, bytes.Length) is { } fault) throw new ArgumentException(fault, nameof(content));
        return new(bytes, content, HashOf(bytes));
    }

    /// <summary>Reads an entry from its bytes, which are kept, not copied.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out LogEntry? entry, [NotNullWhen(false)] out string? error)
    {
        entry = null;
        if (!CanonicalMessage.TryParse(Entry.Parser, bytes.Span, BytesMax, out var content, out error)) return false;
        error = Fault(content, bytes.Length);
        if (error is not null) return false;
        entry = new(bytes, content, HashOf(bytes.Span));
        return true;
    }

    /// <summary>The hash that an entry of these bytes has.</summary>
    public static Hash256 HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = Sha256.Begin();
        hash.Append([HashPrefix]);
        hash.Append(bytes);
        return hash.End();
    }

    private static string? Fault(Entry content, int length) =>
        length > BytesMax ? $"Entry: {length} bytes, at most {BytesMax} are allowed."
        : content.LogId.Length != Hash256.SizeBytes || content.PreviousHash.Length != Hash256.SizeBytes || content.RequestDigest.Length != Hash256.SizeBytes
            ? $"Entry: log_id, previous_hash and request_digest are {Hash256.SizeBytes} bytes each."
        : content.Epoch is 0 or > int.MaxValue || content.Sequence is 0 or > long.MaxValue ? "Entry: epoch and sequence begin at 1."
        : content.BodyCase == Entry.BodyOneofCase.None ? "Entry: it has no body that this version knows."
        : null;
}
