// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Heliograph.Core.Hashing;
using Heliograph.Core.Wire;

namespace Heliograph.Core.State;

/// <summary>A setting as a record of its namespace's state, and back.</summary>
/// <remarks>
/// Key: <c>01 ‖ key (UTF-8) ‖ 00 ‖ label (UTF-8, empty for none)</c>; no key holds a zero byte, so the split is unambiguous.
/// Value: a canonical <c>SettingValue</c>. It holds content only, no time and no author, so that the same content has the same
/// root wherever and whenever it was written.
/// </remarks>
public static class SettingRecord
{
    /// <summary>Largest record key: kind, key and label at four bytes a code point, separator.</summary>
    public const int KeyBytesMax = 2 + 3 * (Limits.KeyCharsMax + Limits.LabelCharsMax);

    /// <summary>Largest record value: the value and 128 KiB for content type and tags.</summary>
    public const int ValueBytesMax = Limits.ValueBytesMax + (128 << 10);

    /// <summary>The record key of a setting.</summary>
    public static byte[] KeyOf(SettingKey key)
    {
        var keyBytes = Encoding.UTF8.GetByteCount(key.Key);
        var labelBytes = key.Label is null ? 0 : Encoding.UTF8.GetByteCount(key.Label);
        var record = new byte[2 + keyBytes + labelBytes];
        record[0] = (byte)RecordKind.Setting;
        Encoding.UTF8.GetBytes(key.Key, record.AsSpan(1));
        if (key.Label is not null) Encoding.UTF8.GetBytes(key.Label, record.AsSpan(2 + keyBytes));
        return record;
    }

    /// <summary>Reads a record key back; <see langword="false"/> for a record of another kind or a key outside the grammar.</summary>
    public static bool TryParseKey(ReadOnlySpan<byte> record, out SettingKey key)
    {
        key = default;
        if (record.Length < 3 || record[0] != (byte)RecordKind.Setting) return false;
        var body = record[1..];
        var separator = body.IndexOf((byte)0);
        return separator > 0
            && TryText(body[..separator], out var name) && TryText(body[(separator + 1)..], out var label)
            && SettingKey.TryCreate(name, label, out key, out _);
    }

    /// <summary>The record value of a setting.</summary>
    public static byte[] ValueOf(Setting setting) => WireOf(setting).ToByteArray();

    /// <summary>The setting's content as a message.</summary>
    public static SettingValue WireOf(Setting setting)
    {
        var wire = new SettingValue
        {
            Value = ByteString.CopyFromUtf8(setting.Value),
            ContentType = setting.ContentType ?? "",
            Locked = setting.IsLocked,
            Description = setting.Description ?? "",
            Marks = (uint)setting.Marks,
        };
        foreach (var (name, value) in setting.Tags) wire.Tags.Add(new Tag { Name = name, Value = value });
        return wire;
    }

    /// <summary>Reads a record back.</summary>
    public static bool TryParse(ReadOnlySpan<byte> recordKey, ReadOnlySpan<byte> recordValue, [NotNullWhen(true)] out Setting? setting)
    {
        setting = null;
        if (!TryParseKey(recordKey, out var key)) return false;
        if (!CanonicalMessage.TryParse(SettingValue.Parser, recordValue, ValueBytesMax, out var wire, out _) || !TryText(wire.Value.Span, out var text)) return false;
        setting = new(key, text, wire.ContentType.Length == 0 ? null : wire.ContentType,
            [.. wire.Tags.Select(tag => KeyValuePair.Create(tag.Name, tag.Value))], wire.Locked,
            wire.Description.Length == 0 ? null : wire.Description, (SettingMarks)wire.Marks);
        return true;
    }

    /// <summary>The digest that reads return as a setting's <c>etag</c>: SHA-256 of its record value. Same content, same etag.</summary>
    public static Hash256 ContentHash(ReadOnlySpan<byte> recordValue) => Sha256.Of(recordValue);

    private static bool TryText(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out string? text)
    {
        text = System.Text.Unicode.Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : null;
        return text is not null;
    }
}
