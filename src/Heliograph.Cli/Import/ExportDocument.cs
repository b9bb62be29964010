// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Cli.Api;

namespace Heliograph.Cli.Import;

/// <summary>A namespace as a file that <c>helio apply</c> reads back to an identical state root.</summary>
/// <param name="HeliographExport">Version of the format: 1.</param>
/// <param name="Namespace">Where it was read.</param>
/// <param name="Settings">Ordered by key, then label.</param>
/// <param name="Revision">The namespace's revision when it was read; for people, not applied.</param>
/// <param name="StateRoot">The namespace's state root when it was read, if all of it was; for people, not applied.</param>
internal sealed record ExportDocument(
    int HeliographExport, string Namespace, [property: JsonPropertyOrder(1)] IReadOnlyList<ExportedSetting> Settings, string? Revision = null, string? StateRoot = null)
{
    /// <summary>The only version there is.</summary>
    public const int Version = 1;

    /// <summary>Writes settings as a file.</summary>
    public static byte[] Write(NamespaceName name, SettingsAtOnce settings, bool isWhole) => JsonSerializer.SerializeToUtf8Bytes(
        new ExportDocument(Version, name.Value, [.. settings.Items.Select(item => new ExportedSetting(item.Key, item.Value, item.Label, item.ContentType, item.Tags is { Count: > 0 } tags ? tags : null, item.Locked ? true : null))],
            settings.Revision, isWhole ? settings.StateRoot : null),
        ExportJson.Plain.ExportDocument);

    /// <summary>Whether a document calls itself an export: its first member is <c>heliographExport</c>.</summary>
    public static bool IsExport(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, JsonSettings.ReaderOptions);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read()
                && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("heliographExport"u8);
        }
        catch (JsonException)
        {
            return false; // whoever reads it next says what is wrong
        }
    }

    /// <summary>Reads an export.</summary>
    /// <exception cref="ImportException">It is refused; every fault is named.</exception>
    public static (NamespaceName Namespace, IReadOnlyList<ImportedSetting> Settings) Read(ReadOnlyMemory<byte> content, string source)
    {
        var document = Parse(DocumentText.ToUtf8(content, source).Span, source);
        var faults = new List<string>();
        if (document.HeliographExport != Version) throw new ImportException(source, [$"It is an export of version {document.HeliographExport}; this program reads version {Version}."]);
        if (!NamespaceName.TryParse(document.Namespace, out var name, out var nameFault)) faults.Add(nameFault);
        var settings = new List<ImportedSetting>(document.Settings.Count);
        var seen = new HashSet<SettingKey>();
        foreach (var item in document.Settings)
        {
            if (!SettingKey.TryCreate(item.Key, item.Label, out var key, out var fault)) faults.Add($"settings[{settings.Count}]: {fault}");
            else if (!seen.Add(key)) faults.Add($"'{key}' stands twice.");
            settings.Add(new(key, item.Value, item.ContentType, item.Tags ?? JsonSettings.NoTags, item.Locked ?? false));
        }
        return faults.Count == 0 ? (name, settings) : throw new ImportException(source, faults);
    }

    private static ExportDocument Parse(ReadOnlySpan<byte> utf8, string source)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, ExportJson.Default.ExportDocument) ?? throw new ImportException(source, ["It is no export."]);
        }
        catch (JsonException exception)
        {
            throw new ImportException(source, [$"It is no valid export: look at {exception.Path ?? "$"}, line {exception.LineNumber + 1}."]);
        }
    }
}

/// <summary>One setting of an export; what is absent is left out.</summary>
internal sealed record ExportedSetting(
    string Key, [property: JsonPropertyOrder(1)] string Value, string? Label = null, [property: JsonPropertyOrder(2)] string? ContentType = null,
    [property: JsonPropertyOrder(3)] IReadOnlyDictionary<string, string>? Tags = null, [property: JsonPropertyOrder(4)] bool? Locked = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false, NumberHandling = JsonNumberHandling.Strict, PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(ExportDocument))]
internal sealed partial class ExportJson : JsonSerializerContext
{
    /// <summary>For writing: text as it is.</summary>
    public static ExportJson Plain => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
