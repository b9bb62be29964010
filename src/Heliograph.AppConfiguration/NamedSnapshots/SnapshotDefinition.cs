// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.KeyValues;

namespace Heliograph.AppConfiguration.NamedSnapshots;

/// <summary>What a named snapshot selects, as it was asked for: kept verbatim in the log, and shown again.</summary>
internal sealed record SnapshotDefinition(IReadOnlyList<SnapshotFilter> Filters, string CompositionType, IReadOnlyList<KeyValuePair<string, string>> Tags, string? Description)
{
    /// <summary>Each key once; the last filter that selects it wins.</summary>
    public const string ByKey = "key";

    /// <summary>Every key and label.</summary>
    public const string ByKeyAndLabel = "key_label";

    private const int FiltersMax = 3;

    /// <summary>Reads the body of a PUT.</summary>
    /// <returns>The definition, and for how many seconds an archived snapshot is kept.</returns>
    /// <exception cref="FilterException">A member is missing or outside its limits.</exception>
    public static (SnapshotDefinition Definition, int RetentionSeconds) Read(JsonElement root, bool withDescription)
    {
        const int RetentionMin = 3_600, RetentionMax = 7_776_000, RetentionDefault = 2_592_000;
        var composition = KeyValueBody.Text(root, "composition_type") ?? ByKey;
        if (composition is not (ByKey or ByKeyAndLabel)) throw new FilterException("composition_type", "composition_type: key or key_label is expected");
        var retention = RetentionDefault;
        if (root.TryGetProperty("retention_period", out var period) && period.ValueKind != JsonValueKind.Null
            && (period.ValueKind != JsonValueKind.Number || !period.TryGetInt32(out retention) || retention is < RetentionMin or > RetentionMax))
            throw new FilterException("retention_period", $"retention_period: A number of seconds from {RetentionMin} to {RetentionMax} is expected");
        var tags = KeyValueBody.Tags(root);
        if (tags.Count > Limits.TagsMax || tags.Any(tag => tag.Key.Length is 0 or > Limits.TagCharsMax || tag.Value.Length > Limits.TagCharsMax)) throw new FilterException("tags", "tags: Too many or too long");
        var description = withDescription ? KeyValueBody.Text(root, "description") : null;
        if (description?.Length > Limits.DescriptionCharsMax) throw new FilterException("description", $"description: At most {Limits.DescriptionCharsMax} characters");
        return (new(ReadFilters(root), composition, tags, string.IsNullOrEmpty(description) ? null : description), retention);
    }

    private static List<SnapshotFilter> ReadFilters(JsonElement root)
    {
        if (!root.TryGetProperty("filters", out var given) || given.ValueKind != JsonValueKind.Array || given.GetArrayLength() is 0 or > FiltersMax)
            throw new FilterException("filters", $"filters: 1 to {FiltersMax} filters are expected");
        var filters = new List<SnapshotFilter>();
        foreach (var one in given.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Object) throw new FilterException("filters", "filters: An object is expected");
            var key = KeyValueBody.Text(one, "key");
            if (string.IsNullOrEmpty(key)) throw new FilterException("filters", "filters: key is required");
            IReadOnlyList<string>? tags = null;
            if (one.TryGetProperty("tags", out var texts) && texts.ValueKind != JsonValueKind.Null)
            {
                if (texts.ValueKind != JsonValueKind.Array || texts.EnumerateArray().Any(text => text.ValueKind != JsonValueKind.String)) throw new FilterException("filters", "filters: tags are a list of texts");
                tags = [.. texts.EnumerateArray().Select(text => text.GetString()!)];
            }
            var filter = new SnapshotFilter(key, KeyValueBody.Text(one, "label"), tags);
            _ = filter.ToQuery(); // says what is wrong with it
            filters.Add(filter);
        }
        return filters;
    }
}

/// <summary>One filter of a named snapshot.</summary>
/// <param name="Key">Keys, as in a list.</param>
/// <param name="Label">Labels, as in a list; <see langword="null"/> or empty: those without label, not any.</param>
/// <param name="Tags">Tags, each <c>name=value</c>; <see langword="null"/>: any.</param>
internal sealed record SnapshotFilter(string Key, string? Label, IReadOnlyList<string>? Tags)
{
    /// <summary>The filter as a query.</summary>
    public KeyValueQuery ToQuery() => new(
        TextFilter.Parse("key", Key, mayBeAbsent: false),
        string.IsNullOrEmpty(Label) ? TextFilter.Absent : TextFilter.Parse("label", Label, mayBeAbsent: true),
        TagFilter.Parse(Tags ?? []));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SnapshotDefinition))]
internal sealed partial class SnapshotDefinitionJson : JsonSerializerContext;
