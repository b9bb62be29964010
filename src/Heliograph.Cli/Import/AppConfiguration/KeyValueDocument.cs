// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Cli.Api;

namespace Heliograph.Cli.Import.AppConfiguration;

/// <summary>One key-value as Azure App Configuration writes it, in answers and in exports of the profile <c>appconfig/kvset</c>.</summary>
internal sealed record KeyValueItem(
    string Key, string? Label = null, string? Value = null, [property: JsonPropertyName("content_type")] string? ContentType = null,
    IReadOnlyDictionary<string, string?>? Tags = null, bool? Locked = null);

/// <summary>A page of an answer, or a whole export.</summary>
internal sealed record KeyValueDocument(IReadOnlyList<KeyValueItem> Items, [property: JsonPropertyName("@nextLink")] string? NextLink = null)
{
    /// <summary>Reads an export: an object with <c>items</c>, or the list alone.</summary>
    /// <exception cref="ImportException">It is none.</exception>
    public static KeyValueDocument Read(ReadOnlyMemory<byte> content, string source)
    {
        try
        {
            var utf8 = DocumentText.ToUtf8(content, source).Span;
            var isList = utf8.TrimStart(" \t\r\n"u8).StartsWith("["u8);
            var document = isList
                ? new(JsonSerializer.Deserialize(utf8, KeyValueJson.Default.IReadOnlyListKeyValueItem) ?? [])
                : JsonSerializer.Deserialize(utf8, KeyValueJson.Default.KeyValueDocument);
            return document is { Items: not null } ? document : throw new ImportException(source, ["It holds no items: export it with the profile appconfig/kvset."]);
        }
        catch (JsonException exception)
        {
            throw new ImportException(source, [$"It is no export of App Configuration: look at {exception.Path ?? "$"}, line {exception.LineNumber + 1}."]);
        }
    }

    /// <summary>The settings that the items mean. All that cannot be taken over is named.</summary>
    /// <exception cref="ImportException">An item is outside the grammar, or stands twice.</exception>
    public static IReadOnlyList<ImportedSetting> ToSettings(IReadOnlyList<KeyValueItem> items, string source)
    {
        var (settings, faults, seen) = (new List<ImportedSetting>(items.Count), new List<string>(), new HashSet<SettingKey>());
        foreach (var item in items)
        {
            if (!SettingKey.TryCreate(item.Key, item.Label, out var key, out var fault)) faults.Add($"items[{settings.Count}]: {fault}");
            else if (!seen.Add(key)) faults.Add($"'{key}' stands twice.");
            var tags = (item.Tags ?? new Dictionary<string, string?>()).ToDictionary(tag => tag.Key, tag => tag.Value ?? "", StringComparer.Ordinal);
            settings.Add(new(key, item.Value ?? "", string.IsNullOrEmpty(item.ContentType) ? null : item.ContentType, tags, item.Locked ?? false));
        }
        return faults.Count == 0 ? settings : throw new ImportException(source, faults);
    }

    /// <summary>Writes settings as an export that <c>az appconfig kv import --profile appconfig/kvset</c> reads, and so does <see cref="Read"/>.</summary>
    public static byte[] Write(IEnumerable<SettingView> settings) => JsonSerializer.SerializeToUtf8Bytes(
        new KeyValueDocument([.. settings.Select(item => new KeyValueItem(item.Key, item.Label, item.Value, item.ContentType ?? "", (item.Tags ?? JsonSettings.NoTags).ToDictionary(tag => tag.Key, tag => (string?)tag.Value, StringComparer.Ordinal), item.Locked))]),
        KeyValueJson.Plain.KeyValueDocument);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(KeyValueDocument))]
[JsonSerializable(typeof(IReadOnlyList<KeyValueItem>))]
internal sealed partial class KeyValueJson : JsonSerializerContext
{
    /// <summary>For writing: text as it is.</summary>
    public static KeyValueJson Plain => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
