// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.FeatureFlags.Evaluation;

namespace Heliograph.FeatureFlags.Tests;

/// <summary>The samples of microsoft/FeatureManagement, with the outcome that each must have.</summary>
public sealed class PublishedVectorsTests
{
    private static readonly FlagEvaluator s_evaluator = new(() => 0.5);

    [Theory]
    [InlineData("NoFilters", 6)]
    [InlineData("RequirementType", 6)]
    [InlineData("TimeWindowFilter", 5)]
    [InlineData("TargetingFilter", 19)]
    [InlineData("TargetingFilter.modified", 8)]
    [InlineData("BasicVariant", 4)]
    [InlineData("VariantAssignment", 11)]
    [InlineData("BasicTelemetry", 1)]
    public void Every_published_vector_holds(string name, int expected)
    {
        var samples = Repository.Samples();
        var flags = Flags(JsonNode.Parse(File.ReadAllText(Path.Combine(samples, $"{name}.sample.json")))!);
        var vectors = JsonNode.Parse(File.ReadAllText(Path.Combine(samples, $"{name}.tests.json")))!.AsArray();
        Assert.Equal(expected, vectors.Count);
        Assert.All(vectors, vector => Holds(vector!, flags));
    }

    private static void Holds(JsonNode vector, Dictionary<string, JsonNode> flags)
    {
        var (wantsOn, wantsVariant) = ((string?)vector["IsEnabled"]?["Result"], vector["Variant"]?["Result"]);
        var inputs = vector["Inputs"]!;
        var context = new FlagContext((string?)inputs["User"], [.. inputs["Groups"]?.AsArray().Select(group => (string)group!) ?? []]);
        var isRead = FlagReader.TryRead(flags.GetValueOrDefault((string)vector["FeatureFlagName"]!)?.ToJsonString() ?? """{"id":"none"}""", out var flag, out var faults);
        if (vector["IsEnabled"]?["Exception"] is { } exception)
        {
            Assert.False(isRead, $"The library refuses it: {exception}");
            return;
        }
        Assert.True(isRead, string.Join("; ", faults));
        var result = s_evaluator.Evaluate(flag!, context, DateTimeOffset.UtcNow);
        Assert.Equal(wantsOn, result.IsEnabled ? "true" : "false");
        if (wantsVariant is null) Assert.Null(result.Variant);
        else if (wantsVariant["Name"] is { } name) Assert.Equal((string)name!, result.Variant?.Name);
        if (wantsVariant?["ConfigurationValue"] is { } value) Assert.True(JsonNode.DeepEquals(value, JsonNode.Parse(result.Variant!.Value!.Value.GetRawText())), vector.ToJsonString());
    }

    private static Dictionary<string, JsonNode> Flags(JsonNode sample) =>
        sample["feature_management"]!["feature_flags"]!.AsArray().ToDictionary(flag => (string)flag!["id"]!, flag => flag!);
}
