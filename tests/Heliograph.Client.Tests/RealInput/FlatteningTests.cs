// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Heliograph.Client.Configuration.Json;
using Xunit;

namespace Heliograph.Client.Tests.RealInput;

/// <summary>Flattening is exactly that of .NET's own JSON provider.</summary>
public sealed class FlatteningTests
{
    [Theory]
    [InlineData("""{"a":{},"b":[],"c":null}""")]
    [InlineData("""{"a":[[],{},null,1.50,true,false,"",-0,1e5,12345678901234567890.123]}""")]
    [InlineData("""{"a":{"":{"":3}},"":1}""")]
    [InlineData("""{"a:b":1,"a":{"c":2}}""")]
    [InlineData("""{"a":{"b":1},"A":{"c":2}}""")]
    [InlineData("""{"a":{},"A":[]}""")]
    [InlineData("""{"a":1,"a":{}}""")]
    [InlineData("{}")]
    [InlineData("\uFEFF{\"a\":1}")]
    [InlineData("""{"a":1,/* why */"b":[1,2,],} // end""")]
    [InlineData("""{"u":"\u00e9\ud83d\ude00\t\"","__":"a__b"}""")]
    public void It_reads_a_document_as_the_provider_does(string document) => AssertSame(document);

    [Fact]
    public void It_reads_every_valid_document_of_the_schema_collection_as_the_provider_does()
    {
        var files = SharedData.Files("schemas", path => path.Contains("/valid/", StringComparison.Ordinal));
        Assert.True(files.Count > 90, $"{files.Count} documents are fewer than there should be.");
        Assert.All(files, path => AssertSame(Document(path)));
    }

    [Fact]
    public void It_reads_the_settings_of_a_real_application_as_the_provider_does() =>
        Assert.All(SharedData.Files("eshop", _ => true), path => AssertSame(Document(path)));

    [Fact]
    public void It_reads_generated_documents_as_the_provider_does() =>
        GenObject(depth: 4).Sample(node => AssertSame(node.ToJsonString()), iter: 300);

    [Theory]
    [InlineData("17", "17")]
    [InlineData("\"text\"", "text")]
    [InlineData("true", "True")]
    [InlineData("null", null)]
    [InlineData("{}", null)]
    [InlineData("[]", "")]
    public void Any_value_may_stand_at_the_top(string json, string? expected)
    {
        Assert.True(JsonFlattening.TryFlatten("Key", json, out var entries));
        Assert.Equal([new("Key", expected)], entries);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("nope")]
    public void What_is_no_json_is_told_and_nothing_is_thrown(string json) => Assert.False(JsonFlattening.TryFlatten("Key", json, out _));

    [Fact]
    public void What_is_deeper_than_the_provider_reads_is_no_json()
    {
        Assert.True(JsonFlattening.TryFlatten("Key", new string('[', 64) + new string(']', 64), out _));
        Assert.False(JsonFlattening.TryFlatten("Key", new string('[', 65) + new string(']', 65), out _));
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("Application/JSON; charset=utf-8", true)]
    [InlineData("application/vnd.acme.settings+json", true)]
    [InlineData("text/plain", false)]
    [InlineData("application/jsonp", false)]
    [InlineData("+json", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("application/vnd.microsoft.appconfig.ff+json;charset=utf-8", false)]
    [InlineData("application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8", false)]
    public void The_content_type_decides_what_is_a_tree(string? contentType, bool isTree) => Assert.Equal(isTree, JsonFlattening.IsJson(contentType));

    private static void AssertSame(string document)
    {
        var expected = OwnProvider.Read(document);

        Assert.True(JsonFlattening.TryFlatten(path: null, document, out var entries));

        var last = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase); // as a layer does it: the later one counts
        foreach (var (key, value) in entries) last[key] = value;
        Assert.Equal(expected, OwnProvider.Ordered(last.Select(pair => (pair.Key.ToUpperInvariant(), pair.Value))));
    }

    /// <summary>A file's text; the provider refuses arrays at the top, so they are wrapped.</summary>
    internal static string Document(string path)
    {
        var text = File.ReadAllText(path, Encoding.UTF8);
        return text.TrimStart().StartsWith('[') ? $$"""{"doc": {{text}}}""" : text;
    }

    private static Gen<JsonNode?> GenValue(int depth) =>
        depth == 0 ? GenScalar : Gen.Frequency((3, GenScalar), (2, GenObject(depth - 1).Select(node => (JsonNode?)node)), (2, GenValue(depth - 1).Array[0, 4].Select(items => (JsonNode?)new JsonArray([.. items.Select(Copy)]))));

    private static Gen<JsonNode> GenObject(int depth) =>
        Gen.Select(GenName, GenValue(depth)).Array[0, 5].Select(pairs =>
        {
            // The provider refuses two names that differ only by case; so does import, and neither has anything to compare.
            var unique = pairs.DistinctBy(pair => pair.Item1.ToUpperInvariant(), StringComparer.Ordinal);
            return (JsonNode)new JsonObject(unique.Select(pair => KeyValuePair.Create(pair.Item1, Copy(pair.Item2))));
        });

    private static readonly Gen<string> GenName = Gen.OneOf(Gen.String[Gen.Char["abcXYZ09_-. é"], 1, 8], Gen.OneOf(new[] { "a__b", "Key", "ключ", "0", "1" }.Select(Gen.Const).ToArray()));

    private static readonly Gen<JsonNode?> GenScalar = Gen.OneOf(
        Gen.String.Select(text => (JsonNode?)JsonValue.Create(new string([.. text.Where(c => !char.IsSurrogate(c))]))),
        Gen.Long.Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Double.Where(double.IsFinite).Select(number => (JsonNode?)JsonNode.Parse(number.ToString("R", CultureInfo.InvariantCulture))),
        Gen.Bool.Select(truth => (JsonNode?)JsonValue.Create(truth)),
        Gen.Const((JsonNode?)null));

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();
}
