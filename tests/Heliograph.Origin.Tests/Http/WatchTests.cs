// SPDX-License-Identifier: Apache-2.0
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

public sealed class WatchTests
{
    [Fact]
    public async Task A_watch_begins_with_a_snapshot_tells_changes_and_the_end()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        await using var watch = await WatchAsync(origin.Admin, "/api/v1/namespaces/shop/watch");

        var snapshot = await watch.NextAsync();
        Assert.Equal(("snapshot", "1"), (snapshot.Kind, (string)snapshot.Data["settings"]![0]!["value"]!));
        var done = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "2" });
        var change = await watch.NextAsync();
        Assert.Equal(("change", (string)done["revision"]!, (string)done["stateRoot"]!), (change.Kind, change.Id, (string)change.Data["stateRoot"]!));
        Assert.Equal(done["diff"]!.ToJsonString(), change.Data["changes"]!.ToJsonString());

        await SendAsync(origin.Admin, HttpMethod.Patch, "/api/v1/namespaces/shop", new JsonObject { ["archived"] = true });
        Assert.Empty((await watch.NextAsync()).Data["changes"]!.AsArray());
        await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/shop", expected: System.Net.HttpStatusCode.NoContent);
        Assert.Equal("deleted", (await watch.NextAsync()).Kind);
        await watch.EndAsync();
    }

    [Fact]
    public async Task A_watch_goes_on_where_it_broke_off_and_joins_what_came_meanwhile()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        var seen = (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop"))["revision"]!;
        for (var i = 2; i <= 4; i++) await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = $"{i}" });
        var newest = (string)(await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=b", new JsonObject { ["value"] = "x" }))["revision"]!;

        await using var watch = await WatchAsync(origin.Admin, "/api/v1/namespaces/shop/watch?after=1.1", ("Last-Event-ID", seen));

        var joined = await watch.NextAsync();
        Assert.Equal(("change", newest), (joined.Kind, joined.Id));
        Assert.Equal(["1>4", ">x"], joined.Data["changes"]!.AsArray().Select(item => $"{(string?)item!["before"]?["value"]}>{(string?)item["after"]?["value"]}"));
    }

    [Fact]
    public async Task A_revision_that_does_not_help_gets_a_snapshot_and_a_lost_role_ends_the_watch()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop");
        using var reader = await origin.ClientForAsync("reader-1", "reader", "shop");
        await using var watch = await WatchAsync(reader, "/api/v1/namespaces/shop/watch?after=1.1");
        Assert.Equal("snapshot", (await watch.NextAsync()).Kind);

        await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/heliograph.realm/setting?key=roles/reader-1");

        await watch.EndAsync();
    }

    [Fact]
    public async Task An_origin_that_stops_ends_its_watches()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop");
        await using var watch = await WatchAsync(origin.Admin, "/api/v1/namespaces/shop/watch");
        await watch.NextAsync();

        await origin.Host.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);

        await watch.EndAsync();
    }

    private static async Task<Watching> WatchAsync(HttpClient client, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new(response, SseParser.Create(await response.Content.ReadAsStreamAsync(Cancel)).EnumerateAsync(Cancel).GetAsyncEnumerator(Cancel));
    }

    private sealed class Watching(HttpResponseMessage response, IAsyncEnumerator<SseItem<string>> events) : IAsyncDisposable
    {
        public async Task<(string Kind, string? Id, JsonNode Data)> NextAsync()
        {
            Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel));
            return (events.Current.EventType, events.Current.EventId, JsonNode.Parse(events.Current.Data)!);
        }

        public async Task EndAsync() => Assert.False(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel));

        public async ValueTask DisposeAsync()
        {
            await events.DisposeAsync();
            response.Dispose();
        }
    }
}
