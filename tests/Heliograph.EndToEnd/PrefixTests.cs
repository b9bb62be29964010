// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary><c>helio relay --subscribe 'shop.*'</c>, with real processes.</summary>
public sealed class PrefixTests
{
    [Fact]
    public async Task A_relay_that_follows_a_prefix_serves_namespaces_that_nobody_had_asked_for_when_the_origin_dies()
    {
        // Given a relay that follows a prefix, and namespaces made before and after
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync("shop.cart");
        await fleet.CreateAsync("bank.api");
        await fleet.PutAsync("shop.cart", "Shop:Marker", "cart");
        var (relay, address) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--subscribe", "shop.*");
        await fleet.CreateAsync("shop.search");
        var search = await fleet.PutAsync("shop.search", "Shop:Marker", "search");
        await fleet.CreateAsync("shop.preview");
        await RealFleet.EventuallyAsync(async () => await fleet.HeldAsync("relay-1", "shop.search") == search && await fleet.HeldAsync("relay-1", "shop.preview") is not null, () => "the relay holds what was made later");
        Assert.NotNull(await fleet.HeldAsync("relay-1", "shop.cart"));
        Assert.Null(await fleet.HeldAsync("relay-1", "bank.api"));

        // When one is deleted, and then the origin dies
        await fleet.SendAsync(HttpMethod.Patch, "/api/v1/namespaces/shop.preview", new JsonObject { ["archived"] = true });
        await fleet.SendAsync(HttpMethod.Delete, "/api/v1/namespaces/shop.preview");
        await RealFleet.EventuallyAsync(async () => await fleet.HeldAsync("relay-1", "shop.preview") is null, () => "the relay lets go of what was deleted");
        await fleet.Origin.SignalAsync("KILL");

        // Then a service that nobody has heard of before starts from the relay
        var service = fleet.StartService("search-1", "search", "eu", [address, fleet.OriginAddress], "shop.search");
        var line = await fleet.RunsAsync("search-1", service, search);
        Assert.Equal("search", (string)line["marker"]!);
    }

    [Fact]
    public async Task What_cannot_be_followed_is_refused_at_the_start()
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", ["relay", "--data", "x", "--listen", "tcp://127.0.0.1:1", "--parent", "tcp://127.0.0.1:2", "--trust", "x", "--subscribe", "shop*"]);

        var (code, _, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Equal(2, code);
        Assert.Contains("'shop*' cannot be followed", errors, StringComparison.Ordinal);
    }
}
