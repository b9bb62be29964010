// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>A client may follow any tier, and goes from one to the next without going back; with real processes, judged by its own journal.</summary>
public sealed class AnyParentTests
{
    private const string Namespace = "shop.cart";

    [Fact]
    public async Task A_service_follows_agent_relay_or_origin_and_goes_to_the_next_when_one_is_killed()
    {
        // Given a tier of each kind, a service at each, and one that knows all three
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync(Namespace);
        var first = await fleet.PutAsync(Namespace, "Shop:Marker", "1");
        var (relay, relayAddress) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--single-parent");
        var (agent, agentAddress) = await fleet.StartAgentAsync("agent-1", "eu", [relayAddress], "--single-parent"); // with another one it would leave a relay that is slow for 3 s, and go another way
        string[] all = [agentAddress, relayAddress, fleet.OriginAddress];
        var services = all.Select((address, i) => fleet.StartService($"single-{i}", "cart", "eu", [address, $"unix://{fleet.PathOf("nobody.sock")}"], Namespace)).ToList();
        var wanderer = fleet.StartService("wanderer", "cart", "eu", all, Namespace);

        // Then each has the same content, and the origin knows by which way
        var lines = new[]
        {
            await fleet.RunsAsync("wanderer", wanderer, first), await fleet.RunsAsync("single-0", services[0], first), await fleet.RunsAsync("single-1", services[1], first), await fleet.RunsAsync("single-2", services[2], first),
        };
        Assert.Single(lines.Select(line => (string)line["stateRoot"]!).Distinct());
        await PathsAsync(fleet, ("single-0", "o1/relay-1/agent-1"), ("single-1", "o1/relay-1"), ("single-2", "o1"), ("wanderer", "o1/relay-1/agent-1"));

        // When the tiers are killed from below, it goes on with the next one
        await agent.SignalAsync("KILL");
        await fleet.RunsAsync("wanderer", wanderer, await fleet.PutAsync(Namespace, "Shop:Marker", "2"));
        await PathsAsync(fleet, ("wanderer", "o1/relay-1"));
        await relay.SignalAsync("KILL");
        await fleet.RunsAsync("wanderer", wanderer, await fleet.PutAsync(Namespace, "Shop:Marker", "3"));
        await PathsAsync(fleet, ("wanderer", "o1"));

        // And back to the first, when that is all there is
        await fleet.StartAgentAsync("agent-1", "eu", [relayAddress, fleet.OriginAddress]);
        await fleet.Origin.SignalAsync("KILL");
        await fleet.StartOriginAsync();
        await fleet.RunsAsync("wanderer", wanderer, await fleet.PutAsync(Namespace, "Shop:Marker", "4"));
        AssertNeverBack(fleet, "wanderer");
    }

    [Fact]
    public async Task A_parent_that_is_behind_takes_nothing_back_and_is_followed_once_it_has_caught_up()
    {
        // Given a service that knows two relays, of which the second was down during the last change
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync(Namespace);
        var old = await fleet.PutAsync(Namespace, "Shop:Marker", "old");
        var (level, levelAddress) = await fleet.StartRelayAsync("relay-level", "eu", [fleet.OriginAddress], "--single-parent");
        var (behind, behindAddress) = await fleet.StartRelayAsync("relay-behind", "eu", [fleet.OriginAddress], "--single-parent", "--subscribe", Namespace);
        await RealFleet.EventuallyAsync(async () => await fleet.HeldAsync("relay-behind", Namespace) == old, () => "the second relay holds the old revision");
        var service = fleet.StartService("cart-1", "cart", "eu", [levelAddress, behindAddress], Namespace);
        await fleet.RunsAsync("cart-1", service, old);
        await behind.SignalAsync("KILL");
        var current = await fleet.PutAsync(Namespace, "Shop:Marker", "current");
        await fleet.RunsAsync("cart-1", service, current);

        // When only the second is left, behind and cut off
        await fleet.Origin.SignalAsync("KILL");
        await level.SignalAsync("KILL");
        await fleet.StartRelayAsync("relay-behind", "eu", [fleet.OriginAddress], "--single-parent", "--subscribe", Namespace);
        await RealFleet.EventuallyAsync(async () => (int?)(await fleet.ReplicaAsync("relay-behind"))?["subscribers"] == 1, () => "the service is connected to the second relay");
        Assert.Equal(old, await fleet.HeldAsync("relay-behind", Namespace));

        // Then the service keeps what it has, and goes on from there when that relay has
        await fleet.StartOriginAsync();
        var next = await fleet.PutAsync(Namespace, "Shop:Marker", "next");
        await fleet.RunsAsync("cart-1", service, next);
        AssertNeverBack(fleet, "cart-1");
        Assert.Equal([old, current, next], fleet.Journal("cart-1").Select(line => (string)line["revision"]!));
    }

    [Fact]
    public async Task One_parent_alone_is_warned_of_unless_it_is_meant()
    {
        await using var fleet = await new RealFleet().StartOriginAsync();
        var (warned, _) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress]);
        var (meant, _) = await fleet.StartAgentAsync("agent-1", "eu", [fleet.OriginAddress], "--single-parent");

        Assert.Contains("relay-1 is given one parent", await StopAsync(warned), StringComparison.Ordinal);
        Assert.DoesNotContain("is given one parent", await StopAsync(meant), StringComparison.Ordinal);

        await using var twice = HelioProcess.Start("Heliograph.Cli", "helio", ["relay", "--data", fleet.PathOf("twice"), "--listen", "tcp://127.0.0.1:0", "--parent", fleet.OriginAddress, "--parent", fleet.OriginAddress, "--trust", fleet.PathOf("trust.json")]);
        var (code, _, errors) = await twice.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.NotEqual(0, code);
        Assert.Contains("named twice", errors, StringComparison.Ordinal);
    }

    private static async Task<string> StopAsync(HelioProcess process)
    {
        await process.SignalAsync("TERM");
        return (await process.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Errors;
    }

    private static Task PathsAsync(RealFleet fleet, params (string Id, string Path)[] expected)
    {
        var seen = "";
        return RealFleet.EventuallyAsync(async () =>
        {
            var items = (await fleet.GetAsync($"/api/v1/fleet/instances?namespace={Namespace}"))["items"]!.AsArray();
            seen = items.ToJsonString();
            return expected.All(it => items.Any(item => (string)item!["id"]! == it.Id && (string)item["path"]! == it.Path));
        }, () => $"{string.Join(", ", expected)}; it is {seen}");
    }

    private static void AssertNeverBack(RealFleet fleet, string name)
    {
        var revisions = fleet.Journal(name).Select(line => long.Parse(((string)line["revision"]!).Split('.')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(revisions.Order(), revisions);
    }
}
