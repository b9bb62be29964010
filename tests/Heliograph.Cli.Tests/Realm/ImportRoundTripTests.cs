// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

/// <summary>Real documents through a real origin and back: state roots tell whether anything was lost.</summary>
public sealed class ImportRoundTripTests
{
    [Fact]
    public async Task A_shop_is_imported_exported_and_imported_to_equal_state_roots()
    {
        // Given the settings of a real application in one realm
        var eshop = SharedData.Eshop;
        await using var here = await RealOrigin.StartAsync();
        await using var there = await RealOrigin.StartAsync();
        var applied = await here.Admin.RunAsync("apply", "--yes", "-f", eshop, "--namespace-prefix", "shop.", "-o", "json");
        Assert.Equal(ExitCode.Success, applied.Exit);
        var names = JsonDocument.Parse(applied.Out).RootElement.GetProperty("created").EnumerateArray().Select(name => name.GetString()!).ToList();
        Assert.Equal(10, names.Count);

        foreach (var name in names)
        {
            // When each namespace is exported and applied in another realm
            var file = Path.Combine(here.Admin.Directory, $"{name}.json");
            Assert.Equal(ExitCode.Success, (await here.Admin.RunAsync("export", name, "-f", file)).Exit);
            Assert.Equal(ExitCode.Success, (await there.Admin.RunAsync("apply", "--yes", "-f", file)).Exit);

            // Then both hold the same, and applying it again changes nothing
            Assert.Equal(await RootAsync(here.Admin, name), await RootAsync(there.Admin, name));
            Assert.Contains("nothing to change", (await there.Admin.RunAsync("apply", "--yes", "-f", file)).Out, StringComparison.Ordinal);
        }

        // And so does a second import of the same directory
        var again = JsonDocument.Parse((await here.Admin.RunAsync("apply", "--yes", "-f", eshop, "--namespace-prefix", "shop.", "-o", "json")).Out).RootElement;
        Assert.All(again.GetProperty("changes").EnumerateArray(), change => Assert.Equal(0, change.GetProperty("changed").GetInt32()));
    }

    [Fact]
    public async Task Nested_json_of_each_label_is_imported_to_the_same_state_root()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("apply", "--yes", "original", "-f", Path.Combine(SharedData.Eshop, "Identity.API"));

        await helio.RunAsync("export", "original", "--format", "json", "-f", Path.Combine(helio.Directory, "plain.json"));
        await helio.RunAsync("export", "original", "--format", "json", "--label", "Development", "-f", Path.Combine(helio.Directory, "dev.json"));
        await helio.RunAsync("apply", "--yes", "copy", "-f", Path.Combine(helio.Directory, "plain.json"));
        await helio.RunAsync("apply", "--yes", "copy", "-f", Path.Combine(helio.Directory, "dev.json"), "--label", "Development");

        Assert.Equal(await RootAsync(helio, "original"), await RootAsync(helio, "copy"));
    }

    [Fact]
    public async Task Every_valid_document_is_kept_as_a_value_and_comes_back_to_the_same_state_root()
    {
        // Given every valid document of the collection as a value
        var documents = SharedData.ValidDocuments().ToList();
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        for (var i = 0; i < documents.Count; i++)
            Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", "--yes", "documents", "-f", documents[i], "--as-value", $"{i:D3}:{Path.GetFileName(documents[i])}")).Exit);

        // When the namespace is exported and applied under another name
        var file = Path.Combine(helio.Directory, "documents.json");
        await helio.RunAsync("export", "documents", "-f", file);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", "--yes", "copy", "-f", file)).Exit);

        // Then both hold the same, all of it
        Assert.Equal(await RootAsync(helio, "documents"), await RootAsync(helio, "copy"));
        Assert.Equal(documents.Count, JsonDocument.Parse((await helio.RunAsync("ns", "show", "copy", "-o", "json")).Out).RootElement.GetProperty("settings").GetInt32());
    }

    [Fact]
    public async Task Labels_types_tags_locks_and_odd_text_survive_the_round_trip()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        var file = helio.File("export.json", """
            {"heliographExport":1,"namespace":"odd","settings":[
              {"key":"a","value":"","tags":{"z":"1","a":""}},
              {"key":"a","label":"l \"quoted\" ☃","value":"line\r\n\u0001\u2028 \ud83d\ude00","contentType":"text/plain; charset=utf-8"},
              {"key":"b","value":"[1,2]","contentType":"application/json","locked":true}]}
            """);

        Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", "--yes", "-f", file)).Exit);
        await helio.RunAsync("export", "odd", "-f", file);
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", "--yes", "copy", "-f", file)).Exit);

        Assert.Equal(await RootAsync(helio, "odd"), await RootAsync(helio, "copy"));
    }

    [Fact]
    public async Task Pruning_makes_the_namespace_what_the_document_says()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("apply", "--yes", "shop", "-f", helio.File("1.json", """{"a":1,"b":2}"""));
        await helio.RunAsync("set", "shop", "b", "kept", "--label", "dev");

        Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", "--yes", "shop", "-f", helio.File("2.json", """{"a":1,"c":3}"""), "--prune")).Exit);

        var keys = JsonDocument.Parse((await helio.RunAsync("list", "shop", "-o", "json")).Out).RootElement.GetProperty("items").EnumerateArray()
            .Select(item => $"{item.GetProperty("key").GetString()}@{item.GetProperty("label").GetString()}");
        Assert.Equal(["a@", "b@dev", "c@"], keys);
    }

    [Fact]
    public async Task More_settings_than_a_page_holds_are_listed_and_exported_whole()
    {
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        await helio.RunAsync("apply", "--yes", "many", "-f", helio.File("many.json", $"{{\"a\":[{string.Join(',', Enumerable.Range(0, 2_500))}]}}"));

        await helio.RunAsync("export", "many", "-f", Path.Combine(helio.Directory, "e.json"));
        await helio.RunAsync("apply", "--yes", "copy", "-f", Path.Combine(helio.Directory, "e.json"));

        Assert.Equal(2_500, JsonDocument.Parse((await helio.RunAsync("list", "many", "-o", "json")).Out).RootElement.GetProperty("items").GetArrayLength());
        Assert.Equal(await RootAsync(helio, "many"), await RootAsync(helio, "copy"));
    }

    private static async Task<string> RootAsync(Helio helio, string name)
    {
        var ran = await helio.RunAsync("ns", "show", name, "-o", "json");
        Assert.True(ran.Code == 0, ran.Error);
        return JsonDocument.Parse(ran.Out).RootElement.GetProperty("stateRoot").GetString()!;
    }
}
