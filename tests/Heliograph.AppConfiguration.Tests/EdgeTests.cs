// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Hosting.Listening;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>The face at an agent: the same answers from a verified copy, also with everything above it gone.</summary>
public sealed class EdgeTests
{
    [Fact]
    public async Task An_agent_behind_a_relay_answers_as_the_origin_does_and_lets_nobody_write()
    {
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1", ["description"] = "d" });
        await using var relay = await face.StartRelayAsync();
        await using var agent = await face.StartAgentAsync(RunningFace.AddressOf(relay));
        await using var edge = await face.StartEdgeAsync(agent, face.Client.Endpoint);
        var reader = face.ClientOf(edge, face.ReadKey);
        await UntilKnownAsync(reader);

        // The same bodies, the same etags
        var (here, there) = (await reader.SendAsync("GET", $"/kv?{Newest}"), await face.Client.SendAsync("GET", $"/kv?{Newest}"));
        Assert.Equal((there.Body, there.Header("ETag")), (here.Body, here.Header("ETag")));
        Assert.NotNull(here.Header("x-ms-date"));

        // Read your writes, through the Sync-Token
        for (var i = 0; i < 20; i++)
        {
            var written = await face.Client.SendAsync("PUT", $"/kv/counter?{Newest}", new JsonObject { ["value"] = $"{i}" });
            var read = await reader.SendAsync("GET", $"/kv/counter?{Newest}", null, ("Sync-Token", written.Header("Sync-Token")!.Split(';')[0]));
            Assert.Equal($"{i}", (string)read.Ok()["value"]!);
        }

        // No writing here, and a key that may write is not even known
        var refused = await reader.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "2" });
        Assert.Equal(403, refused.Code);
        Assert.Contains(face.Client.Endpoint.Authority, refused.Body, StringComparison.Ordinal);
        Assert.Equal(401, (await face.ClientOf(edge, face.WriteKey).SendAsync("GET", $"/kv?{Newest}")).Code);

        // History and the content of snapshots come from the origin
        Assert.Equal(201, (await face.Client.SendAsync("PUT", $"/snapshots/s?{Newest}", new JsonObject { ["filters"] = new JsonArray(new JsonObject { ["key"] = "*" }) })).Code);
        var revisions = await reader.SendAsync("GET", $"/revisions?key=counter&{Newest}");
        Assert.Equal(20, revisions.Ok()["items"]!.AsArray().Count);
        var past = await reader.SendAsync("GET", $"/kv?key=a&{Newest}", null, ("Accept-Datetime", DateTimeOffset.UtcNow.ToString("r")));
        Assert.Single(past.Ok()["items"]!.AsArray());
        await UntilAsync(async () => (await reader.SendAsync("GET", $"/snapshots/s?{Newest}")).Code == 200);
        Assert.Equal(2, (await reader.GetAsync($"/kv?snapshot=s&{Newest}"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task With_everything_above_it_gone_an_agent_serves_also_after_a_restart_and_says_503_to_history()
    {
        Uri parent;
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        parent = face.Sync;
        await using (var first = await face.StartAgentAsync(parent))
        await using (var edge = await face.StartEdgeAsync(first, face.Client.Endpoint))
            await UntilKnownAsync(face.ClientOf(edge, face.ReadKey));

        // When the origin is gone and the agent starts anew
        await face.Face.DisposeAsync();
        await face.Origin.DisposeAsync();
        await using var agent = await face.StartAgentAsync(parent);
        await using var alone = await face.StartEdgeAsync(agent, face.Client.Endpoint);
        var reader = face.ClientOf(alone, face.ReadKey);

        // Then clients are known, and served what was held
        Assert.Equal("1", (string)(await reader.GetAsync($"/kv/a?{Newest}"))["value"]!);
        var page = await reader.SendAsync("GET", $"/kv?{Newest}");
        Assert.Equal(304, (await reader.SendAsync("GET", $"/kv?{Newest}", null, ("If-None-Match", page.Header("ETag")))).Code);
        var history = await reader.SendAsync("GET", $"/revisions?{Newest}");
        Assert.Equal(503, history.Code);
        Assert.NotNull(history.Header("Retry-After"));
        Assert.NotNull(history.Header("retry-after-ms"));
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_the_agent_as_soon_as_the_change_arrives()
    {
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        await using var agent = await face.StartAgentAsync(face.Sync);
        await using var edge = await face.StartEdgeAsync(agent);
        var reader = face.ClientOf(edge, face.ReadKey);
        await UntilKnownAsync(reader);
        await face.Origin.AccessKeys.RevokeAsync(face.ReadKey.Id, "test", RunningFace.Id(), RunningFace.Cancel);
        await UntilAsync(async () => (await reader.SendAsync("GET", $"/kv?{Newest}")).Code == 401);
    }

    [Fact]
    public async Task A_rotated_key_is_known_at_the_agent_without_another_word_and_the_one_before_ends_there_too()
    {
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        await using var agent = await face.StartAgentAsync(face.Sync);
        await using var edge = await face.StartEdgeAsync(agent);
        var reader = face.ClientOf(edge, face.ReadKey);
        await UntilKnownAsync(reader);
        var (rotated, _) = await face.Origin.AccessKeys.RotateAsync(face.ReadKey.Id, endBoth: true, "test", RunningFace.Id(), RunningFace.Cancel);
        await UntilKnownAsync(face.ClientOf(edge, rotated!));
        Assert.Equal(401, (await reader.SendAsync("GET", $"/kv?{Newest}")).Code);
    }

    [Fact]
    public async Task An_agent_that_follows_over_loopback_without_a_certificate_may_read_and_is_given_no_reader_key()
    {
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        await using var agent = await face.StartAgentAsync(face.Loopback);
        await using var edge = await face.StartEdgeAsync(agent, face.Client.Endpoint);
        using var want = agent.Follower.Want(RunningFace.Store);
        await UntilAsync(() => Task.FromResult(agent.Follower.Find(RunningFace.Store) is not null));

        Assert.Equal(401, (await face.ClientOf(edge, face.ReadKey).SendAsync("GET", $"/kv?{Newest}")).Code);
        Assert.False(File.Exists(Path.Combine(face.Directory, "agent", "reader-keys")));
    }

    [Fact]
    public async Task Where_so_configured_an_agent_sends_writes_on_to_the_origin_and_answers_reads_itself()
    {
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        await using var agent = await face.StartAgentAsync(face.Sync);
        await using var edge = await face.StartEdgeAsync(agent, face.Client.Endpoint, forwardsWrites: true);
        var (writer, reader) = (face.ClientOf(edge, face.WriteKey), face.ClientOf(edge, face.ReadKey));
        await UntilKnownAsync(reader);
        await UntilAsync(() => Task.FromResult(agent.AccessKeys.Find(face.ReadKey.Id) is not null)); // until then the origin judges, and would have answered

        // A client with a writing key works here as at the origin, conditions included; what it wrote is read here at once with its token
        var put = await writer.SendAsync("PUT", $"/kv/a%2Fb?{Newest}&label=x", new JsonObject { ["value"] = "2" });
        Assert.Equal("2", (string)put.Ok()["value"]!);
        Assert.Equal(412, (await writer.SendAsync("PUT", $"/kv/a%2Fb?{Newest}&label=x", new JsonObject { ["value"] = "3" }, ("If-None-Match", "*"))).Code);
        Assert.Equal("2", (string)(await reader.SendAsync("GET", $"/kv/a%2Fb?{Newest}&label=x", null, ("Sync-Token", put.Header("Sync-Token")!.Split(';')[0]))).Ok()["value"]!);
        Assert.Equal(2, (await writer.SendAsync("GET", $"/kv?{Newest}")).Ok()["items"]!.AsArray().Count);
        Assert.True((bool)(await writer.SendAsync("PUT", $"/locks/a?{Newest}")).Ok()["locked"]!);

        // The origin judges: a read-only key, and a forged secret, write nothing
        Assert.Equal(403, (await reader.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "4" })).Code);
        Assert.Equal(401, (await face.ClientOf(edge, face.WriteKey, new byte[32]).SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "4" })).Code);

        // With the origin away, reading goes on, and a write says when to come again
        await face.Face.DisposeAsync();
        Assert.Equal(503, (await writer.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "4" })).Code);
        Assert.Equal(200, (await reader.SendAsync("GET", $"/kv?{Newest}")).Code);
    }

    private static Task UntilKnownAsync(SignedClient reader) => UntilAsync(async () => (await reader.SendAsync("GET", $"/kv?{Newest}")).Code == 200);

    /// <summary>Asks again until it is so; the test's own deadline bounds it.</summary>
    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(RunningFace.Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await isSo()) await Task.Delay(50, limit.Token);
    }
}
