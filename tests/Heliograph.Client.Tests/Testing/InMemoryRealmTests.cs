// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Heliograph.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Testing;

/// <summary>A realm in memory, as an application's own tests use it.</summary>
public sealed class InMemoryRealmTests : IDisposable
{
    private readonly InMemoryRealm _realm = new();

    public void Dispose() => _realm.Dispose();

    [Fact]
    public async Task A_change_is_complete_when_every_client_serves_it()
    {
        await _realm.SetAsync("shop.basket", "Basket:MaxItems", "50");
        await using var one = await _realm.ConnectAsync("shop.basket");
        await using var two = await _realm.ConnectAsync("shop.basket");

        var outcome = await _realm.SetAsync("shop.basket", "Basket:MaxItems", "60");

        Assert.True(outcome.IsApplied);
        Assert.Equal([outcome.Revision, outcome.Revision], outcome.Clients.Select(client => client.Served));
        Assert.Equal((60, 60), (one.GetNamespace("shop.basket")!.GetInt32("Basket:MaxItems"), two.GetNamespace("shop.basket")!.GetInt32("Basket:MaxItems")));
        Assert.Equal((ViewOrigin.Live, false), (one.GetStatus().Find(Basket)!.Origin, one.Staleness.IsStale));
    }

    [Fact]
    public async Task A_changeset_is_one_event_and_deleting_and_replacing_are_changes_like_any_other()
    {
        await _realm.ChangeAsync("shop.basket", [Setting.Of("A", "1"), Setting.Of("B", "2"), Setting.Of("C", "3", label: "eu")]);
        await using var client = await _realm.ConnectAsync("shop.basket");
        var changed = new List<int>();
        client.Changed += (_, change) => changed.Add(change.ChangedKeys.Count);

        await _realm.ReplaceAsync("shop.basket", [Setting.Of("A", "10"), Setting.Of("D", "4")]);
        await _realm.DeleteAsync("shop.basket", "D");
        var nothing = await _realm.SetAsync("shop.basket", "A", "10");

        Assert.Equal([4, 1], changed);
        Assert.True(nothing.IsApplied);
        Assert.Equal(("10", 1), (client.GetNamespace(Basket)!.GetString("A"), client.GetNamespace(Basket)!.Count));
    }

    [Fact]
    public async Task An_applications_own_options_refuse_what_they_would_refuse_in_production()
    {
        // Given an application as its own test starts it
        await _realm.SetAsync("shop.basket", "Basket:MaxItems", "50");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddHeliograph(options =>
        {
            options.Source = _realm;
            options.Select("shop.basket");
        });
        builder.Services.AddOptions<BasketOptions>().BindConfiguration("Basket").Validate(basket => basket.MaxItems > 0, "MaxItems must be positive.").ValidateOnRevision();
        using var host = builder.Build();
        await host.StartAsync(Cancel);

        // When someone publishes nonsense
        var outcome = await _realm.SetAsync("shop.basket", "Basket:MaxItems", "-1");

        // Then the test can say what became of it
        Assert.Equal(["BasketOptions: MaxItems must be positive."], outcome.Refusals);
        Assert.Equal(50, host.Services.GetRequiredService<IOptionsMonitor<BasketOptions>>().CurrentValue.MaxItems);
        await host.StopAsync(Cancel);
    }

    [Fact]
    public async Task An_outage_is_one_line_of_a_test()
    {
        await _realm.SetAsync("shop.basket", "A", "1");
        await using var client = await _realm.ConnectAsync("shop.basket");

        _realm.Disconnect();
        var unheard = await _realm.SetAsync("shop.basket", "A", "2");
        Assert.Empty(unheard.Clients);
        Assert.Equal(("1", true), (client.GetNamespace(Basket)!.GetString("A"), client.Staleness.IsStale));

        var served = Support.TestClients.ServesAsync(client, Basket, unheard.Revision);
        _realm.Reconnect();
        await served;
        Assert.Equal(("2", false), (client.GetNamespace(Basket)!.GetString("A"), client.Staleness.IsStale));
    }

    [Fact]
    public async Task What_the_realm_has_not_is_missing_as_in_production_and_what_is_optional_is_not_waited_for()
    {
        await _realm.SetAsync("shop.basket", "A", "1");
        var options = new HeliographClientOptions { Source = _realm, StartupWait = TimeSpan.FromMinutes(5) };
        options.Namespaces.Add(Basket);
        options.Namespaces.Add(Shared);
        options.OptionalNamespaces.Add(Shared);
        await using var client = await HeliographClient.ConnectAsync(options, cancellationToken: Cancel);
        Assert.Equal((true, ViewOrigin.None), (client.GetStatus().Find(Shared)!.IsOptional, client.GetStatus().Find(Shared)!.Origin));

        var required = new HeliographClientOptions { Source = _realm, StartupWait = TimeSpan.FromMilliseconds(100) };
        required.Namespaces.Add(Shared);
        var error = await Assert.ThrowsAsync<HeliographUnavailableException>(() => HeliographClient.ConnectAsync(required, cancellationToken: Cancel));
        Assert.Contains("'shop.shared' (not_found", error.Message, StringComparison.Ordinal);
    }

    internal sealed class BasketOptions
    {
        public int MaxItems { get; set; }
    }
}
