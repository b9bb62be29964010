// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Heliograph.Core.Merkle;
using Heliograph.Core.Wire;

namespace Heliograph.Core.State;

/// <summary>A named snapshot as a record of its namespace's state: what it selects and from which revision; not the content, which is found in the history and checked against the hash.</summary>
public static class NamedSnapshotRecord
{
    /// <summary>Largest definition, in bytes.</summary>
    public const int DefinitionBytesMax = 64 << 10;

    /// <summary>The record key: <c>05 ‖ name (UTF-8)</c>.</summary>
    public static byte[] KeyOf(string name) => [(byte)RecordKind.NamedSnapshot, .. Encoding.UTF8.GetBytes(name)];

    /// <summary>Reads a record key back.</summary>
    public static bool TryParseKey(ReadOnlySpan<byte> record, [NotNullWhen(true)] out string? name)
    {
        name = record.Length > 1 && record[0] == (byte)RecordKind.NamedSnapshot && System.Text.Unicode.Utf8.IsValid(record[1..]) ? Encoding.UTF8.GetString(record[1..]) : null;
        return name is not null;
    }

    /// <summary>Reads a record value.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, [NotNullWhen(true)] out NamedSnapshotState? snapshot) =>
        CanonicalMessage.TryParse(NamedSnapshotState.Parser, value, DefinitionBytesMax + 256, out snapshot, out _);

    /// <summary>The snapshot of that name, or <see langword="null"/>. One that has expired is still found.</summary>
    public static NamedSnapshotState? Find(MerkleMap records, string name) =>
        records.TryGet(KeyOf(name), out var value) && TryParse(value.Span, out var snapshot) ? snapshot : null;

    /// <summary>When an archived snapshot is gone, Unix milliseconds; <see langword="null"/> while it is not archived.</summary>
    public static long? ExpiresAtMs(NamedSnapshotState snapshot) => snapshot.ArchivedAtMs == 0 ? null : snapshot.ArchivedAtMs + 1_000L * snapshot.RetentionSeconds;

    /// <summary>Whether it is gone at a time.</summary>
    public static bool IsExpired(NamedSnapshotState snapshot, long nowMs) => ExpiresAtMs(snapshot) is { } end && end <= nowMs;
}
