// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace Heliograph.Client.Configuration.Json;

/// <summary>Turns a JSON value into configuration keys, exactly as .NET's own JSON provider (10.0) does.</summary>
/// <remarks>
/// Objects and arrays become <c>parent:child</c> and <c>parent:0</c>; numbers keep their text; booleans are <c>True</c> and <c>False</c>;
/// <c>null</c> and <c>{}</c> are <see langword="null"/>, <c>[]</c> is the empty string. Unlike that provider it accepts any value at the top, and where
/// two keys are the same but for case the later one counts instead of failing everything: what is published must not stop a fleet.
/// </remarks>
public static class JsonFlattening
{
    /// <summary>Content types that are JSON and yet mean something else than a tree of settings: Azure's feature flags and secret references.</summary>
    private static readonly string[] NotTrees = ["application/vnd.microsoft.appconfig.ff+json", "application/vnd.microsoft.appconfig.keyvaultref+json"];

    private static readonly JsonDocumentOptions AsTheProviderDoes = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Whether a content type says that the value is a tree of settings in JSON: <c>application/json</c> or <c>…+json</c>, with or without parameters.</summary>
    public static bool IsJson(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType)) return false;
        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        var mediaType = contentType.AsSpan(0, end < 0 ? contentType.Length : end).Trim();
        foreach (var other in NotTrees)
            if (mediaType.Equals(other, StringComparison.OrdinalIgnoreCase)) return false;
        return mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (mediaType.Contains('/') && mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Flattens a value, or says that it is no JSON.</summary>
    /// <param name="path">The key that the value stands under; <see langword="null"/> for the root of a file.</param>
    /// <param name="json">The text; a byte-order mark, comments and trailing commas are passed over, as the provider does.</param>
    /// <param name="entries">The keys and values, in the order of the document.</param>
    public static bool TryFlatten(string? path, string json, out IReadOnlyList<KeyValuePair<string, string?>> entries)
    {
        var found = new List<KeyValuePair<string, string?>>();
        entries = found;
        try
        {
            using var document = JsonDocument.Parse(json.AsMemory(json.StartsWith('\uFEFF') ? 1 : 0), AsTheProviderDoes);
            Visit(path, document.RootElement, found);
            return true;
        }
        catch (JsonException)
        {
            return false; // not an error here: the caller knows what a value is that says it is JSON and is not
        }
    }

    private static void Visit(string? path, JsonElement element, List<KeyValuePair<string, string?>> into) // at most 64 deep: JsonDocument's own limit
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                VisitObject(path, element, into);
                break;
            case JsonValueKind.Array:
                VisitArray(path, element, into);
                break;
            default: // null gives null, True and False begin with a capital, a number is its text
                into.Add(new(path ?? "", element.ValueKind == JsonValueKind.Null ? null : element.ToString()));
                break;
        }
    }

    private static void VisitObject(string? path, JsonElement element, List<KeyValuePair<string, string?>> into)
    {
        var isEmpty = true;
        foreach (var property in element.EnumerateObject())
        {
            isEmpty = false;
            Visit(Combine(path, property.Name), property.Value, into);
        }
        if (isEmpty && path is not null) into.Add(new(path, null));
    }

    private static void VisitArray(string? path, JsonElement element, List<KeyValuePair<string, string?>> into)
    {
        var index = 0;
        foreach (var item in element.EnumerateArray())
            Visit(Combine(path, (index++).ToString(CultureInfo.InvariantCulture)), item, into);
        if (index == 0 && path is not null) into.Add(new(path, ""));
    }

    private static string Combine(string? path, string name) => path is null ? name : $"{path}:{name}";
}
