// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Heliograph.Client.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Configuration;

/// <summary>What a machine sets for itself, over what the realm says.</summary>
public sealed class OverridesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hlc-").FullName;
    private readonly TestRealm _realm = new(TimeProvider.System);
    private readonly HandDrivenReplica _replica = new(TimeProvider.System);
    private readonly ConfigurationManager _configuration = new();
    private HeliographClient? _client;

    private string File => Path.Combine(_directory, "overrides.json");

    public void Dispose()
    {
        _configuration.Dispose();
        _realm.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task They_lie_above_everything_and_their_keys_are_reported_and_not_their_values()
    {
        // Given a machine with a file of its own
        System.IO.File.WriteAllText(File, """{ "basket": { "maxItems": 5 }, "Debug": true }""");
        var provider = Load();

        // Then it counts, whatever the case
        Assert.Equal(("5", "EUR", "True"), (_configuration["Basket:MaxItems"], _configuration["Basket:Currency"], _configuration["Debug"]));
        Assert.Equal(["basket:maxItems", "Debug"], provider.Current.LocalOverrides);
        Assert.Equal(["basket:maxItems", "Debug"], _replica.Overridden);

        // And a new revision does not go over it
        await _replica.ReceiveAsync(_realm.Put("shop.basket", ("Basket:MaxItems", "51"), ("Basket:Currency", "CHF")), _client!);
        Assert.Equal(("5", "CHF"), (_configuration["Basket:MaxItems"], _configuration["Basket:Currency"]));
    }

    [Fact]
    public async Task A_change_of_the_file_is_a_reload_a_broken_file_changes_nothing_and_without_it_nothing_is_overridden()
    {
        var provider = Load();
        Assert.Empty(provider.Current.LocalOverrides);

        await ReloadedAsync(() => System.IO.File.WriteAllText(File, """{ "Basket:MaxItems": 5 }"""));
        Assert.Equal("5", _configuration["Basket:MaxItems"]);

        System.IO.File.WriteAllText(File, """{ "Basket:MaxItems": 6 """); // cut off: half a save
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel); // it is looked at once a second
        Assert.Equal("5", _configuration["Basket:MaxItems"]);

        await ReloadedAsync(() => System.IO.File.Delete(File));
        Assert.Equal("50", _configuration["Basket:MaxItems"]);
        Assert.Empty(_replica.Overridden);
    }

    private async Task ReloadedAsync(Action change)
    {
        var reloaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = ChangeToken.OnChange(((IConfigurationRoot)_configuration).GetReloadToken, () => reloaded.TrySetResult());
        change();
        await reloaded.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    private HeliographConfigurationProvider Load()
    {
        var version = _realm.Put("shop.basket", ("Basket:MaxItems", "50"), ("Basket:Currency", "EUR"));
        _replica.Run = _ =>
        {
            _replica.Receive(version);
            return Task.CompletedTask;
        };
        ((IConfigurationBuilder)_configuration).Add(SourceOver(_replica, TimeProvider.System, options =>
        {
            options.LocalOverridesFile = File;
            options.Select("shop.basket");
        }, client => _client = client));
        return Assert.Single(((IConfigurationRoot)_configuration).Providers.OfType<HeliographConfigurationProvider>());
    }
}
