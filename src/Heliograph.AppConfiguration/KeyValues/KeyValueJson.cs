// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.Stores;

namespace Heliograph.AppConfiguration.KeyValues;

/// <summary>Key-values as the contract writes them. Members that are not selected are left out, not null.</summary>
internal static class KeyValueJson
{
    /// <summary>Media type of one key-value.</summary>
    public const string MediaType = "application/vnd.microsoft.appconfig.kv+json; charset=utf-8";

    /// <summary>Media type of a page of key-values.</summary>
    public const string SetMediaType = "application/vnd.microsoft.appconfig.kvset+json; charset=utf-8";

    /// <summary>How answers are written: non-ASCII text as it is.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>One key-value as bytes.</summary>
    public static ReadOnlyMemory<byte> One(KeyValue item, Fields fields, ApiVersion version)
    {
        var body = new ArrayBufferWriter<byte>(256 + item.RecordValue.Length);
        using (var json = new Utf8JsonWriter(body, Options)) Write(json, item, fields, version);
        return body.WrittenMemory;
    }

    /// <summary>Writes one key-value.</summary>
    public static void Write(Utf8JsonWriter json, KeyValue item, Fields fields, ApiVersion version)
    {
        var setting = item.Setting;
        json.WriteStartObject();
        if (fields.HasFlag(Fields.ETag)) json.WriteString("etag"u8, item.ETag);
        if (fields.HasFlag(Fields.Key)) json.WriteString("key"u8, item.Key.Key);
        if (fields.HasFlag(Fields.Label)) json.WriteString("label"u8, item.Key.Label);
        if (fields.HasFlag(Fields.ContentType)) json.WriteString("content_type"u8, ContentTypeOf(setting));
        if (fields.HasFlag(Fields.Value)) json.WriteString("value"u8, setting.Marks.HasFlag(SettingMarks.NoValue) ? null : setting.Value);
        if (fields.HasFlag(Fields.Tags)) WriteTags(json, setting.Tags);
        if (fields.HasFlag(Fields.Locked)) json.WriteBoolean("locked"u8, setting.IsLocked);
        if (fields.HasFlag(Fields.LastModified)) json.WriteString("last_modified"u8, Time(item.LastModified));
        if (fields.HasFlag(Fields.Description) && version >= ApiVersion.V2026_04_01) json.WriteString("description"u8, setting.Description);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>tags</c>.</summary>
    public static void WriteTags(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        json.WriteStartObject("tags"u8);
        foreach (var (name, value) in tags) json.WriteString(name, value == Setting.NoTagValue ? null : value);
        json.WriteEndObject();
    }

    /// <summary>A time in whole seconds, in the service's form.</summary>
    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);

    /// <summary>Size as the contract limits it, in bytes of UTF-8: key, label, content type, value, tags, description.</summary>
    public static int SizeOf(Setting setting)
    {
        var utf8 = System.Text.Encoding.UTF8;
        var size = utf8.GetByteCount(setting.Key.Key) + utf8.GetByteCount(setting.Key.Label ?? "") + utf8.GetByteCount(setting.ContentType ?? "") + utf8.GetByteCount(setting.Value) + utf8.GetByteCount(setting.Description ?? "");
        foreach (var (name, value) in setting.Tags) size += utf8.GetByteCount(name) + utf8.GetByteCount(value);
        return size;
    }

    private static string? ContentTypeOf(Setting setting) => setting.ContentType ?? (setting.Marks.HasFlag(SettingMarks.EmptyContentType) ? "" : null);
}
