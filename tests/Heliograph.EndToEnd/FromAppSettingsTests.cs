// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The commands of docs/guides/from-appsettings.md.</summary>
public sealed class FromAppSettingsTests
{
    [Fact]
    public async Task A_directory_of_appsettings_is_brought_over_changed_watched_and_rolled_back()
    {
        // Given an application's files
        await using var realm = await DevelopmentRealm.StartAsync();
        var directory = Directory.CreateTempSubdirectory("hla-");
        try
        {
            var file = Path.Combine(directory.FullName, "appsettings.json");
            await File.WriteAllTextAsync(file, """{ "Basket": { "MaxItems": 50, "Hosts": ["a", "b"], "On": true, "Name": "x" } }""", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "appsettings.Development.json"), """{ "Basket": { "MaxItems": 5 } }""", TestContext.Current.CancellationToken);

            // When they are brought over
            await realm.HelioAsync("apply", "shop.basket", "-f", directory.FullName, "--dry-run");
            await realm.HelioAsync("apply", "--yes", "shop.basket", "-f", directory.FullName, "-m", "as deployed with 2.7.1");
            var applied = (string)JsonNode.Parse(await realm.HelioAsync("export", "shop.basket"))!["revision"]!;

            // Then they come back the same
            var exported = Path.Combine(directory.FullName, "realm.json");
            await realm.HelioAsync("export", "shop.basket", "--format", "json", "-f", exported);
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)), JsonNode.Parse(await File.ReadAllTextAsync(exported, TestContext.Current.CancellationToken))));
            Assert.Contains("Development", await realm.HelioAsync("list", "shop.basket"), StringComparison.Ordinal);

            // And a change goes through, and back
            await realm.HelioAsync("set", "shop.basket", "Basket:MaxItems", "60", "-m", "spring sale");
            Assert.Contains("spring sale", await realm.HelioAsync("history", "shop.basket"), StringComparison.Ordinal);
            await realm.HelioAsync("rollback", "shop.basket", applied);
            Assert.Contains("50", await realm.HelioAsync("get", "shop.basket", "Basket:MaxItems"), StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
