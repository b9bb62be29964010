// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Heliograph.Deploy.Tests.Kubernetes;

/// <summary>The schemas of Kubernetes' kinds (Schemas/README.md).</summary>
internal static class KindSchemas
{
    private static readonly Lazy<IReadOnlyDictionary<string, JsonSchema>> s_schemas = new(Load);

    /// <summary>What is wrong with an object: place and reason. Empty: nothing.</summary>
    public static IReadOnlyList<string> Faults(JsonObject manifest)
    {
        if (manifest["kind"]?.GetValue<string>() is not { } kind || !s_schemas.Value.TryGetValue(kind, out var schema)) return [$"kind: {manifest["kind"]} is not among {string.Join(", ", s_schemas.Value.Keys)}"];
        var result = schema.Evaluate(JsonSerializer.SerializeToElement(manifest), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? [] : [.. Errors(result).DefaultIfEmpty($"{kind}: it does not fit")];
    }

    private static IEnumerable<string> Errors(EvaluationResults results) =>
        (results.Details ?? []).Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}"));

    private static Dictionary<string, JsonSchema> Load()
    {
        using var resource = typeof(KindSchemas).Assembly.GetManifestResourceStream("kubernetes.json")!;
        var document = JsonNode.Parse(resource)!;
        return document["kinds"]!.AsObject().ToDictionary(pair => pair.Key, pair =>
            JsonSchema.FromText(new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["$ref"] = pair.Value!["$ref"]!.GetValue<string>(), ["$defs"] = document["$defs"]!.DeepClone() }.ToJsonString()));
    }
}
