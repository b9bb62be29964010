// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Lists over HTTP: filters, pages, entity tags, time travel, revisions.</summary>
public sealed class ListTests
{
    private static async Task FillAsync(RunningFace face, int count)
    {
        var operations = Enumerable.Range(0, count).Select(i => new SettingOperation.Put(Setting.Of($"p/{i:0000}", "v")));
        Assert.IsType<SubmitResult.Committed>(await face.Origin.Sequencer.SubmitAsync(new Submission.Change(new Changeset(RunningFace.Store, [.. operations]), "test", RunningFace.Id()), RunningFace.Cancel));
    }

    [Fact]
    public async Task A_thousand_settings_come_in_pages_whose_links_are_complete_and_whose_etags_answer_304_with_the_link()
    {
        await using var face = await RunningFace.StartAsync();
        await FillAsync(face, 1_000);
        var (target, seen) = ($"/kv?key=p%2F*&{Newest}", 0);
        while (target is not null)
        {
            var page = await face.Client.SendAsync("GET", target);
            var body = page.Ok();
            seen += body["items"]!.AsArray().Count;
            var next = (string?)body["@nextLink"];
            Assert.Equal(next is null ? null : $"<{next}>; rel=\"next\"", page.Header("Link"));
            Assert.Equal($"\"{body["etag"]}\"", page.Header("ETag"));
            var again = await face.Client.SendAsync("GET", target, null, ("If-None-Match", page.Header("ETag")));
            Assert.Equal((304, "", page.Header("Link"), page.Header("ETag")), (again.Code, again.Body, again.Header("Link"), again.Header("ETag")));
            Assert.NotNull(again.Header("Sync-Token"));
            var head = await face.Client.SendAsync("HEAD", target);
            Assert.Equal((200, "", page.Header("ETag"), page.Header("Content-Length")), (head.Code, head.Body, head.Header("ETag"), head.Header("Content-Length")));
            if (next is not null) Assert.StartsWith("/kv?api-version=", next, StringComparison.Ordinal);
            target = next;
        }
        Assert.Equal(1_000, seen);
    }

    [Fact]
    public async Task A_page_etag_changes_when_its_content_changes_or_a_page_comes_behind_it_and_else_stays()
    {
        await using var face = await RunningFace.StartAsync();
        await FillAsync(face, 100);
        async Task<string> ETagAsync() => (await face.Client.SendAsync("GET", $"/kv?key=p%2F*&{Newest}")).Header("ETag")!;
        var whole = await ETagAsync();
        await face.Client.PutAsync("q/other", new JsonObject { ["value"] = "1" });
        Assert.Equal(whole, await ETagAsync());
        await face.Client.PutAsync("p/9999", new JsonObject { ["value"] = "1" });
        var followed = await ETagAsync();
        Assert.NotEqual(whole, followed);
        await face.Client.PutAsync("p/0050", new JsonObject { ["value"] = "changed" });
        Assert.NotEqual(followed, await ETagAsync());
        var empty = await face.Client.SendAsync("GET", $"/kv?key=none&{Newest}");
        Assert.Equal((200, 0), (empty.Code, empty.Json()["items"]!.AsArray().Count));
        Assert.NotNull(empty.Header("ETag"));
    }

    [Fact]
    public async Task Filters_labels_tags_and_select_work_together_and_old_versions_see_less()
    {
        await using var face = await RunningFace.StartAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1", ["tags"] = new JsonObject { ["t"] = "x" } });
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "2" }, "&label=prod");
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "3" }, "&label=a%2Cb");
        await face.Client.PutAsync("B", new JsonObject { ["value"] = "4" });
        Assert.Equal(["4", "1", "3", "2"], (await face.Client.ListAsync("")).Select(item => (string)item["value"]!));
        Assert.Equal(["1"], (await face.Client.ListAsync("&key=a&label=%00")).Select(item => (string)item["value"]!));
        Assert.Equal(["1", "2"], (await face.Client.ListAsync("&key=a&label=%00,prod")).Select(item => (string)item["value"]!));
        Assert.Equal(["3"], (await face.Client.ListAsync("&label=a%5C%2Cb")).Select(item => (string)item["value"]!));
        Assert.Equal(["1"], (await face.Client.ListAsync("&tags=t%3Dx")).Select(item => (string)item["value"]!));
        var selected = (await face.Client.ListAsync("&key=B&%24Select=key,value"))[0];
        Assert.Equal(["key", "value"], selected.Select(member => member.Key));
        var old = await face.Client.SendAsync("GET", "/kv?api-version=1.0");
        Assert.Null(old.Header("ETag"));
        Assert.False(old.Json().ContainsKey("etag"));
        Assert.False(old.Json()["items"]![0]!.AsObject().ContainsKey("description"));
        Assert.Equal([null, "a,b", "prod"], (await face.Client.GetAsync($"/labels?{Newest}"))["items"]!.AsArray().Select(item => (string?)item!["name"]));
        Assert.Equal(["B", "a"], (await face.Client.GetAsync($"/keys?{Newest}"))["items"]!.AsArray().Select(item => (string?)item!["name"]));
    }

    [Fact]
    public async Task Time_travel_goes_to_the_second_that_was_printed_inclusive()
    {
        await using var face = await RunningFace.StartAsync();
        var first = await face.Client.PutAsync("k", new JsonObject { ["value"] = "one" });
        var printed = (string)first["last_modified"]!;
        JsonObject second;
        do { second = await face.Client.PutAsync("k", new JsonObject { ["value"] = RunningFace.Id() }); } while ((string)second["last_modified"]! == printed);
        var before = DateTimeOffset.Parse(printed, System.Globalization.CultureInfo.InvariantCulture);
        var then = await face.Client.SendAsync("GET", $"/kv/k?{Newest}", null, ("Accept-Datetime", before.AddSeconds(-1).ToString("r")));
        Assert.Equal(404, then.Code);
        var at = await face.Client.SendAsync("GET", $"/kv?key=k&{Newest}", null, ("Accept-Datetime", printed));
        Assert.Equal(printed, (string)at.Ok()["items"]![0]!["last_modified"]!);
        Assert.Equal(before.ToString("r"), at.Header("Memento-Datetime"));
        Assert.Contains("rel=\"original\"", at.Header("Link"), StringComparison.Ordinal);
        var old = new List<JsonNode?>();
        for (var target = $"/revisions?key=k&{Newest}"; target is not null;) // as many pages as there were writes in that second
        {
            var page = (await face.Client.SendAsync("GET", target, null, ("Accept-Datetime", printed))).Ok();
            old.AddRange(page["items"]!.AsArray());
            target = (string?)page["@nextLink"];
        }
        Assert.Equal("one", (string)old[^1]!["value"]!);
        Assert.DoesNotContain(old, item => (string)item!["etag"]! == (string)second["etag"]!);
    }

    [Fact]
    public async Task Revisions_are_newest_first_across_keys_without_deletions_and_come_in_ranges()
    {
        await using var face = await RunningFace.StartAsync();
        foreach (var (key, value) in new[] { ("a", "1"), ("b", "2"), ("a", "3") }) await face.Client.PutAsync(key, new JsonObject { ["value"] = value });
        await face.Client.SendAsync("DELETE", $"/kv/b?{Newest}");
        var all = await face.Client.SendAsync("GET", $"/revisions?{Newest}");
        Assert.Equal(["3", "2", "1"], all.Ok()["items"]!.AsArray().Select(item => (string)item!["value"]!));
        Assert.Equal("items", all.Header("Accept-Ranges"));
        var part = await face.Client.SendAsync("GET", $"/revisions?{Newest}", null, ("Range", "items=1-5"));
        Assert.Equal((206, "items 1-2/3"), (part.Code, part.Header("Content-Range")));
        Assert.Equal(416, (await face.Client.SendAsync("GET", $"/revisions?{Newest}", null, ("Range", "items=7-9"))).Code);
        await FillAsync(face, 250);
        var (count, target) = (0, (string?)$"/revisions?{Newest}");
        while (target is not null)
        {
            var page = await face.Client.GetAsync(target);
            count += page["items"]!.AsArray().Count;
            target = (string?)page["@nextLink"];
        }
        Assert.Equal(253, count);
    }
}
