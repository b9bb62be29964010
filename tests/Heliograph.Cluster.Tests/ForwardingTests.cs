// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.Cluster.Tests;

/// <summary>Any origin takes any request, as if it were the only one.</summary>
public sealed class ForwardingTests
{
    private const string Namespace = "shop.cart";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_writes_at_any_origin_reads_it_there_and_linearizably_everywhere()
    {
        await using var rig = await ClusterRig.StartAsync(members: 1);
        await rig.Origins[2].CreateAsync(Namespace);
        for (var i = 0; i < 30; i++)
        {
            var at = rig.Origins[i % 3];
            var (status, body, _) = await at.PutAsync(Namespace, "a/b %", $"{i}", $"put-{i}");
            Assert.True(status is 200 or 201, body?.ToJsonString());
            Assert.Equal($"{i}", await ValueAsync(at)); // the same origin, at once
            foreach (var origin in rig.Origins)
            {
                Assert.Equal($"{i}", await ValueAsync(origin, ("Heliograph-Consistency", "linearizable")));
                Assert.Equal($"{i}", await ValueAsync(origin, ("Heliograph-Min-Revision", (string)body!["revision"]!)));
            }
        }
        Assert.Equal(400, (await rig.Origins[0].SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Namespace}/settings", null, ("Heliograph-Consistency", "eventual"))).Status);
    }

    [Fact]
    public async Task A_forwarded_change_is_judged_as_if_it_had_come_there_and_is_not_forwarded_twice()
    {
        await using var rig = await ClusterRig.StartAsync(members: 1);
        await rig.Origins[0].CreateAsync(Namespace);
        var sequencer = await rig.SequencerAsync();
        var follower = rig.Origins.First(origin => origin != sequencer);

        // The author's own token counts, at once and wherever it was made
        var (made, token, _) = await follower.SendAsync(HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "author-7" });
        Assert.Equal(201, made);
        Assert.Equal(200, (await follower.PutAsync("heliograph.realm", "roles/author-7", $$"""{"subject":"author-7","role":"author","namespaces":"{{Namespace}}"}""", "role")).Status);
        follower.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)token!["token"]!);
        Assert.True((await follower.PutAsync(Namespace, "key", "1", "by-author")).Status is 200 or 201);
        Assert.Equal(404, (await follower.PutAsync("heliograph.realm", "roles/author-8", "{}", "not-allowed")).Status); // what one may not read does not exist
        var history = (await sequencer.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Namespace}/history?limit=1")).Body!["items"]![0]!;
        Assert.Equal(("author-7", "by-author"), ((string)history["actor"]!, (string)history["requestId"]!));

        // Errors come back as they are
        follower.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "hlg_nobody");
        Assert.Equal(401, (await follower.PutAsync(Namespace, "key", "2", "no-one")).Status);
        follower.Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", rig.Token);
        Assert.Equal(422, (await follower.PutAsync(Namespace, "key", "other", "by-author")).Status);
        Assert.Equal(400, (await follower.SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{Namespace}/setting?key=k", new JsonObject { ["wrong"] = 1 })).Status);
        Assert.Equal(404, (await follower.PutAsync("shop.nowhere", "key", "1", "nowhere")).Status);

        // Repeated anywhere, it had one effect
        var (first, again) = (await sequencer.PutAsync(Namespace, "once", "1", "once"), await follower.PutAsync(Namespace, "once", "1", "once"));
        Assert.Equal((string)first.Body!["revision"]!, (string)again.Body!["revision"]!);

        // What was forwarded once goes no further; nobody but an origin's certificate may speak for others
        var (status, body, _) = await follower.SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{Namespace}/setting?key=loop", new JsonObject { ["value"] = "1" }, ("Heliograph-Forwarded-By", "o9"));
        Assert.Equal((503, "/errors/unavailable"), (status, (string)body!["type"]!));
        follower.Api.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, (await follower.SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{Namespace}/setting?key=k", new JsonObject { ["value"] = "1" }, ("Heliograph-On-Behalf-Of", "admin"))).Status);
    }

    [Fact]
    public async Task A_pin_made_at_any_origin_holds_at_all_of_them_and_outlives_the_one_that_ordered_it()
    {
        await using var rig = await ClusterRig.StartAsync(members: 1);
        await rig.Origins[0].CreateAsync(Namespace);
        var sequencer = await rig.SequencerAsync();
        var follower = rig.Origins.First(origin => origin != sequencer);
        var good = (string)(await sequencer.PutAsync(Namespace, "key", "good", "put-good")).Body!["revision"]!;
        await sequencer.PutAsync(Namespace, "key", "bad", "put-bad");

        var (status, pinned, _) = await follower.SendAsync(HttpMethod.Put, $"/api/v1/namespaces/{Namespace}/pin", new JsonObject { ["revision"] = good, ["message"] = "free goods" });
        Assert.True(status == 200, pinned?.ToJsonString());
        foreach (var origin in rig.Origins)
        {
            var (refused, problem, _) = await origin.PutAsync(Namespace, "key", "worse", $"worse-{origin.Id}");
            Assert.Equal((409, "/errors/pinned", good), (refused, (string)problem!["type"]!, (string)problem["pinnedAt"]!));
            var listed = (await origin.SendAsync(HttpMethod.Get, "/api/v1/pins", null, ("Heliograph-Min-Revision", (string)pinned!["revision"]!))).Body!["items"]!.AsArray().Single()!;
            Assert.Equal((Namespace, good, "free goods"), ((string)listed["namespace"]!, (string)listed["revision"]!, (string)listed["reason"]!));
        }

        await sequencer.KillAsync();
        var successor = await rig.SequencerAsync(butNot: sequencer);
        Assert.Equal(409, (await successor.PutAsync(Namespace, "key", "worse", "worse-again")).Status);
        Assert.Equal(200, (await successor.SendAsync(HttpMethod.Delete, $"/api/v1/namespaces/{Namespace}/pin?restore=true")).Status);
        Assert.Equal(200, (await successor.PutAsync(Namespace, "key", "mended", "put-mended")).Status);
    }

    [Fact]
    public async Task What_an_origin_of_a_cluster_needs_is_said_before_it_starts()
    {
        await using var rig = await ClusterRig.StartAsync(members: 1);
        var etcd = rig.Etcd[0].Address.GetLeftPart(UriPartial.Authority);
        string[] start = ["origin", "--data", rig.PathOf("other"), "--listen", "http://127.0.0.1:0"];

        Assert.Contains("--etcd and --advertise go together", await rig.HelioAsync(2, [.. start, "--etcd", etcd]), StringComparison.Ordinal);
        Assert.Contains("helio cluster init", await RefusedAsync([.. start, "--etcd", etcd, "--advertise", "http://127.0.0.1:1"]), StringComparison.Ordinal);
        Assert.Contains("cannot be advertised", await RefusedAsync([.. start, "--etcd", etcd, "--advertise", "http://example.com"]), StringComparison.Ordinal);
        Assert.Contains("exists already", await rig.HelioAsync(4, "cluster", "init", "--out", rig.PathOf()), StringComparison.Ordinal);
        Assert.Equal(3, System.Text.RegularExpressions.Regex.Count(await rig.HelioAsync(0, "trust", "show", rig.PathOf("origin-1", "trust.json")), "(?m)^head key "));
        await rig.Origins[0].StopAsync();
        var plain = rig.Origins[0].Arguments.Where(argument => argument != "--allow-unsupported-etcd").ToArray();
        Assert.Contains("3.5.33", await RefusedAsync(plain), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_origin_knows_the_whole_fleet_and_waits_for_it()
    {
        await using var rig = await ClusterRig.StartAsync(members: 1);
        await rig.Origins[0].CreateAsync(Namespace);
        await rig.Origins[0].PutAsync(Namespace, "a", "0", "first");
        await rig.Origins[0].PutAsync("heliograph.realm", "roles/this-machine", """{"subject":"local*","role":"reader","namespaces":"*"}""", "readers");
        for (var i = 0; i < 3; i++) rig.StartService($"service-{i}", await rig.StartRelayAsync($"relay-{i}", rig.Origins[i]), Namespace);

        await KnowAllAsync(rig, rig.Origins);
        var (_, written, _) = await rig.Origins[1].PutAsync(Namespace, "a", "1", "second");
        foreach (var origin in rig.Origins)
        {
            var (status, reached, _) = await origin.SendAsync(HttpMethod.Get, $"/api/v1/fleet/wait?namespace={Namespace}&revision={(string)written!["revision"]!}&timeoutSeconds=25");
            Assert.Equal((200, true, 3), (status, (bool)reached!["reached"]!, (int)reached["connected"]!));
            var (_, explained, _) = await origin.SendAsync(HttpMethod.Get, $"/api/v1/explain?instance=service-2&namespace={Namespace}&key=a");
            Assert.Equal("relay-2/o3", string.Join('/', ((string)explained!["instance"]!["path"]!).Split('/').Reverse()));
        }

        // Another orders changes: whoever is connected is still known everywhere
        var sequencer = await rig.SequencerAsync();
        await sequencer.StopAsync();
        await rig.SequencerAsync(butNot: sequencer);
        await sequencer.StartAsync();
        await KnowAllAsync(rig, rig.Origins);

        // Nobody but an origin is heard; and only by the one that orders changes
        using var report = new ByteArrayContent([]);
        Assert.Equal(401, (int)(await rig.Origins[0].Api.PostAsync(new Uri("/api/v1/cluster/fleet", UriKind.Relative), report, Cancel)).StatusCode);
        report.Headers.Add("Heliograph-Node", "o9");
        foreach (var origin in rig.Origins)
            Assert.Equal(await origin.IsSequencerAsync() ? 200 : 503, (int)(await origin.Api.PostAsync(new Uri("/api/v1/cluster/fleet", UriKind.Relative), report, Cancel)).StatusCode);
    }

    private static async Task KnowAllAsync(ClusterRig rig, IReadOnlyList<ClusterOrigin> origins)
    {
        foreach (var origin in origins)
        {
            var told = "";
            await ClusterRig.EventuallyAsync(
                async () =>
                {
                    var (status, fleet, _) = await origin.SendAsync(HttpMethod.Get, $"/api/v1/fleet?namespace={Namespace}");
                    told = $"{status} {fleet?.ToJsonString()}";
                    return status == 200 && fleet!["namespaces"]!.AsArray() is [{ } one] && (int)one["connected"]! == rig.Origins.Count && (int)one["current"]! == rig.Origins.Count;
                },
                () => $"{origin.Id} counts an instance below each origin: {told}");
        }
    }

    private static async Task<string> RefusedAsync(string[] arguments)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", arguments);
        var (code, output, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.NotEqual(0, code);
        return output + errors;
    }

    private static async Task<string?> ValueAsync(ClusterOrigin origin, params (string, string)[] headers)
    {
        var (status, body, _) = await origin.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Namespace}/setting?key={Uri.EscapeDataString("a/b %")}", null, headers);
        return status == 200 ? (string?)body!["value"] : $"{status}";
    }
}
