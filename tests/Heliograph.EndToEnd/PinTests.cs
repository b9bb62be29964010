// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The on-call's last word, with real processes: everybody back to a revision, whoever was away as well, and nobody away from it until the release.</summary>
public sealed class PinTests
{
    private const string Namespace = "shop.cart";

    [Fact]
    public async Task The_whole_fleet_holds_a_pinned_revision_also_those_who_were_away_and_over_restarts_until_it_is_released()
    {
        // Given an origin, a relay and two agents with a service each, all at a bad revision; and one of the agents goes away
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync(Namespace);
        var good = await fleet.PutAsync(Namespace, "Shop:Marker", "good");
        var (_, relay) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--single-parent");
        var (near, nearSocket) = await fleet.StartAgentAsync("near", "eu", [relay], "--single-parent");
        var (away, awaySocket) = await fleet.StartAgentAsync("away", "eu", [relay], "--single-parent");
        var cart = fleet.StartService("cart-1", "cart", "eu", [nearSocket], Namespace);
        var lone = fleet.StartService("cart-2", "cart", "eu", [awaySocket], Namespace);
        await fleet.RunsAsync("cart-1", cart, good);
        var bad = await fleet.PutAsync(Namespace, "Shop:Marker", "bad");
        await fleet.RunsAsync("cart-1", cart, bad);
        await fleet.RunsAsync("cart-2", lone, bad);
        await KillAsync(away);

        // When the on-call pins it, then whoever is connected runs it, and that is known
        var pin = JsonNode.Parse(await fleet.HelioAsync(0, "pin", Namespace, good, "-m", "INC-7: bad prices", "--wait", "100%", "--wait-timeout", "60s", "-o", "json"))!;
        var pinned = (string)pin["revision"]!;
        Assert.True((bool)pin["wait"]!["reached"]!);
        Assert.Equal("good", Marker(await fleet.RunsAsync("cart-1", cart, pinned)));
        Assert.Equal(bad, (string)fleet.Journal("cart-2")[^1]["revision"]!); // unreachable, it keeps what it has
        var shown = await fleet.HelioAsync(0, "fleet", Namespace);
        Assert.Contains($"is pinned at {good} by admin", shown, StringComparison.Ordinal);
        Assert.Matches($@"pinned\s+at {good} by admin", await fleet.HelioAsync(0, "explain", "cart-1", Namespace, "Shop:Marker"));
        Assert.Equal("pinned", (string)JsonNode.Parse(await fleet.HelioAsync(0, "explain", "cart-1", Namespace, "Shop:Marker", "-o", "json"))!["reason"]!);

        // And changes are refused, also by an origin that was killed and started again
        await fleet.HelioAsync(4, "set", Namespace, "Shop:Marker", "worse");
        await KillAsync(fleet.Origin);
        await fleet.StartOriginAsync();
        await fleet.HelioAsync(4, "set", Namespace, "Shop:Marker", "worse");
        Assert.Contains("INC-7: bad prices", await fleet.HelioAsync(0, "pins"), StringComparison.Ordinal);

        // And whoever comes back comes back to the pin; one that starts offline has it from its own disk
        await fleet.StartAgentAsync("away", "eu", [relay], "--single-parent");
        Assert.Equal("good", Marker(await fleet.RunsAsync("cart-2", lone, pinned)));
        await KillAsync(near);
        await fleet.StartAgentAsync("near", "eu", ["tcp://127.0.0.1:1"], "--single-parent");
        Assert.Equal(pinned, await fleet.HeldAsync("near", Namespace));
        var late = fleet.StartService("cart-3", "cart", "eu", [nearSocket], Namespace);
        Assert.Equal("good", Marker(await fleet.RunsAsync("cart-3", late, pinned)));

        // When it is released with what stood before, it goes forward, and changes pass
        var released = (string)JsonNode.Parse(await fleet.HelioAsync(0, "unpin", Namespace, "--restore", "-m", "mended", "-o", "json"))!["revision"]!;
        Assert.Equal("bad", Marker(await fleet.RunsAsync("cart-2", lone, released)));
        var next = await fleet.PutAsync(Namespace, "Shop:Marker", "better");
        await fleet.RunsAsync("cart-2", lone, next);

        // Nobody went backwards
        foreach (var name in new[] { "cart-1", "cart-2", "cart-3" })
        {
            var sequences = fleet.Journal(name).Select(line => long.Parse(((string)line["revision"]!).Split('.')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(sequences.Order(), sequences);
        }
    }

    private static async Task KillAsync(HelioProcess process)
    {
        await process.SignalAsync("KILL");
        await process.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static string Marker(JsonNode line) => (string)line["marker"]!;
}
