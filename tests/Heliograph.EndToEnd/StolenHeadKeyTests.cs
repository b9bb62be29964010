// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>The drill of docs/runbooks/stolen-head-key.md with real processes: a thief has the head key and the log, and the fleet shakes it off without a restart.</summary>
public sealed class StolenHeadKeyTests
{
    private const string Namespace = "shop.cart";

    [Fact]
    public async Task A_stolen_head_key_is_left_out_of_a_running_fleet_and_its_thief_reaches_nobody()
    {
        // Given a realm whose root is kept offline, a fleet of it, and a thief with a copy of the origin
        await using var fleet = new RealFleet();
        await RealFleet.OfflineAsync(0, "trust", "init", "drill", "--out", fleet.PathOf("ceremony"));
        Directory.Move(fleet.PathOf("ceremony", "origin"), fleet.PathOf("origin"));
        await fleet.StartOriginAsync();
        var (_, relay) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--single-parent");
        await fleet.CreateAsync(Namespace);
        var (agent, _) = await StartAgentAsync(fleet, relay);
        await HoldsAsync(fleet, await fleet.PutAsync(Namespace, "price", "1"));
        await fleet.Origin.SignalAsync("TERM");
        await fleet.Origin.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Copy(fleet.PathOf("origin"), fleet.PathOf("thief"));
        await fleet.StartOriginAsync();

        // When the root is rotated while everything runs
        var stolen = (string)JsonNode.Parse(await RealFleet.OfflineAsync(0, "trust", "show", TrustOf(fleet), "-o", "json"))!["headKeys"]![0]!["id"]!;
        await RealFleet.OfflineAsync(0, "trust", "key", fleet.PathOf("new-head.pem"));
        await RealFleet.OfflineAsync(0, "trust", "rotate-head", "--trust", TrustOf(fleet), "--remove", stolen, "--add", fleet.PathOf("new-head.pem.pub"), "--out", Proposal(fleet));
        await SignAsync(fleet, "root-1");
        Assert.Contains("2 must sign", await AddAsync(fleet, expected: 4), StringComparison.Ordinal); // half signed: nothing changes
        var before = await fleet.PutAsync(Namespace, "price", "2");
        await HoldsAsync(fleet, before);
        await SignAsync(fleet, "root-3");
        await AddAsync(fleet, expected: 0);

        // Then changes go on arriving, signed with the new key, at processes that nobody touched
        await RealFleet.EventuallyAsync(async () => (await fleet.GetAsync("/api/v1/trust"))["roots"] is not null, () => "the origin hands out the new root");
        await HoldsAsync(fleet, await fleet.PutAsync(Namespace, "price", "3"));
        await RealFleet.EventuallyAsync(() => Task.FromResult(File.Exists(fleet.PathOf("agent-1", "trust.roots.copy")) && File.Exists(fleet.PathOf("relay-1", "trust.roots.copy"))), () => "relay and agent keep the root");

        // And an agent that the thief gets hold of keeps what it has, also when the thief is far ahead
        await agent.SignalAsync("TERM");
        await agent.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        var (thief, thiefApi) = await fleet.StartCopyAsync("thief");
        for (var i = 0; i < 10; i++) await StealAsync(fleet, thiefApi, $"{i} for free");
        (agent, _) = await StartAgentAsync(fleet, thief);
        var held = await fleet.HeldAsync("agent-1", Namespace);
        await RealFleet.EventuallyAsync(async () => (await fleet.ReplicaAsync("agent-1"))! is var now && ((string?)now["parent"])?.StartsWith(thief, StringComparison.Ordinal) == true && (double)now["secondsSinceFreshHead"]! > 3,
            () => "the agent listens to the thief, second after second, and none of its heads is a fresh one");
        Assert.Equal(held, await fleet.HeldAsync("agent-1", Namespace));

        // Until it finds its relay again; and the origin starts with the new key
        await agent.SignalAsync("TERM");
        await agent.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await StartAgentAsync(fleet, relay);
        await fleet.Origin.SignalAsync("KILL");
        await fleet.Origin.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await fleet.StartOriginAsync();
        await HoldsAsync(fleet, await fleet.PutAsync(Namespace, "price", "4"));
    }

    private static string TrustOf(RealFleet fleet) => fleet.PathOf("origin", "trust.json");

    private static string Proposal(RealFleet fleet) => fleet.PathOf("root-2.json");

    private static Task<string> SignAsync(RealFleet fleet, string key) => RealFleet.OfflineAsync(0, "trust", "sign", Proposal(fleet), "--key", fleet.PathOf("ceremony", "keys", key + ".pem"));

    private static Task<string> AddAsync(RealFleet fleet, int expected) => RealFleet.OfflineAsync(expected, "trust", "add", Proposal(fleet), "--trust", TrustOf(fleet), "--head-key", fleet.PathOf("new-head.pem"));

    private static Task<(HelioProcess Process, string Address)> StartAgentAsync(RealFleet fleet, string parent) => fleet.StartAgentAsync("agent-1", "eu", [parent], "--single-parent", "--subscribe", Namespace);

    private static Task HoldsAsync(RealFleet fleet, string revision) =>
        RealFleet.EventuallyAsync(async () => await fleet.HeldAsync("agent-1", Namespace) == revision, () => $"the agent holds {revision}");

    private static async Task StealAsync(RealFleet fleet, Uri api, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(api, $"/api/v1/namespaces/{Namespace}/setting?key=price")) { Content = JsonContent.Create(new { value }) };
        using var response = await fleet.Api.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(to, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
