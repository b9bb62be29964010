// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary><c>helio explain</c>, asked about real services.</summary>
public sealed class ExplainTests
{
    private const string Shared = "shop.shared", Cart = "shop.cart";

    [Fact]
    public async Task The_on_call_question_is_answered_for_a_service_that_follows_lags_and_is_gone()
    {
        // Given a service with two namespaces and a label, each a layer
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync(Shared);
        await fleet.CreateAsync(Cart);
        await fleet.PutAsync(Shared, "Shop:Marker", "shared");
        await fleet.PutAsync(Cart, "Shop:Marker", "cart");
        await fleet.HelioAsync(0, "set", Cart, "Shop:Marker", "cart in development", "-l", "Development", "-m", "try it");
        var first = await fleet.PutAsync(Cart, "Max", "50");
        var (_, socket) = await fleet.StartAgentAsync("agent-1", "eu", [fleet.OriginAddress], "--single-parent");
        var service = fleet.StartService("cart-1", "cart", "eu", [socket, fleet.OriginAddress], $"{Shared},{Cart}", "--label", "Development");
        Assert.Equal("cart in development", (string)(await fleet.RunsAsync("cart-1", service, first))["marker"]!);
        await fleet.FleetAsync(Cart, found => (int)found["current"]! == 1, "it is reported");
        await fleet.FleetAsync(Shared, found => (int)found["current"]! == 1, "it is reported");

        // Then the layer, the label, who and why are known
        var current = await ExplainAsync(fleet, Cart, "Shop:Marker");
        Assert.Equal(("current", true, "Development", "cart in development", "try it"),
            ((string)current["reason"]!, (bool)current["connected"]!, (string)current["label"]!, (string)current["setting"]!["value"]!, (string)current["message"]!));
        Assert.Equal((4, 4), ((int)current["layer"]!["number"]!, (int)current["layer"]!["of"]!));
        Assert.NotNull(current["changedBy"]);

        // And that a value lies under another one
        var covered = await ExplainAsync(fleet, Shared, "Shop:Marker");
        Assert.Equal((1, 4, Cart, "Development"), ((int)covered["layer"]!["number"]!, (int)covered["overriddenBy"]!["number"]!, (string)covered["overriddenBy"]!["namespace"]!, (string)covered["overriddenBy"]!["label"]!));
        Assert.Contains("layer 4 above it", await fleet.HelioAsync(0, "explain", "cart-1", Shared, "Shop:Marker"), StringComparison.Ordinal);

        // When it is stopped and a setting changes
        await service.SignalAsync("STOP");
        var second = await fleet.PutAsync(Cart, "Max", "51");
        var lagging = await ExplainAsync(fleet, Cart, "Max");
        Assert.Equal(("laggard", "50", "51"), ((string)lagging["reason"]!, (string)lagging["setting"]!["value"]!, (string)lagging["newest"]!["setting"]!["value"]!));
        Assert.Equal("same", (string)(await ExplainAsync(fleet, Cart, "Shop:Marker"))["reason"]!);

        // And when it is gone, then what it ran is remembered
        await service.SignalAsync("KILL");
        JsonNode? gone = null;
        await RealFleet.EventuallyAsync(async () => !(bool)(gone = await ApiExplainAsync(fleet))["connected"]!, () => $"it is missed; it is {gone?.ToJsonString()}");
        Assert.Equal(("disconnected", "50"), ((string)gone!["reason"]!, (string)gone["setting"]!["value"]!));
        var text = await fleet.HelioAsync(0, "explain", "cart-1", Cart, "Max");
        Assert.Contains("disconnected; last heard of", text, StringComparison.Ordinal);
        Assert.Contains(second, text, StringComparison.Ordinal);
        await fleet.HelioAsync(3, "explain", "cart-nobody", Cart, "Max");
    }

    private static async Task<JsonNode> ExplainAsync(RealFleet fleet, string name, string key) => JsonNode.Parse(await fleet.HelioAsync(0, "explain", "cart-1", name, key, "-o", "json"))!;

    private static Task<JsonNode> ApiExplainAsync(RealFleet fleet) => fleet.GetAsync($"/api/v1/explain?instance=cart-1&namespace={Cart}&key=Max");
}
