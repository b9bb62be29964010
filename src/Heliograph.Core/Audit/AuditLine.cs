// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Heliograph.Core.Hashing;

namespace Heliograph.Core.Audit;

/// <summary>One record of an audit chain as it stands in a file: 64 hexadecimal digits of its hash, a space, its JSON, a line feed. docs/reference/audit-log.md draws the bytes.</summary>
/// <param name="Hash">SHA-256 over the record before it and its own JSON: <see cref="HashOf"/>.</param>
/// <param name="Json">Its content: ASCII, no line feed.</param>
public sealed record AuditLine(Hash256 Hash, ReadOnlyMemory<byte> Json)
{
    /// <summary>Longest JSON of a record, in bytes: a writer makes none that is longer, a reader takes none.</summary>
    public const int JsonBytesMax = 256 << 10;

    private const int HashChars = 2 * Hash256.SizeBytes;

    private static ReadOnlySpan<byte> Domain => "heliograph:audit:v1\0"u8;

    /// <summary>The hash of a record: SHA-256 of <c>"heliograph:audit:v1" ‖ 00 ‖ previous ‖ json</c>.</summary>
    /// <param name="previous">Hash of the record before; zeros before the first.</param>
    /// <param name="json">Its JSON, byte for byte.</param>
    public static Hash256 HashOf(Hash256 previous, ReadOnlySpan<byte> json)
    {
        var hash = Sha256.Begin();
        Span<byte> before = stackalloc byte[Hash256.SizeBytes];
        previous.CopyTo(before);
        hash.Append(Domain);
        hash.Append(before);
        hash.Append(json);
        return hash.End();
    }

    /// <summary>The record that follows another.</summary>
    public static AuditLine After(Hash256 previous, string json)
    {
        var bytes = Encoding.ASCII.GetBytes(json);
        return new(HashOf(previous, bytes), bytes);
    }

    /// <summary>The line, with its line feed.</summary>
    public byte[] ToBytes() => [.. Encoding.ASCII.GetBytes(Hash.ToString()), (byte)' ', .. Json.Span, (byte)'\n'];

    /// <summary>Reads a line without its line feed. Whether the hash is right only the chain can tell.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out AuditLine? line)
    {
        line = null;
        var span = bytes.Span;
        if (span.Length is <= HashChars + 1 or > HashChars + 1 + JsonBytesMax || span[HashChars] != ' ' || !Ascii.IsValid(span)) return false;
        if (!Hash256.TryParse(Encoding.ASCII.GetString(span[..HashChars]), out var hash)) return false;
        line = new(hash, bytes[(HashChars + 1)..]);
        return true;
    }
}
