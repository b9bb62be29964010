// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Http;
using Microsoft.Net.Http.Headers;

namespace Heliograph.AppConfiguration.KeyValues;

/// <summary>Reads the body of a PUT: what is absent becomes null, what is not the author's to say is ignored.</summary>
internal static class KeyValueBody
{
    /// <summary>Whether the body is of a type that is read: JSON, plain or with the resource's own name.</summary>
    public static bool IsReadable(string? contentType, string ownType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.MediaType.Equals("text/json", StringComparison.OrdinalIgnoreCase) || type.MediaType.Equals(ownType, StringComparison.OrdinalIgnoreCase));

    /// <summary>Parses a body that must be an object.</summary>
    /// <exception cref="FilterException">It is none.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
        }
        catch (JsonException) { } // said below
        throw new FilterException("body", "body: A JSON object is expected");
    }

    /// <summary>The setting that a body asks for.</summary>
    /// <exception cref="FilterException">A member is of the wrong type.</exception>
    public static Setting Read(SettingKey key, ReadOnlyMemory<byte> body, ApiVersion version)
    {
        using var document = Parse(body);
        var root = document.RootElement;
        var (value, contentType) = (Text(root, "value"), Text(root, "content_type"));
        var description = version >= ApiVersion.V2026_04_01 ? Text(root, "description") : null;
        var marks = (value is null ? SettingMarks.NoValue : SettingMarks.None) | (contentType is "" ? SettingMarks.EmptyContentType : SettingMarks.None);
        return new(key, value ?? "", string.IsNullOrEmpty(contentType) ? null : contentType, Tags(root), IsLocked: false, string.IsNullOrEmpty(description) ? null : description, marks);
    }

    /// <summary>A text member; <see langword="null"/> if it is absent or null.</summary>
    /// <exception cref="FilterException">It is something else.</exception>
    public static string? Text(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null) return null;
        if (member.ValueKind != JsonValueKind.String) throw new FilterException(name, $"{name}: Text or null is expected");
        try { return member.GetString(); }
        catch (InvalidOperationException) { throw new FilterException(name, $"{name}: Invalid character"); } // half a surrogate pair
    }

    /// <summary>The tags, ordered by name; empty if there are none.</summary>
    /// <exception cref="FilterException">They are no object of texts.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Tags(JsonElement root)
    {
        if (!root.TryGetProperty("tags", out var member) || member.ValueKind == JsonValueKind.Null) return [];
        if (member.ValueKind != JsonValueKind.Object) throw new FilterException("tags", "tags: An object is expected");
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var tag in member.EnumerateObject())
                tags[tag.Name] = tag.Value.ValueKind switch
                {
                    JsonValueKind.String => tag.Value.GetString()!,
                    JsonValueKind.Null => Setting.NoTagValue,
                    _ => throw new FilterException("tags", "tags: A tag's value is text or null"),
                };
        }
        catch (InvalidOperationException) { throw new FilterException("tags", "tags: Invalid character"); }
        return [.. tags];
    }
}
