// SPDX-License-Identifier: Apache-2.0
using Heliograph.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Testing;

/// <summary>A developer's machine without a server: real files, looked at as they are saved.</summary>
public sealed class LocalFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hlc-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Files_are_namespaces_and_a_saved_file_is_a_reload()
    {
        // Given two namespaces, one with a label, and a file that is none
        Write("shop.shared.json", """{ "Shop": { "Name": "Lantern" } }""");
        Write("shop.basket.json", """{ "Basket": { "MaxItems": 50, "Hosts": ["a", "b"] }, "Nothing": null }""");
        Write("shop.basket@Development.json", """{ "Basket": { "MaxItems": 5 } }""");
        Write("Not A Namespace.json", "{");
        using var files = new LocalFiles(_directory);
        using var configuration = new ConfigurationManager();
        configuration.AddHeliograph(options =>
        {
            options.Source = files;
            options.Select("shop.shared").Select("shop.basket").Select("shop.basket", label: "Development");
        });
        Assert.Equal(("Lantern", "5", "b"), (configuration["Shop:Name"], configuration["Basket:MaxItems"], configuration["Basket:Hosts:1"]));

        // When a file is saved, half of it first
        var reloaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = ChangeToken.OnChange(((IConfigurationRoot)configuration).GetReloadToken, () => reloaded.TrySetResult());
        Write("shop.basket@Development.json", """{ "Basket": { "MaxIt""");
        await Task.Delay(TimeSpan.FromSeconds(1.5), Cancel); // they are looked at twice a second
        Assert.Equal("5", configuration["Basket:MaxItems"]);
        Write("shop.basket@Development.json", """{ "Basket": { "MaxItems": 6 } }""");
        await reloaded.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal("6", configuration["Basket:MaxItems"]);
    }

    [Fact]
    public async Task A_start_with_a_broken_file_or_without_the_directory_says_which()
    {
        Write("shop.basket.json", "{");
        Assert.Contains("shop.basket.json is no JSON", (await StartAsync(_directory)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no directory", (await StartAsync(Path.Combine(_directory, "none"))).Message, StringComparison.Ordinal);
    }

    private static async Task<InvalidDataException> StartAsync(string directory)
    {
        using var files = new LocalFiles(directory);
        var options = new HeliographClientOptions { Source = files };
        options.Namespaces.Add(Basket);
        return await Assert.ThrowsAsync<InvalidDataException>(() => HeliographClient.ConnectAsync(options, cancellationToken: Cancel));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text);
}
