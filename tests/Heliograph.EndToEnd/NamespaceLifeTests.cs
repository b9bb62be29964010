// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Namespaces come and go: archived, deleted and made anew, through relay, agent and service.</summary>
public sealed class NamespaceLifeTests
{
    private const string Preview = "shop.preview";

    [Fact]
    public async Task A_namespace_is_archived_deleted_and_made_anew_and_no_service_ever_goes_back()
    {
        // Given a service below agent, relay and origin
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.HelioAsync(0, "ns", "create", Preview);
        var first = await fleet.PutAsync(Preview, "Shop:Marker", "1");
        var (relay, relayAddress) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--single-parent");
        var (agent, socket) = await StartAgentAsync(fleet, relayAddress);
        var service = fleet.StartService("old-1", "preview", "eu", [socket, relayAddress], Preview);
        await fleet.RunsAsync("old-1", service, first);

        // When it is archived, then it refuses changes and is served to new processes as before
        await fleet.HelioAsync(0, "ns", "archive", Preview);
        var archived = await RevisionAsync(fleet);
        await fleet.HelioAsync(4, "set", Preview, "Shop:Marker", "too late");
        await fleet.HelioAsync(4, "delete", Preview, "Shop:Marker");
        await fleet.HelioAsync(4, "rollback", Preview, first);
        var late = fleet.StartService("late-1", "preview", "eu", [socket, relayAddress], Preview);
        Assert.Equal("1", (string)(await fleet.RunsAsync("late-1", late, archived))["marker"]!);
        Assert.Equal(archived, await RevisionAsync(fleet));

        // When it is deleted, then every tier lets go of it, and whoever runs with it runs on
        await fleet.HelioAsync(0, "ns", "delete", Preview);
        await fleet.HelioAsync(3, "ns", "show", Preview);
        await RealFleet.EventuallyAsync(async () => await fleet.HeldAsync("relay-1", Preview) is null && await fleet.HeldAsync("agent-1", Preview) is null, () => "relay and agent let go");
        Assert.True(service.IsRunning && late.IsRunning);

        // And a new process is told that it is not there, even by an agent that starts with nobody above it
        await fleet.Origin.SignalAsync("KILL");
        await relay.SignalAsync("KILL");
        await agent.SignalAsync("KILL");
        (agent, _) = await StartAgentAsync(fleet, relayAddress);
        Assert.Null(await fleet.HeldAsync("agent-1", Preview));
        var refused = fleet.StartService("new-1", "preview", "eu", [socket, relayAddress], Preview, "--wait", "3");
        var (code, _, errors) = await refused.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(1, code);
        Assert.Contains($"No parent has sent '{Preview}'", errors, StringComparison.Ordinal);

        // When a namespace of that name is made anew, then it is newer than all that was, and comes to old and new processes
        await fleet.StartOriginAsync();
        await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--single-parent");
        await fleet.HelioAsync(0, "ns", "create", Preview);
        var again = await fleet.PutAsync(Preview, "Shop:Name", "anew");
        Assert.True(SequenceOf(again) > SequenceOf(archived));
        var fresh = fleet.StartService("fresh-1", "preview", "eu", [socket, relayAddress], Preview, "--wait", "30");
        var line = await fleet.RunsAsync("fresh-1", fresh, again);
        Assert.Null(line["marker"]); // nothing of the one before
        var seen = await fleet.RunsAsync("old-1", service, again);
        Assert.Equal((string)line["stateRoot"]!, (string)seen["stateRoot"]!);
        foreach (var name in new[] { "old-1", "late-1", "fresh-1" })
        {
            var sequences = fleet.Journal(name).Select(entry => SequenceOf((string)entry["revision"]!)).ToList();
            Assert.Equal(sequences.Order(), sequences);
        }

        // And the old process had said what happened
        await service.SignalAsync("TERM");
        Assert.Contains("deleted", (await service.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).Output, StringComparison.Ordinal);
    }

    private static Task<(HelioProcess Process, string Address)> StartAgentAsync(RealFleet fleet, string relay) => fleet.StartAgentAsync("agent-1", "eu", [relay, fleet.OriginAddress]);

    private static async Task<string> RevisionAsync(RealFleet fleet) => (string)(await fleet.GetAsync($"/api/v1/namespaces/{Preview}"))["revision"]!;

    private static long SequenceOf(string revision) => long.Parse(revision.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture);
}
