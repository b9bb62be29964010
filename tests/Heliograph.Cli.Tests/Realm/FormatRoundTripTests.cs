// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tests.Import;
using Xunit;

namespace Heliograph.Cli.Tests.Realm;

/// <summary>The settings of a real application, out and in again in every format.</summary>
public sealed class FormatRoundTripTests
{
    [Theory]
    [InlineData("json")]
    [InlineData("yaml")]
    public async Task A_shop_in_a_format_with_types_comes_back_to_the_same_state_root(string format)
    {
        var shop = SharedData.Eshop;
        await using var origin = await RealOrigin.StartAsync();
        foreach (var (service, helio) in Directory.EnumerateDirectories(shop).Select(service => (service, origin.Admin)))
        {
            var name = $"shop.{Path.GetFileName(service).ToLowerInvariant()}";
            Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", name, "-f", service, "--yes")).Exit);
            foreach (var label in Directory.EnumerateFiles(service, "appsettings*.json").Select(path => Path.GetFileNameWithoutExtension(path) == "appsettings" ? "" : "Development"))
            {
                var file = Path.Combine(helio.Directory, $"x.{format}");
                Assert.Equal(ExitCode.Success, (await helio.RunAsync("export", name, "--format", format, "-l", label, "-f", file)).Exit);
                Assert.Equal(ExitCode.Success, (await helio.RunAsync("import", format, $"copy.{name}", "--from-file", file, "-l", label, "--yes")).Exit);
            }
            Assert.Equal(await RootAsync(helio, name), await RootAsync(helio, $"copy.{name}"));
        }
    }

    [Theory]
    [InlineData("env")]
    [InlineData("properties")]
    public async Task A_shop_in_a_format_of_text_comes_back_as_what_clients_saw(string format)
    {
        var shop = SharedData.Eshop;
        await using var origin = await RealOrigin.StartAsync();
        var helio = origin.Admin;
        var (compared, notWritable) = (0, new List<string>());
        foreach (var service in Directory.EnumerateDirectories(shop))
        {
            var name = $"shop.{Path.GetFileName(service).ToLowerInvariant()}";
            var file = Path.Combine(helio.Directory, $"x.{format}");
            Assert.Equal(ExitCode.Success, (await helio.RunAsync("apply", name, "-f", Path.Combine(service, "appsettings.json"), "--yes")).Exit);
            var exported = await helio.RunAsync("export", name, "--format", format, "-f", file);
            if (exported.Exit != ExitCode.Success)
            {
                Assert.Contains("has no name in an .env file", exported.Error, StringComparison.Ordinal); // it says so; nothing is bent
                notWritable.Add(name);
                continue;
            }
            Assert.Equal(ExitCode.Success, (await helio.RunAsync("import", format, $"copy.{name}", "--from-file", file, "--yes")).Exit);
            var seen = DotNetView.Of(await File.ReadAllBytesAsync(Path.Combine(service, "appsettings.json"), TestContext.Current.CancellationToken));
            var copy = JsonDocument.Parse((await helio.RunAsync("list", $"copy.{name}", "-o", "json")).Out).RootElement.GetProperty("items").EnumerateArray().ToDictionary(item => item.GetProperty("key").GetString()!, item => item.GetProperty("value").GetString());
            Assert.Equal(seen.Select(pair => (pair.Key, pair.Value ?? "")), copy.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Select(pair => (pair.Key, pair.Value ?? "")));
            compared++;
        }
        Assert.True(compared >= (format == "env" ? 5 : 10), $"Only {compared} were compared; not writable: {string.Join(", ", notWritable)}.");
    }

    private static async Task<string> RootAsync(Helio helio, string name)
    {
        var ran = await helio.RunAsync("ns", "show", name, "-o", "json");
        Assert.True(ran.Code == 0, ran.Error);
        return JsonDocument.Parse(ran.Out).RootElement.GetProperty("stateRoot").GetString()!;
    }
}
