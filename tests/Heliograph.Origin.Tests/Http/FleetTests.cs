// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Google.Protobuf;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Net;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

/// <summary>The fleet's endpoints, fed through the sync protocol by a peer that reports.</summary>
public sealed class FleetTests
{
    [Fact]
    public async Task Who_runs_what_is_shown_waited_for_and_explained()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        await origin.PutRoleAsync("local", "reader", "*");
        var old = await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop");
        var change = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "2", ["message"] = "raise" });
        await using var peer = await ConnectAsync(origin);
        var newest = (string)change["revision"]!;

        var wait = SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/fleet/wait?namespace=shop&revision={newest}&timeoutSeconds=20");
        await ReportAsync(peer, ("new", newest, (string)change["stateRoot"]!, null), ("late", (string)old["revision"]!, (string)old["stateRoot"]!, "Expired"));
        var reported = await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/fleet/wait?namespace=shop&revision={old["revision"]}&timeoutSeconds=20");
        Assert.True((bool)reported["reached"]!);
        var shop = (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/fleet?namespace=shop"))["namespaces"]![0]!;
        Assert.Equal((2, 1, 1), ((int)shop["connected"]!, (int)shop["current"]!, (int)shop["refused"]!));
        Assert.Equal("late", (string)Assert.Single(shop["laggards"]!.AsArray())!["id"]!);
        Assert.False(wait.IsCompleted);

        var late = await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/explain?instance=late&namespace=shop&key=a");
        Assert.Equal(("1", "2", "raise"), ((string)late["setting"]!["value"]!, (string)late["newest"]!["setting"]!["value"]!, (string)late["newest"]!["message"]!));
        Assert.Contains("Expired", (string)late["why"]!, StringComparison.Ordinal);

        await ReportAsync(peer, ("new", newest, (string)change["stateRoot"]!, null), ("late", newest, (string)change["stateRoot"]!, null));
        var reached = await wait;
        Assert.Equal((true, 2, 2), ((bool)reached["reached"]!, (int)reached["applied"]!, (int)reached["connected"]!));
        Assert.Equal(2, (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/fleet/instances?namespace=shop"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Where_nobody_is_connected_nothing_is_reached()
    {
        await using var origin = await RunningOrigin.StartAsync(sequencing: new SequencerOptions());
        await origin.SeedAsync("shop");
        var wait = await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/fleet/wait?namespace=shop&revision=1.1&timeoutSeconds=1");
        Assert.Equal((false, 0), ((bool)wait["reached"]!, (int)wait["connected"]!));
    }

    private static async Task<IConnection> ConnectAsync(RunningOrigin origin)
    {
        var dialer = new SocketDialer(new DialerOptions(), TimeProvider.System);
        var connection = await dialer.ConnectAsync(new(new Uri($"tcp://{origin.Host.Endpoints.Of(ListenProtocol.Sync).Address}")), Cancel);
        await connection.WriteAsync(Frame.Encode(FrameType.Hello, new Hello
        {
            ProtocolMin = ProtocolVersion.Min, ProtocolMax = ProtocolVersion.Max, Role = Role.Relay, LogId = ByteString.CopyFrom(origin.Host.Anchor.LogId.ToArray()),
            Instance = new() { Id = "relay-1" },
        }), Cancel);
        await connection.WriteAsync(Frame.Encode(FrameType.Subscribe, new Subscribe { Subscriptions = { new Subscription { Namespace = "shop" } } }), Cancel);
        return connection;
    }

    private static async Task ReportAsync(IConnection peer, params (string Id, string Revision, string StateRoot, string? Refusal)[] instances)
    {
        var report = new NamespaceStatus { Namespace = "shop" };
        foreach (var (id, revision, stateRoot, refusal) in instances)
        {
            Assert.True(Revision.TryParse(revision, out var at));
            var (position, root) = (new Position { Epoch = (uint)at.Epoch, Sequence = (ulong)at.Sequence }, ByteString.CopyFrom(Convert.FromHexString(stateRoot)));
            report.Cohorts.Add(new Cohort { Revision = position, StateRoot = root, Region = id, Count = 1, Refused = refusal is null ? 0u : 1u });
            report.Instances.Add(new InstanceStatus
            {
                Instance = new() { Id = id }, Revision = position, StateRoot = root,
                Refusal = refusal is null ? null : new() { Revision = position, Code = refusal, Detail = "The head expired." },
            });
        }
        await peer.WriteAsync(Frame.Encode(FrameType.Status, new Status { Namespaces = { report } }), Cancel);
    }
}
