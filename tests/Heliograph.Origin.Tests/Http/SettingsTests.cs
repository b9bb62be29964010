// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

public sealed class SettingsTests
{
    [Fact]
    public async Task A_setting_is_put_read_listed_changed_and_removed()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop");
        var put = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=Basket%3AMax&label=Development",
            new JsonObject { ["value"] = "50", ["contentType"] = "text/plain", ["tags"] = new JsonObject { ["team"] = "basket" }, ["message"] = "first" });
        Assert.Equal((1, "added", "admin"), ((int)put["changed"]!, (string)put["diff"]![0]!["kind"]!, (string)put["actor"]!));

        var read = await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=Basket:Max&label=Development");
        Assert.Equal(("50", "text/plain", "basket", false), ((string)read["value"]!, (string)read["contentType"]!, (string)read["tags"]!["team"]!, (bool)read["locked"]!));
        await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=Basket:Max", expected: HttpStatusCode.NotFound);

        var etag = $"\"{(string)read["etag"]!}\"";
        await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=Basket:Max&label=Development", new JsonObject { ["value"] = "60" }, HttpStatusCode.OK, ("If-Match", etag));
        var stale = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=Basket:Max&label=Development", new JsonObject { ["value"] = "70" }, HttpStatusCode.PreconditionFailed, ("If-Match", etag));
        Assert.Equal("Basket:Max", (string)stale["failed"]![0]!["key"]!);

        var removed = await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/shop/setting?key=Basket:Max&label=Development&message=gone", null, HttpStatusCode.OK, ("If-Match", "*"));
        Assert.Equal(("removed", "gone"), ((string)removed["diff"]![0]!["kind"]!, (string)removed["message"]!));
        Assert.Equal(0, (int)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop"))["settings"]!);
    }

    [Fact]
    public async Task Whoever_has_a_setting_is_not_sent_it_again_and_HEAD_sends_nobody_a_body()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        const string Path = "/api/v1/namespaces/shop/setting?key=a";
        var etag = $"\"{(string)(await SendAsync(origin.Admin, HttpMethod.Get, Path))["etag"]!}\"";

        foreach (var held in new[] { etag, $"W/{etag}", $"\"other\", {etag}", "*" })
            Assert.Empty(await SendAsync(origin.Admin, HttpMethod.Get, Path, null, HttpStatusCode.NotModified, ("If-None-Match", held)));
        Assert.Equal("1", (string)(await SendAsync(origin.Admin, HttpMethod.Get, Path, null, HttpStatusCode.OK, ("If-None-Match", "\"other\"")))["value"]!);

        using var request = new HttpRequestMessage(HttpMethod.Head, Path);
        using var head = await origin.Admin.SendAsync(request, Cancel);
        Assert.Equal((HttpStatusCode.OK, etag, ""), (head.StatusCode, head.Headers.ETag?.ToString(), await head.Content.ReadAsStringAsync(Cancel)));
        Assert.NotEmpty(head.Headers.GetValues("Heliograph-Revision"));
        using var missing = await origin.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/api/v1/namespaces/none"), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        using var stream = await origin.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/api/v1/namespaces/shop/watch"), Cancel);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, stream.StatusCode);
    }

    [Fact]
    public async Task A_deleted_namespace_is_read_as_it_was()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        var then = (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop"))["revision"]!;
        await SendAsync(origin.Admin, HttpMethod.Patch, "/api/v1/namespaces/shop", new JsonObject { ["archived"] = true });
        await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/shop", expected: HttpStatusCode.NoContent);

        Assert.Equal("1", (string)(await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/shop/setting?key=a&at={then}"))["value"]!);
        Assert.Single((await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/shop/settings?at={then}"))["items"]!.AsArray());
        foreach (var path in new[] { "settings", "settings?at=1.1", "setting?key=a", $"setting?key=none&at={then}" })
            await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/shop/{path}", expected: HttpStatusCode.NotFound);
        using var other = await origin.ClientForAsync("other", "reader", "elsewhere");
        await SendAsync(other, HttpMethod.Get, $"/api/v1/namespaces/shop/settings?at={then}", expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Lists_are_ordered_filtered_and_paged()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", [.. Enumerable.Range(0, 25).Select(i => ($"k{i:00}", $"{i}"))]);
        await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=k03&label=dev", new JsonObject { ["value"] = "x" });

        var keys = new List<string>();
        string? after = null;
        do
        {
            var page = await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/namespaces/shop/settings?limit=10{(after is null ? "" : $"&after={after}")}");
            keys.AddRange(page["items"]!.AsArray().Select(item => $"{item!["key"]}@{item["label"]}"));
            after = (string?)page["next"];
        }
        while (after is not null);

        Assert.Equal(26, keys.Count);
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
        Assert.Equal(25, (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/settings?label="))["items"]!.AsArray().Count);
        Assert.Single((await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/settings?label=dev"))["items"]!.AsArray());
        Assert.Equal(5, (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/settings?prefix=k2&limit=1000"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_changeset_is_whole_or_nothing_and_a_dry_run_says_exactly_what_it_would_do()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"), ("b", "2"));
        var change = JsonNode.Parse("""{"message":"m","operations":[{"op":"put","key":"a","value":"10","if":{"exists":true}},{"op":"delete","key":"b"},{"op":"put","key":"c","value":"3","if":{"exists":false}},{"op":"put","key":"same","value":""}]}""")!;
        var before = origin.Fingerprint();

        var dry = await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/changes?dryRun=true", change);
        Assert.Equal(before, origin.Fingerprint());
        var real = await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/changes", change);

        Assert.Equal(dry["diff"]!.ToJsonString(), real["diff"]!.ToJsonString());
        Assert.Equal((string)dry["stateRoot"]!, (string)real["stateRoot"]!);
        Assert.Equal(["changed", "removed", "added", "added"], real["diff"]!.AsArray().Select(item => (string)item!["kind"]!));

        var moved = new JsonObject { ["expectedRevision"] = "1.3", ["operations"] = change["operations"]!.DeepClone() };
        await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/changes", moved, HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task The_same_idempotency_key_has_one_effect_and_one_answer_also_after_a_restart()
    {
        var directory = Directory.CreateTempSubdirectory("helio-origin-").FullName;
        JsonObject first;
        await using (var origin = await RunningOrigin.StartAsync(directory))
        {
            await origin.SeedAsync("shop");
            first = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "1" }, HttpStatusCode.OK, ("Idempotency-Key", "one"), ("If-None-Match", "*"));
            await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "2" });
        }
        await using (var origin = await RunningOrigin.StartAsync(directory))
        {
            var again = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "1" }, HttpStatusCode.OK, ("Idempotency-Key", "one"), ("If-None-Match", "*"));
            Assert.True((bool)again["duplicate"]!);
            again["duplicate"] = false;
            Assert.Equal(first.ToJsonString(), again.ToJsonString());
            await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "3" }, HttpStatusCode.UnprocessableEntity, ("Idempotency-Key", "one"));
            Assert.Equal("2", (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=a"))["value"]!);
        }
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task What_changes_nothing_says_so()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        var before = origin.Fingerprint();

        var same = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "1" });

        Assert.Equal((0, before.Revision.ToString()), ((int)same["changed"]!, (string)same["revision"]!));
        Assert.Equal(before, origin.Fingerprint());
    }

    [Fact]
    public async Task A_locked_setting_is_refused_until_it_is_unlocked()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop");
        const string Path = "/api/v1/namespaces/shop/setting?key=a";
        await SendAsync(origin.Admin, HttpMethod.Put, Path, new JsonObject { ["value"] = "1", ["locked"] = true });
        var refused = await SendAsync(origin.Admin, HttpMethod.Put, Path, new JsonObject { ["value"] = "2" }, HttpStatusCode.Conflict);
        Assert.Equal(("/errors/locked", "a"), ((string)refused["type"]!, (string)refused["locked"]![0]!["key"]!));
        await SendAsync(origin.Admin, HttpMethod.Put, Path, new JsonObject { ["value"] = "1" });
        await SendAsync(origin.Admin, HttpMethod.Put, Path, new JsonObject { ["value"] = "2" });
    }
}
