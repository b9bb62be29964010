// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The crash-loop guard of an agent, with a real service that keeps nothing itself and is killed twice on a bad revision.</summary>
public sealed class CrashLoopTests
{
    private const string Namespace = "shop.cart";

    [Fact]
    public async Task A_service_that_is_killed_twice_on_a_new_revision_starts_from_the_stable_one_and_everyone_can_see_it()
    {
        // Given a revision that a service ran well on for the bake time, and that a later process of it started from
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync(Namespace);
        var (agent, socket) = await StartAgentAsync(fleet);
        var good = await fleet.PutAsync(Namespace, "Shop:Marker", "good");
        var process = await RunAsync(fleet, socket, good, "live");
        await StopAsync(process);
        process = await RunAsync(fleet, socket, good, "live");
        await RealFleet.EventuallyAsync(() => Task.FromResult(File.Exists(fleet.PathOf("agent-1", "ns", Namespace, "STABLE"))), () => "the good revision is stable");

        // When the next one ends the service twice
        var bad = await fleet.PutAsync(Namespace, "Shop:Marker", "bad");
        await fleet.RunsAsync("cart-1", process, bad, "live");
        await KillAsync(process);
        process = await RunAsync(fleet, socket, bad, "live"); // once may be chance
        await KillAsync(process);

        // Then the service starts from the stable one, though the agent holds the bad one and goes not below it
        process = await RunAsync(fleet, socket, good, "stable");
        Assert.Equal("good", (string)fleet.Journal("cart-1")[^1]["marker"]!);
        Assert.Equal(bad, await fleet.HeldAsync("agent-1", Namespace));
        var quarantined = (await fleet.ReplicaAsync("agent-1"))!["quarantined"]!.AsArray().Single()!;
        Assert.Equal(("cart", Namespace, bad, good), ((string)quarantined["service"]!, (string)quarantined["namespace"]!, (string)quarantined["revision"]!, (string)quarantined["stable"]!));

        // And the fleet is told: how many, who, and why
        var reported = await fleet.FleetAsync(Namespace, found => (int)found["refused"]! == 1, "the refusal is reported");
        var instance = reported["laggards"]!.AsArray().Single()!;
        Assert.Equal((good, true, "quarantined", bad), ((string)instance["revision"]!, (bool)instance["servingStable"]!, (string)instance["refusal"]!["code"]!, (string)instance["refusal"]!["revision"]!));
        Assert.Equal((1, 0), ((int)reported["connected"]!, (int)reported["current"]!));
        var fleetView = await fleet.HelioAsync(0, "fleet", Namespace);
        Assert.Contains("fell back to its last stable revision", fleetView, StringComparison.Ordinal);
        var explained = await fleet.HelioAsync(0, "explain", "cart-1", Namespace, "Shop:Marker");
        Assert.Contains($"{bad} is in quarantine", explained, StringComparison.Ordinal);
        Assert.Contains("good", explained, StringComparison.Ordinal);

        // And it outlives the agent, whose death ends no run
        await agent.SignalAsync("KILL");
        (agent, _) = await StartAgentAsync(fleet);
        await KillAsync(process);
        process = await RunAsync(fleet, socket, good, "stable");

        // Until something newer comes
        var repaired = await fleet.PutAsync(Namespace, "Shop:Marker", "repaired");
        await fleet.RunsAsync("cart-1", process, repaired, "live");
        await fleet.FleetAsync(Namespace, found => (int)found["current"]! == 1 && (int)found["refused"]! == 0, "all is well again");
        await KillAsync(process);
        await RunAsync(fleet, socket, repaired, "live");
        Assert.Empty((await fleet.ReplicaAsync("agent-1"))!["quarantined"]!.AsArray());
    }

    private static Task<(HelioProcess Process, string Address)> StartAgentAsync(RealFleet fleet) => fleet.StartAgentAsync("agent-1", "eu", [fleet.OriginAddress], "--single-parent", "--bake-time", "1s", "--subscribe", Namespace);

    /// <summary>Starts the service, which keeps nothing, and waits until it runs with a revision.</summary>
    private static async Task<HelioProcess> RunAsync(RealFleet fleet, string socket, string revision, string source)
    {
        var process = fleet.StartService("cart-1", "cart", "eu", [socket, $"unix://{fleet.PathOf("nobody.sock")}"], Namespace);
        await fleet.RunsAsync("cart-1", process, revision, source);
        return process;
    }

    private static async Task StopAsync(HelioProcess process)
    {
        await process.SignalAsync("TERM");
        var (code, _, errors) = await process.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.True(code == 0, errors);
    }

    private static async Task KillAsync(HelioProcess process)
    {
        await process.SignalAsync("KILL");
        await process.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}
