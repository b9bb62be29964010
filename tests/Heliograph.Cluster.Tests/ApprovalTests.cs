// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.Cluster.Tests;

/// <summary>A change is asked for at one origin and approved at another, also when the one that ordered changes is gone in between.</summary>
public sealed class ApprovalTests
{
    private const string Namespace = "shop.cart";

    [Fact]
    public async Task A_request_outlives_the_origin_that_took_it_and_is_approved_at_any_other()
    {
        await using var rig = await ClusterRig.StartAsync(members: 1);
        await rig.Origins[0].CreateAsync(Namespace);
        var sequencer = await rig.SequencerAsync();
        var (first, second) = (rig.Origins.First(origin => origin != sequencer), rig.Origins.Last(origin => origin != sequencer));
        var bob = (string)(await first.SendAsync(HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "bob" })).Body!["token"]!;
        Assert.Equal(200, (await first.PutAsync("heliograph.realm", "roles/bob", $$"""{"subject":"bob","role":"approver","namespaces":"{{Namespace}}"}""", "role")).Status);
        Assert.Equal(200, (await first.SendAsync(HttpMethod.Put, $"/api/v1/protection?scope={Namespace}", new JsonObject())).Status);
        Assert.Equal(409, (await second.PutAsync(Namespace, "key", "1", "direct")).Status); // whichever origin it comes to
        var (asked, request, _) = await first.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{Namespace}/change-requests", new JsonObject { ["operations"] = new JsonArray(new JsonObject { ["op"] = "put", ["key"] = "key", ["value"] = "1" }) });
        Assert.Equal(201, asked);

        await sequencer.KillAsync();
        second.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bob);
        JsonNode? approved = null;
        await ClusterRig.EventuallyAsync(async () =>
        {
            (var status, approved, _) = await second.SendAsync(HttpMethod.Post, $"/api/v1/change-requests/{request!["id"]}/approve", null, ("Idempotency-Key", "approve-1"));
            return status == 200; // until another origin orders changes
        }, "the request is approved");

        Assert.Equal("committed", (string)approved!["status"]!);
        var (read, setting, _) = await first.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Namespace}/setting?key=key", null, ("Heliograph-Consistency", "linearizable"));
        Assert.Equal((200, "1"), (read, (string?)setting!["value"]));
        var history = (await first.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Namespace}/history")).Body!["items"]!.AsArray();
        Assert.Equal(1, history.Count(item => ((string)item!["message"]!).Contains("approved by bob", StringComparison.Ordinal)));
    }
}
