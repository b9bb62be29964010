// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;

namespace Heliograph.Cli.Import;

/// <summary>Reads a JSON document as .NET's JSON configuration provider accepts it: one setting per leaf, path segments joined by <c>:</c>.</summary>
/// <remarks>
/// A text becomes a plain value. A number, <c>true</c>, <c>false</c>, <c>null</c>, <c>[]</c> and <c>{}</c> keep their JSON text and get the content
/// type <see cref="JsonContentType"/>, so that a client flattens them to exactly what .NET's provider makes of them. Stricter than .NET in one
/// thing: a name that stands twice in an object, or differs from another only by case, is refused, because one of the two would be lost.
/// </remarks>
internal static class JsonSettings
{
    /// <summary>Content type of values that are JSON.</summary>
    public const string JsonContentType = "application/json";

    /// <summary>Deepest nesting, as in .NET.</summary>
    public const int DepthMax = 64;

    /// <summary>How .NET reads configuration files.</summary>
    public static JsonReaderOptions ReaderOptions { get; } = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = DepthMax };

    /// <summary>Reads a document of settings.</summary>
    /// <param name="content">The file's bytes.</param>
    /// <param name="source">Its name, for errors.</param>
    /// <param name="label">Label of every setting, or <see langword="null"/>.</param>
    /// <param name="prefix">Put before every key.</param>
    /// <exception cref="ImportException">The document is refused; every fault is named.</exception>
    public static IReadOnlyList<ImportedSetting> Read(ReadOnlyMemory<byte> content, string source, string? label = null, string prefix = "")
    {
        var utf8 = DocumentText.ToUtf8(content, source);
        var walk = new JsonWalk(utf8, source);
        var leaves = walk.Leaves(mustBeObject: true);
        return ToSettings(leaves, [.. walk.Faults], source, label, prefix);
    }

    /// <summary>The settings that leaves mean.</summary>
    /// <exception cref="ImportException">There are faults already, or a key is outside the grammar; every fault is named.</exception>
    public static IReadOnlyList<ImportedSetting> ToSettings(IReadOnlyList<JsonLeaf> leaves, List<string> faults, string source, string? label, string prefix)
    {
        var settings = new List<ImportedSetting>(leaves.Count);
        foreach (var leaf in leaves)
        {
            if (SettingKey.TryCreate(prefix + leaf.Path, label, out var key, out var fault)) settings.Add(new(key, leaf.Value, leaf.IsText ? null : JsonContentType, NoTags));
            else faults.Add($"'{leaf.Path}' (line {leaf.Line}): {fault}");
        }
        return faults.Count == 0 ? settings : throw new ImportException(source, faults);
    }

    /// <summary>Reads a document as one value: its own text without a byte-order mark; without comments and trailing commas, if it has any; an array at the top as <c>{"doc": …}</c>.</summary>
    /// <exception cref="ImportException">The document is refused; every fault is named.</exception>
    public static ImportedSetting ReadAsValue(ReadOnlyMemory<byte> content, string source, SettingKey key)
    {
        var utf8 = DocumentText.ToUtf8(content, source);
        var walk = new JsonWalk(utf8, source);
        _ = walk.Leaves(mustBeObject: false);
        if (walk.Faults.Count > 0) throw new ImportException(source, walk.Faults);
        var text = IsStrict(utf8.Span) ? Encoding.UTF8.GetString(utf8.Span).Trim() : Rewritten(utf8.Span);
        return new(key, text[0] == '[' ? $$"""{"doc":{{text}}}""" : text, JsonContentType, NoTags);
    }

    /// <summary>No tags.</summary>
    public static IReadOnlyDictionary<string, string> NoTags { get; } = new Dictionary<string, string>();

    private static bool IsStrict(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false; // the walk has accepted it, so these are comments or trailing commas
        }
    }

    private static string Rewritten(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, ReaderOptions);
        using var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            while (reader.Read()) Copy(ref reader, writer);
        return Encoding.UTF8.GetString(output.GetBuffer().AsSpan(0, (int)output.Length));
    }

    private static void Copy(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject: writer.WriteStartObject(); break;
            case JsonTokenType.EndObject: writer.WriteEndObject(); break;
            case JsonTokenType.StartArray: writer.WriteStartArray(); break;
            case JsonTokenType.EndArray: writer.WriteEndArray(); break;
            case JsonTokenType.PropertyName: writer.WritePropertyName(reader.GetString()!); break;
            case JsonTokenType.String: writer.WriteStringValue(reader.GetString()); break;
            default: writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true); break; // 1.0 and 1e2 stay as they were written
        }
    }
}
