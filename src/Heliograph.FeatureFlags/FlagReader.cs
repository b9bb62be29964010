// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace Heliograph.FeatureFlags;

/// <summary>Reads a flag from the JSON that its setting holds. All faults are named at once; members that are not known are passed over.</summary>
/// <remarks>Parameters of filters are read as the .NET library binds them: names in any case, numbers also as text.</remarks>
public sealed partial class FlagReader
{
    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    private readonly List<string> _faults = [];

    private FlagReader() { }

    /// <summary>Reads a flag.</summary>
    /// <param name="json">What the setting holds.</param>
    /// <param name="flag">The flag; <see langword="null"/> if there are faults.</param>
    /// <param name="faults">What is wrong with it, each as <c>where: what</c>.</param>
    public static bool TryRead(string? json, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FeatureFlag? flag, out IReadOnlyList<string> faults)
    {
        var reader = new FlagReader();
        flag = null;
        try
        {
            using var document = JsonDocument.Parse(json ?? "", s_strict);
            flag = reader.Flag(document.RootElement);
        }
        catch (JsonException fault) { reader.Fault("value", $"not JSON in which each member stands once (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1})"); } // the parser's own words quote the value
        faults = reader._faults;
        if (faults.Count > 0) flag = null;
        return flag is not null;
    }

    private FeatureFlag? Flag(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            Fault("value", "an object is expected");
            return null;
        }
        var flag = new FeatureFlag(Id(root));
        var conditions = Object(root, "conditions", "conditions");
        var variants = Items(root, "variants", "variants").Select(one => Variant(one.Item, one.Where)).ToList();
        foreach (var twice in variants.GroupBy(one => one.Name).Where(one => one.Count() > 1)) Fault("variants", $"'{twice.Key}' is there twice");
        return flag with
        {
            IsEnabled = Flag(root, "enabled", "enabled"),
            NeedsAllFilters = conditions is { } rules && OneOf(rules, "requirement_type", "conditions.requirement_type", ["Any", "All"]) == "All",
            Filters = conditions is { } some ? [.. Items(some, "client_filters", "conditions.client_filters").Select(one => Filter(one.Item, one.Where))] : [],
            Variants = variants,
            Allocation = Object(root, "allocation", "allocation") is { } allocation ? Allocation(allocation, [.. variants.Select(one => one.Name)]) : null,
            Metadata = Object(root, "telemetry", "telemetry") is { } telemetry && Object(telemetry, "metadata", "telemetry.metadata") is { } metadata
                ? metadata.EnumerateObject().Where(one => one.Value.ValueKind == JsonValueKind.String).ToDictionary(one => one.Name, one => one.Value.GetString()!) : new Dictionary<string, string>(),
        };
    }

    private string Id(JsonElement root)
    {
        var id = Text(root, "id", "id") ?? "";
        if (id.Length == 0) Fault("id", "a name is expected");
        else if (id.AsSpan().ContainsAny(':', '%', '\n') || id.Contains('\r', StringComparison.Ordinal)) Fault("id", "must not contain ':', '%' or line breaks");
        return id;
    }

    private FlagVariant Variant(JsonElement item, string where)
    {
        var value = item.TryGetProperty("configuration_value", out var given) && given.ValueKind != JsonValueKind.Null ? given.Clone() : (JsonElement?)null;
        var status = OneOf(item, "status_override", $"{where}.status_override", ["None", "Enabled", "Disabled"]);
        return new(Required(item, "name", $"{where}.name"), value, status is null ? StatusOverride.None : Enum.Parse<StatusOverride>(status));
    }

    private FlagAllocation Allocation(JsonElement item, HashSet<string> variants)
    {
        string Known(JsonElement one, string where)
        {
            var name = Required(one, "variant", $"{where}.variant");
            if (name.Length > 0 && !variants.Contains(name)) Fault($"{where}.variant", $"there is no variant '{name}'");
            return name;
        }
        (string, IReadOnlyList<string>) Named(JsonElement one, string names, string where) => (Known(one, where), Texts(one, names, $"{where}.{names}"));
        string? Default(string member)
        {
            var name = Text(item, member, $"allocation.{member}");
            if (!string.IsNullOrEmpty(name) && !variants.Contains(name)) Fault($"allocation.{member}", $"there is no variant '{name}'");
            return string.IsNullOrEmpty(name) ? null : name;
        }
        return new()
        {
            DefaultWhenDisabled = Default("default_when_disabled"),
            DefaultWhenEnabled = Default("default_when_enabled"),
            Users = [.. Items(item, "user", "allocation.user").Select(one => Named(one.Item, "users", one.Where))],
            Groups = [.. Items(item, "group", "allocation.group").Select(one => Named(one.Item, "groups", one.Where))],
            Percentiles = [.. Items(item, "percentile", "allocation.percentile").Select(one => (Known(one.Item, one.Where), Percent(one.Item, "from", $"{one.Where}.from"), Percent(one.Item, "to", $"{one.Where}.to")))],
            Seed = Text(item, "seed", "allocation.seed") is { Length: > 0 } seed ? seed : null,
        };
    }
}
