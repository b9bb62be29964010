// SPDX-License-Identifier: Apache-2.0
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Heliograph.FeatureFlags;
using Heliograph.OpenFeature.Flags;

namespace Heliograph.OpenFeature.Flagd;

/// <summary>A set of flags in flagd's own format, for providers that evaluate in their process.</summary>
/// <param name="Text">JSON: <c>{"flags":{…},"metadata":{…}}</c>.</param>
/// <param name="Losses">Flags that mean something else there, and in what.</param>
internal sealed record FlagdDocument(string Text, IReadOnlyList<(string Flag, string Differences)> Losses)
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Translates a set.</summary>
    /// <param name="set">The flags.</param>
    /// <param name="name">The namespace that they are of.</param>
    public static FlagdDocument Of(FlagSet set, NamespaceName name)
    {
        var (flags, losses) = (new JsonObject(), new List<(string, string)>());
        foreach (var entry in set.All)
        {
            if (entry.Flag is not { } flag) continue; // told when it was read
            if (flag.Filters.OfType<FlagFilter.Unknown>().FirstOrDefault() is { } unknown)
            {
                losses.Add((flag.Id, $"it is left out, as its filter '{unknown.Name}' is the application's own"));
                continue;
            }
            var rules = new FlagdRules();
            flags[flag.Id] = Flag(flag, rules);
            if (rules.Losses.Count > 0) losses.Add((flag.Id, string.Join("; ", rules.Losses)));
        }
        var document = new JsonObject { ["flags"] = flags, ["metadata"] = new JsonObject { ["flagSetId"] = name.Value, ["version"] = set.Revision.ToString() } };
        return new(document.ToJsonString(s_json), losses);
    }

    private static JsonObject Flag(FeatureFlag flag, FlagdRules rules)
    {
        var translated = IsOfVariants(flag, rules) ? OfVariants(flag, rules) : OnOrOff(flag, rules);
        translated["state"] = "ENABLED"; // a disabled flag there leaves the application its own default; here it is off
        if (flag.Metadata.Count > 0) translated["metadata"] = new JsonObject(flag.Metadata.Select(one => KeyValuePair.Create<string, JsonNode?>(one.Key, one.Value)));
        return translated;
    }

    private static JsonObject OnOrOff(FeatureFlag flag, FlagdRules rules)
    {
        var translated = new JsonObject { ["variants"] = new JsonObject { ["on"] = true, ["off"] = false }, ["defaultVariant"] = flag.IsEnabled && flag.Filters.Count == 0 ? "on" : "off" };
        if (flag.IsEnabled && flag.Filters.Count > 0) translated["targeting"] = FlagdRules.If(rules.Filters(flag), "on", "off");
        return translated;
    }

    private static JsonObject OfVariants(FeatureFlag flag, FlagdRules rules)
    {
        var allocation = flag.Allocation!;
        var translated = new JsonObject
        {
            ["variants"] = new JsonObject(flag.Variants.Select(variant => KeyValuePair.Create(variant.Name, JsonNode.Parse(variant.Value!.Value.GetRawText())))),
            ["defaultVariant"] = flag.IsEnabled ? allocation.DefaultWhenEnabled : allocation.DefaultWhenDisabled,
        };
        if (!flag.IsEnabled) return translated;
        var steps = new List<JsonNode?>();
        foreach (var (variant, names) in allocation.Users) steps.AddRange([FlagdRules.IsUser(names), variant]);
        foreach (var (variant, names) in allocation.Groups) steps.AddRange([FlagdRules.IsInGroup(names), variant]);
        var rest = allocation.Percentiles.Count > 0 ? rules.Shares(allocation.Percentiles, allocation.Seed ?? $"allocation\n{flag.Id}", allocation.DefaultWhenEnabled) : allocation.DefaultWhenEnabled;
        var chosen = steps.Count == 0 ? rest : FlagdRules.If([.. steps, rest]);
        translated["targeting"] = flag.Filters.Count == 0 ? chosen is JsonObject ? chosen : FlagdRules.If(true, chosen, null)
            : FlagdRules.If(rules.Filters(flag), chosen, allocation.DefaultWhenDisabled);
        return translated;
    }

    /// <summary>Whether its variants can be told: all of one type, as flagd wants them.</summary>
    private static bool IsOfVariants(FeatureFlag flag, FlagdRules rules)
    {
        if (flag.Allocation is null || flag.Variants.Count == 0) return false;
        var types = flag.Variants.Select(variant => variant.Value?.ValueKind switch { JsonValueKind.False => JsonValueKind.True, var kind => kind }).Distinct().ToList();
        if (types is [JsonValueKind.True or JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Object])
        {
            if (flag.Variants.Any(variant => variant.Override != StatusOverride.None)) rules.Lose("whether it is on is not told beside its variant");
            return true;
        }
        rules.Lose("it is only on or off, as its variants are not all of one type");
        return false;
    }
}
