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

    [Fact]
    public async Task Each_reason_why_an_instance_does_not_run_the_newest_is_told()
    {
        // Given a namespace at three revisions, of which the last leaves one setting as it was
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"), ("b", "1"));
        await origin.PutRoleAsync("local", "reader", "*");
        var old = await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop");
        var newest = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "2" });
        var peer = await ConnectAsync(origin);
        InstanceStatus Of(string id, JsonObject at, Action<InstanceStatus>? alter = null) => Instance(id, (string)at["revision"]!, (string)at["stateRoot"]!, alter);
        await ReportAsync(peer,
            Of("current", newest), Of("cut-off", newest, it => it.Stale = true), Of("laggard", old), Of("stale", old, it => it.Stale = true),
            Of("refusing", old, it => it.Refusal = new() { Revision = Instance("", (string)newest["revision"]!, "").Revision, Code = "not_persisted", Detail = "The disk is full." }),
            Of("fallen", old, it => (it.ServingStable, it.Refusal) = (true, new() { Revision = Instance("", (string)newest["revision"]!, "").Revision, Code = "quarantined", Detail = "It ended twice." })));
        await ThereAsync(origin, 6);

        // Then each is explained
        foreach (var (id, key, reason, part) in new[]
        {
            ("current", "a", "current", "newest"), ("cut-off", "a", "stale", "lost contact"), ("laggard", "a", "laggard", $"{newest["revision"]}"), ("laggard", "b", "same", "the same in both"),
            ("stale", "a", "stale", "lost contact"), ("refusing", "a", "refused", "The disk is full."), ("fallen", "a", "quarantined", $"{newest["revision"]} is in quarantine"),
        })
        {
            var it = await ExplainAsync(origin, id, key);
            Assert.Equal((reason, true), ((string)it["reason"]!, (bool)it["connected"]!));
            Assert.Contains(part, (string)it["why"]!, StringComparison.Ordinal);
        }

        // And of one that is gone, what is remembered
        await Task.Delay(TimeSpan.FromSeconds(1.2), Cancel); // the origin looks once a second; it must have seen them
        await peer.DisposeAsync();
        JsonObject gone;
        do
        {
            await Task.Delay(100, Cancel); // it is asked, it does not tell
            gone = await ExplainAsync(origin, "laggard", "a");
        }
        while ((bool)gone["connected"]!);
        Assert.Equal("disconnected", (string)gone["reason"]!);
        Assert.Contains((string)old["revision"]!, (string)gone["why"]!, StringComparison.Ordinal);
        Assert.Equal("1", (string)gone["setting"]!["value"]!);
        Assert.NotNull(gone["lastSeenAt"]);
        await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/explain?instance=never-seen&namespace=shop&key=a", expected: System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Of_an_archived_namespace_there_will_be_nothing_newer()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        await origin.PutRoleAsync("local", "reader", "*");
        var before = await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop");
        var archived = await SendAsync(origin.Admin, HttpMethod.Patch, "/api/v1/namespaces/shop", new JsonObject { ["archived"] = true });
        await using var peer = await ConnectAsync(origin);

        await ReportAsync(peer, Instance("level", (string)archived["revision"]!, (string)archived["stateRoot"]!), Instance("behind", (string)before["revision"]!, (string)before["stateRoot"]!));
        await ThereAsync(origin, 2);

        Assert.Equal("archived", (string)(await ExplainAsync(origin, "level", "a"))["reason"]!);
        Assert.Equal("same", (string)(await ExplainAsync(origin, "behind", "a"))["reason"]!);
    }

    [Fact]
    public async Task The_layer_that_a_value_comes_from_is_named_and_the_one_above_it()
    {
        // Given two namespaces, and an instance that takes three layers of them
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("Max", "1"), ("Min", "1"));
        await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=Max&label=dev", new JsonObject { ["value"] = "2" });
        await origin.SeedAsync("cart", ("Cart:Min", "3"));
        await origin.PutRoleAsync("local", "reader", "*");
        await using var peer = await ConnectAsync(origin, "shop", "cart");
        foreach (var name in new[] { "shop", "cart" })
        {
            var at = await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/{name}");
            await ReportAsync(peer, name, Instance("app", (string)at["revision"]!, (string)at["stateRoot"]!, it => it.Instance.Layers.AddRange(
                [new Layer { Namespace = "shop" }, new Layer { Namespace = "shop", Label = "dev" }, new Layer { Namespace = "cart", KeyPrefix = "Cart", TrimPrefix = true }])));
        }
        await ThereAsync(origin, 2);

        // Then the topmost layer of the namespace with that key is the one, with its label
        var max = await ExplainAsync(origin, "app", "Max");
        Assert.Equal((2, 3, "dev", "2"), ((int)max["layer"]!["number"]!, (int)max["layer"]!["of"]!, (string)max["label"]!, (string)max["setting"]!["value"]!));
        Assert.Null(max["overriddenBy"]);

        // And a layer of another namespace above it is named
        var min = await ExplainAsync(origin, "app", "Min");
        Assert.Equal((1, null), ((int)min["layer"]!["number"]!, (string?)min["label"]));
        Assert.Equal((3, "cart", "Cart:Min"), ((int)min["overriddenBy"]!["number"]!, (string)min["overriddenBy"]!["namespace"]!, (string)min["overriddenBy"]!["key"]!));

        // But not to whoever may not read that one
        using var reader = await origin.ClientForAsync("shop-only", "reader", "shop");
        Assert.Null((await SendAsync(reader, HttpMethod.Get, "/api/v1/explain?instance=app&namespace=shop&key=Min"))["overriddenBy"]);
    }

    private static Task<JsonObject> ExplainAsync(RunningOrigin origin, string id, string key) => SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/explain?instance={id}&namespace=shop&key={key}");

    /// <summary>Waits until so many instances are known.</summary>
    private static async Task ThereAsync(RunningOrigin origin, int count)
    {
        for (var i = 0; i < 300; i++, await Task.Delay(100, Cancel)) // it is asked, it does not tell
            if ((await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/fleet/instances"))["items"]!.AsArray().Count == count) return;
        throw new TimeoutException($"{count} instances never came.");
    }

    private static InstanceStatus Instance(string id, string revision, string stateRoot, Action<InstanceStatus>? alter = null)
    {
        Assert.True(Revision.TryParse(revision, out var at));
        var status = new InstanceStatus { Instance = new() { Id = id }, Revision = new() { Epoch = (uint)at.Epoch, Sequence = (ulong)at.Sequence }, StateRoot = ByteString.CopyFrom(Convert.FromHexString(stateRoot)) };
        alter?.Invoke(status);
        return status;
    }

    private static Task ReportAsync(IConnection peer, params InstanceStatus[] instances) => ReportAsync(peer, "shop", instances);

    private static async Task ReportAsync(IConnection peer, string name, params InstanceStatus[] instances)
    {
        var report = new NamespaceStatus { Namespace = name, Instances = { instances } };
        report.Cohorts.AddRange(instances.Select(it => new Cohort { Revision = it.Revision, StateRoot = it.StateRoot, Count = 1, Stale = it.Stale ? 1u : 0u, Refused = it.Refusal is null ? 0u : 1u }));
        await peer.WriteAsync(Frame.Encode(FrameType.Status, new Status { Namespaces = { report } }), Cancel);
    }

    private static async Task<IConnection> ConnectAsync(RunningOrigin origin, params string[] namespaces)
    {
        var dialer = new SocketDialer(new DialerOptions(), TimeProvider.System);
        var connection = await dialer.ConnectAsync(new(new Uri($"tcp://{origin.Host.Endpoints.Of(ListenProtocol.Sync).Address}")), Cancel);
        await connection.WriteAsync(Frame.Encode(FrameType.Hello, new Hello
        {
            ProtocolMin = ProtocolVersion.Min, ProtocolMax = ProtocolVersion.Max, Role = Role.Relay, LogId = ByteString.CopyFrom(origin.Host.Anchor.LogId.ToArray()),
            Instance = new() { Id = "relay-1" },
        }), Cancel);
        var subscribe = new Subscribe();
        subscribe.Subscriptions.AddRange(namespaces.DefaultIfEmpty("shop").Select(name => new Subscription { Namespace = name }));
        await connection.WriteAsync(Frame.Encode(FrameType.Subscribe, subscribe), Cancel);
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
