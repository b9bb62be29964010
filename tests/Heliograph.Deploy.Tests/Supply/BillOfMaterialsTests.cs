// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Xunit;

namespace Heliograph.Deploy.Tests.Supply;

/// <summary>What <c>.ci/make-sbom</c> says that the program is made of.</summary>
public sealed class BillOfMaterialsTests
{
    private static readonly Lazy<JsonSchema> Schema = new(() =>
    {
        foreach (var name in new[] { "spdx", "jsf-0.82" }) SchemaRegistry.Global.Register(new Uri($"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json"), Read(name)); // so the one names the others
        return Read("bom-1.5");
    });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_CycloneDX_holds_every_locked_package_and_every_native_binary_and_is_the_same_again()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "Debian's Python is not here: no bill of materials is made.");
        var (bom, text) = await MakeAsync();

        Assert.Empty(Faults(bom));
        var components = bom["components"]!.AsArray();
        var locked = JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("src/Heliograph.Cli/packages.lock.json"), Cancel))!["dependencies"]!["net10.0"]!.AsObject();
        var expected = locked.Where(pair => pair.Value!["type"]!.GetValue<string>() != "Project").Select(pair => $"{pair.Key}@{pair.Value!["resolved"]}".ToLowerInvariant()).Order(StringComparer.Ordinal);
        var shipped = components.Select(component => $"{component!["name"]}@{component["version"]}".ToLowerInvariant()).Order(StringComparer.Ordinal).ToList();
        Assert.Subset(expected.ToHashSet(StringComparer.Ordinal), shipped.ToHashSet(StringComparer.Ordinal));
        Assert.Contains(shipped, one => one.StartsWith("google.protobuf@", StringComparison.Ordinal));

        // The engine of the log is native code, and is named with what it is
        var sqlite = components.Single(component => component!["name"]!.GetValue<string>().Equals("SQLitePCLRaw.lib.e_sqlite3", StringComparison.OrdinalIgnoreCase))!["components"]!.AsArray();
        Assert.Contains(sqlite, file => file!["name"]!.GetValue<string>() == "runtimes/linux-x64/native/libe_sqlite3.so" && file["hashes"]![0]!["content"]!.GetValue<string>().Length == 64);
        Assert.All(components, component => Assert.NotEmpty(component!["licenses"]!.AsArray()));
        Assert.Equal(text, (await MakeAsync()).Text);
    }

    [Theory]
    [InlineData("bomFormat", "\"other\"")]
    [InlineData("specVersion", "15")]
    [InlineData("components", "[{\"type\": \"library\"}]")]
    [InlineData("components", "[{\"type\": \"thing\", \"name\": \"x\"}]")]
    [InlineData("components", "[{\"type\": \"library\", \"name\": \"x\", \"hashes\": [{\"alg\": \"SHA-256\", \"content\": \"no\"}]}]")]
    [InlineData("components", "[{\"type\": \"library\", \"name\": \"x\", \"licenses\": [{\"license\": {\"id\": \"No-Such\"}}]}]")]
    public void A_planted_fault_is_found(string member, string planted)
    {
        var bom = new JsonObject { ["bomFormat"] = "CycloneDX", ["specVersion"] = "1.5", ["version"] = 1, ["components"] = new JsonArray() };
        Assert.Empty(Faults(bom));
        bom[member] = JsonNode.Parse(planted);
        Assert.NotEmpty(Faults(bom));
    }

    private static IReadOnlyList<string> Faults(JsonNode bom)
    {
        var result = Schema.Value.Evaluate(JsonSerializer.SerializeToElement(bom), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? [] : [.. (result.Details ?? []).Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}")).DefaultIfEmpty("it does not fit")];
    }

    private static async Task<(JsonNode Bom, string Text)> MakeAsync()
    {
        var directory = Directory.CreateTempSubdirectory("hlb-");
        try
        {
            var file = Path.Combine(directory.FullName, "helio.cdx.json");
            var made = await ToolRun.OfAsync("bash", [Repository.PathOf(".ci/make-sbom"), file], Cancel);
            Assert.True(made.Code == 0, made.Out + made.Error);
            var text = await File.ReadAllTextAsync(file, Cancel);
            return (JsonNode.Parse(text)!, text);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static JsonSchema Read(string name)
    {
        using var reader = new StreamReader(typeof(BillOfMaterialsTests).Assembly.GetManifestResourceStream($"{name}.SNAPSHOT.schema.json")!);
        return JsonSchema.FromText(reader.ReadToEnd());
    }
}
