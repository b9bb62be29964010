// SPDX-License-Identifier: Apache-2.0
using System.Text.Encodings.Web;
using System.Text.Json;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;

namespace Heliograph.Agent.ReadApi;

/// <summary>Settings as JSON, in the shapes of the origin's API (docs/reference/api.md).</summary>
internal static class SettingJson
{
    /// <summary>Nothing here is part of a web page.</summary>
    public static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A setting; <see langword="null"/> of nothing.</summary>
    public static void Write(Utf8JsonWriter json, Setting? setting, ReadOnlySpan<byte> record)
    {
        if (setting is null)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        json.WriteString("key"u8, setting.Key.Key);
        json.WriteString("label"u8, setting.Key.Label);
        json.WriteString("value"u8, setting.Value);
        json.WriteString("contentType"u8, setting.ContentType);
        json.WriteStartObject("tags"u8);
        foreach (var (name, value) in setting.Tags) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteBoolean("locked"u8, setting.IsLocked);
        json.WriteString("etag"u8, SettingRecord.ContentHash(record).ToString());
        json.WriteEndObject();
    }

    /// <summary>The settings of a version that a filter lets pass, ordered by key, then label.</summary>
    public static IReadOnlyList<(SettingKey Key, ReadOnlyMemory<byte> RecordKey, ReadOnlyMemory<byte> Record)> Sorted(NamespaceVersion version, SettingFilter filter)
    {
        var found = new List<(SettingKey Key, ReadOnlyMemory<byte> RecordKey, ReadOnlyMemory<byte> Record)>();
        foreach (var (recordKey, record) in version.Records)
            if (SettingRecord.TryParseKey(recordKey.Span, out var key) && filter.Passes(key)) found.Add((key, recordKey, record));
        found.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        return found;
    }

    /// <summary>What a filter lets pass of the difference of two versions, ordered by key, then label.</summary>
    public static IReadOnlyList<(SettingKey Key, MerkleChange Change)> Difference(MerkleMap before, MerkleMap after, SettingFilter filter)
    {
        var found = new List<(SettingKey Key, MerkleChange Change)>();
        foreach (var change in MerkleMap.Diff(before, after))
            if (SettingRecord.TryParseKey(change.Key.Span, out var key) && filter.Passes(key)) found.Add((key, change));
        found.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        return found;
    }

    /// <summary>One item of a difference.</summary>
    public static void WriteDifference(Utf8JsonWriter json, SettingKey key, MerkleChange change, MerkleMap before)
    {
        var had = before.TryGet(change.Key.Span, out var old);
        json.WriteStartObject();
        json.WriteString("key"u8, key.Key);
        json.WriteString("label"u8, key.Label);
        json.WriteString("kind"u8, !had ? "added"u8 : change.Value is null ? "removed"u8 : "changed"u8);
        json.WritePropertyName("before"u8);
        Write(json, had && SettingRecord.TryParse(change.Key.Span, old.Span, out var was) ? was : null, old.Span);
        json.WritePropertyName("after"u8);
        var now = change.Value ?? default;
        Write(json, change.Value is not null && SettingRecord.TryParse(change.Key.Span, now.Span, out var becomes) ? becomes : null, now.Span);
        json.WriteEndObject();
    }
}

/// <summary>Which settings are asked for.</summary>
/// <param name="Prefix">What a key begins with, compared character by character; empty for every key.</param>
/// <param name="Label">The label; empty for settings without one; <see langword="null"/> for all.</param>
internal readonly record struct SettingFilter(string Prefix, string? Label)
{
    public bool Passes(SettingKey key) => (Label is null || Label == (key.Label ?? "")) && key.Key.StartsWith(Prefix, StringComparison.Ordinal);
}
