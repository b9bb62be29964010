// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Heliograph.Origin.Http;

/// <summary>Reads a request's JSON body strictly: one object, properties that the call has, each once, of the right type, UTF-8, at most 32 deep. Every fault is named.</summary>
internal static class BodyReader
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>Reads the body.</summary>
    /// <returns>The document, which the caller disposes; <see langword="null"/> with a fault if it is none.</returns>
    /// <exception cref="BadHttpRequestException">The body is larger than the endpoint takes, or came too slowly.</exception>
    public static async Task<JsonDocument?> ReadAsync(HttpContext context, Faults faults)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            throw new BadHttpRequestException("The body is not JSON.", StatusCodes.Status415UnsupportedMediaType);
        var bytes = await ReadBytesAsync(context);
        if (!Utf8.IsValid(bytes.Span))
        {
            faults.Add("", "The body is not UTF-8.");
            return null;
        }
        try
        {
            var document = JsonDocument.Parse(bytes, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            faults.Add("", "The body is not a JSON object.");
        }
        catch (JsonException exception) // its message may quote the body
        {
            faults.Add("", exception.Message.Contains("uplicate", StringComparison.Ordinal)
                ? "A property stands twice in one object."
                : $"The body is not JSON that is accepted here: malformed, or nested deeper than 32 (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}).");
        }
        catch (InvalidOperationException) // to find a name that stands twice, the parser unescapes it
        {
            faults.Add("", "The name of a property is not well-formed Unicode.");
        }
        return null;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted); // the server counts, and stops at the endpoint's limit
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}

/// <summary>One object of a body. Reading a property says that it is known; <see cref="End"/> names those that are not.</summary>
internal readonly struct ObjectReader(JsonElement element, string path, Faults faults)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Where this object stands in the body, with the name of a property in it.</summary>
    public string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>Whether it is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Text; <see langword="null"/> if it is absent or null.</summary>
    public string? Text(string name) => Find(name) is { } value ? TextOf(value, At(name)) : null;

    /// <summary>Text that must be there.</summary>
    public string RequiredText(string name)
    {
        if (Find(name) is { } value) return TextOf(value, At(name)) ?? "";
        faults.Add(At(name), "This property is needed.");
        return "";
    }

    /// <summary>True or false; <see langword="null"/> if it is absent or null.</summary>
    public bool? Flag(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        faults.Add(At(name), "This must be true or false.");
        return null;
    }

    /// <summary>A whole number within bounds; <see langword="null"/> if it is absent or null.</summary>
    public int? Number(string name, int min, int max)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max) return number;
        faults.Add(At(name), $"This must be a whole number from {min} to {max}.");
        return null;
    }

    /// <summary>A revision; <see langword="null"/> if it is absent, null or wrong.</summary>
    public Revision? Revision(string name)
    {
        if (Text(name) is not { } text) return null;
        if (Heliograph.Revision.TryParse(text, out var revision)) return revision;
        faults.Add(At(name), "A revision is written epoch.sequence, for example 1.48213.");
        return null;
    }

    /// <summary>The texts of an array; empty if it is absent or null.</summary>
    public List<string> Texts(string name)
    {
        var texts = new List<string>();
        if (Find(name) is not { } value) return texts;
        if (value.ValueKind != JsonValueKind.Array)
        {
            faults.Add(At(name), "This must be an array of texts.");
            return texts;
        }
        foreach (var item in value.EnumerateArray())
            if (TextOf(item, $"{At(name)}[{texts.Count}]") is { } text) texts.Add(text);
            else break;
        return texts;
    }

    /// <summary>Names and texts of an object, ordered by name; empty if it is absent or null.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags(string name)
    {
        if (Find(name) is not { } value) return [];
        if (value.ValueKind != JsonValueKind.Object)
        {
            faults.Add(At(name), "This must be an object of names and texts.");
            return [];
        }
        var tags = new List<KeyValuePair<string, string>>();
        foreach (var tag in value.EnumerateObject())
            if (TextOf(tag.Value, At(name)) is { } text && TryName(tag, At(name)) is { } key) tags.Add(new(key, text));
        tags.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        return tags;
    }

    /// <summary>An object inside; <see langword="null"/> if it is absent or null.</summary>
    public ObjectReader? Object(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return new(value, At(name), faults);
        faults.Add(At(name), "This must be an object.");
        return null;
    }

    /// <summary>The objects of an array that must be there.</summary>
    public IReadOnlyList<ObjectReader> Objects(string name)
    {
        if (Find(name) is not { ValueKind: JsonValueKind.Array } value)
        {
            faults.Add(At(name), "This must be an array of objects.");
            return [];
        }
        var objects = new List<ObjectReader>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            var at = $"{At(name)}[{objects.Count}]";
            if (item.ValueKind == JsonValueKind.Object) objects.Add(new(item, at, faults));
            else
            {
                faults.Add(at, "This must be an object.");
                break;
            }
        }
        return objects;
    }

    /// <summary>Names every property that nothing has asked for.</summary>
    public void End()
    {
        foreach (var property in element.EnumerateObject())
            if (TryName(property, path) is { } name && !_known.Contains(name)) faults.Add(path, $"There is a property that this call does not know; it knows: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
    }

    private JsonElement? Find(string name)
    {
        _known.Add(name);
        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private string? TextOf(JsonElement value, string at)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            faults.Add(at, "This must be text.");
            return null;
        }
        try { return value.GetString(); }
        catch (InvalidOperationException)
        {
            faults.Add(at, "This is not well-formed Unicode: half a surrogate pair is escaped in it.");
            return null;
        }
    }

    private string? TryName(JsonProperty property, string at)
    {
        try { return property.Name; }
        catch (InvalidOperationException)
        {
            faults.Add(at, "The name of a property is not well-formed Unicode.");
            return null;
        }
    }
}
