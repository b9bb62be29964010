// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Heliograph.AppConfiguration.Http;
using static Heliograph.AppConfiguration.Tests.SignedClient;
using static Heliograph.AppConfiguration.Tests.Webhooks.RunningWebhooks;

namespace Heliograph.AppConfiguration.Tests.Webhooks;

/// <summary>Events of a store, as a receiver gets them.</summary>
public sealed class WebhookTests
{
    [Fact]
    public async Task Microsofts_own_reader_finds_in_an_event_what_the_push_refresh_of_its_provider_needs()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        await using var webhooks = Start(face, Hook(receiver));

        // When a key-value with label is written and deleted
        var put = await face.Client.PutAsync("app/colour ü", new JsonObject { ["value"] = "a value that stays here" }, "&label=a%2Fb");
        await face.Client.SendAsync("DELETE", $"/kv/app%2Fcolour%20%C3%BC?{Newest}&label=a%2Fb");
        var came = await receiver.WaitAsync(2);

        // Then each is an event that names it, and no value
        var modified = Assert.Single(EventGridEvent.ParseMany(BinaryData.FromString(came[0].Body)));
        Assert.Equal("Microsoft.AppConfiguration.KeyValueModified", modified.EventType);
        Assert.Equal(("2", $"/namespaces/{RunningFace.Store}"), (modified.DataVersion, modified.Topic));
        var data = JsonNode.Parse(modified.Data.ToString())!;
        Assert.Equal(["app/colour ü", "a/b", (string)put["etag"]!], new[] { "key", "label", "etag" }.Select(member => (string)data[member]!));
        // what TryCreatePushNotification asks for: an absolute address, under the endpoint that the provider was given, and a token in full
        Assert.True(Uri.TryCreate(modified.Subject, UriKind.Absolute, out var resource));
        Assert.Equal("https://config.example.com/kv/app%2Fcolour%20%C3%BC?label=a%2Fb", resource!.AbsoluteUri);
        Assert.Matches("^[^=;]+=[^;]+;sn=[0-9]+$", (string)data["syncToken"]!);
        Assert.Equal(face.Origin.Sequencer.Current.State.Revision.Sequence - 1, SyncToken.Parse((string)data["syncToken"]!).Sequence);
        var deleted = Assert.Single(EventGridEvent.ParseMany(BinaryData.FromString(came[1].Body)));
        Assert.Equal(("Microsoft.AppConfiguration.KeyValueDeleted", (string)put["etag"]!), (deleted.EventType, (string)JsonNode.Parse(deleted.Data.ToString())!["etag"]!));
        Assert.NotEqual(modified.Id, deleted.Id);
        Assert.DoesNotContain(came, one => one.Body.Contains("stays here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_token_of_an_event_gives_whoever_shows_it_what_the_event_was_about_also_at_an_agent()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        await using var agent = await face.StartAgentAsync(face.Sync);
        await using var edge = await face.StartEdgeAsync(agent, face.Client.Endpoint);
        await using var webhooks = Start(face, Hook(receiver));
        using var client = face.ClientOf(edge, face.ReadKey);
        while ((await client.SendAsync("GET", $"/kv?{Newest}")).Code != 200) await Task.Delay(50, RunningFace.Cancel); // until the agent knows its key

        for (var i = 1; i <= 5; i++)
        {
            await face.Client.PutAsync("sentinel", new JsonObject { ["value"] = $"{i}" });
            var came = await receiver.WaitAsync(i);
            var token = ((string)JsonNode.Parse(came[^1].Body)![0]!["data"]!["syncToken"]!).Split(';')[0];
            Assert.Equal($"{i}", (string)(await client.SendAsync("GET", $"/kv/sentinel?{Newest}", null, ("Sync-Token", token))).Ok()["value"]!);
        }
    }

    [Fact]
    public async Task Snapshots_have_events_of_their_own()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        await using var webhooks = Start(face, Hook(receiver, events: ["SnapshotCreated", "SnapshotModified"]));
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        var made = (await face.Client.SendAsync("PUT", $"/snapshots/s%201?{Newest}", new JsonObject { ["filters"] = new JsonArray(new JsonObject { ["key"] = "*" }) }, ("Content-Type", "application/vnd.microsoft.appconfig.snapshot+json"))).Ok();
        var archived = (await face.Client.SendAsync("PATCH", $"/snapshots/s%201?{Newest}", new JsonObject { ["status"] = "archived" }, ("Content-Type", "application/merge-patch+json"))).Ok();
        var events = (await receiver.WaitAsync(2)).Select(one => JsonNode.Parse(one.Body)![0]!).ToList();
        Assert.Equal(["Microsoft.AppConfiguration.SnapshotCreated", "Microsoft.AppConfiguration.SnapshotModified"], events.Select(one => (string)one["eventType"]!));
        Assert.Equal([(string)made["etag"]!, (string)archived["etag"]!], events.Select(one => (string)one["data"]!["etag"]!));
        Assert.All(events, one => Assert.Equal(("s 1", "https://config.example.com/snapshots/s%201"), ((string)one["data"]!["name"]!, (string)one["subject"]!)));
    }

    [Fact]
    public async Task CloudEvents_are_one_by_one_or_a_batch_and_asked_for_in_their_own_way()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        await using var webhooks = Start(face, Hook(receiver, schema: "cloudEvents"), Hook(receiver, name: "batches", schema: "cloudEvents", batchMax: 10));
        await face.ApplyAsync("a", "b");
        var came = await receiver.WaitAsync(3);
        Assert.Equal(2, receiver.All.Count(one => one.Method == "OPTIONS" && one.Headers["WebHook-Request-Origin"] == "config.example.com"));
        var (single, batch) = (came.Where(one => one.Headers["Content-Type"] == "application/cloudevents+json; charset=utf-8").ToList(), came.Where(one => one.Headers["Content-Type"] == "application/cloudevents-batch+json; charset=utf-8").ToList());
        var events = single.Select(one => CloudEvent.Parse(BinaryData.FromString(one.Body))!).ToList();
        Assert.Equal(["https://config.example.com/kv/a", "https://config.example.com/kv/b"], events.Select(one => one.Subject));
        Assert.All(events, one => Assert.Equal(("Microsoft.AppConfiguration.KeyValueModified", $"/namespaces/{RunningFace.Store}", "application/json"), (one.Type, one.Source, one.DataContentType)));
        Assert.Equal(events.Select(one => one.Id), CloudEvent.ParseMany(BinaryData.FromString(Assert.Single(batch).Body)).Select(one => one.Id));
    }

    [Fact]
    public async Task Every_request_is_signed_with_its_time_so_that_a_receiver_can_refuse_what_is_forged_or_old()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        await using var webhooks = Start(face, Hook(receiver));
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        await receiver.WaitAsync(1);
        Assert.Equal(2, receiver.All.Count);
        Assert.All(receiver.All, one =>
        {
            var signed = $"{one.Headers["webhook-id"]}.{one.Headers["webhook-timestamp"]}.{one.Body}";
            Assert.Equal($"v1,{Convert.ToBase64String(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes(signed)))}", one.Headers["webhook-signature"]);
            Assert.InRange(long.Parse(one.Headers["webhook-timestamp"], System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        });
    }

    [Fact]
    public void The_signature_is_that_of_the_published_example()
    {
        // Standard Webhooks, the example of its reference libraries: made there, not here.
        const string Key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Body = """{"test": 2432232314}""";
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Heliograph.AppConfiguration.Webhooks.WebhookSignature.Of(Convert.FromBase64String(Key), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Encoding.UTF8.GetBytes(Body)));
    }

    [Fact]
    public async Task A_changeset_is_sent_in_batches_in_its_order_and_only_what_is_asked_for()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        await using var webhooks = Start(face, Hook(receiver, keyPrefix: "app/", batchMax: 100));
        await face.ApplyAsync([.. Enumerable.Range(0, 250).Select(i => $"app/{i:000}"), "other"]);
        var came = (await receiver.WaitAsync(3)).Select(one => JsonNode.Parse(one.Body)!.AsArray()).ToList();
        Assert.Equal([100, 100, 50], came.Select(one => one.Count));
        Assert.Equal(Enumerable.Range(0, 250).Select(i => $"app/{i:000}"), came.SelectMany(one => one).Select(one => (string)one!["data"]!["key"]!));
        Assert.Equal(250, came.SelectMany(one => one).Select(one => (string)one!["id"]!).Distinct().Count());
    }
}
