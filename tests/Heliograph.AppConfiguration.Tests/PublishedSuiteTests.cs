// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>What the suites of the published .NET, JavaScript and Python clients assert of a store and no client here asserts yet: sent as those clients send it.</summary>
public sealed class PublishedSuiteTests
{
    private const string Special = "~`!@#$^&()_+=[]{}|;\"'<>./-"; // the .NET suite's own

    [Fact]
    public async Task Special_characters_stand_in_keys_labels_values_and_filters()
    {
        await using var face = await RunningFace.StartAsync();
        var (key, label) = (Uri.EscapeDataString("key-" + Special), Uri.EscapeDataString("label-" + Special));
        foreach (var query in new[] { "", $"&label={label}" })
        {
            await face.Client.SendAsync("PUT", $"/kv/{key}?{Newest}{query}", new JsonObject { ["value"] = "value-" + Special });
            var read = await face.Client.GetAsync($"/kv/{key}?{Newest}{query}");
            Assert.Equal(("key-" + Special, query.Length == 0 ? null : "label-" + Special, "value-" + Special), ((string)read["key"]!, (string?)read["label"], (string)read["value"]!));
        }
        Assert.Equal(2, (await face.Client.ListAsync($"&key={key}")).Count);
        Assert.Single(await face.Client.ListAsync($"&key={key}&label={label}"));
        Assert.Single((await face.Client.GetAsync($"/labels?name={label}&{Newest}"))["items"]!.AsArray());
        Assert.Equal(200, (await face.Client.SendAsync("DELETE", $"/kv/{key}?{Newest}&label={label}")).Code);
    }

    [Fact]
    public async Task A_comma_that_is_escaped_belongs_to_the_name_and_one_that_is_not_means_or()
    {
        await using var face = await RunningFace.StartAsync();
        foreach (var name in new[] { "ab,cd", "wx,yz", "abc", "xyz" }) await face.Client.PutAsync(name, new JsonObject { ["value"] = "1" }, $"&label={Uri.EscapeDataString(name)}");
        foreach (var (filter, expected) in new[] { (@"ab\,cd,wx\,yz", new[] { "ab,cd", "wx,yz" }), (@"abc\,xyz", []), ("abc,xyz", ["abc", "xyz"]), ("ab*", ["ab,cd", "abc"]) })
        {
            var escaped = Uri.EscapeDataString(filter);
            Assert.Equal(expected, (await face.Client.ListAsync($"&key={escaped}")).Select(item => (string)item["key"]!));
            Assert.Equal(expected, (await face.Client.ListAsync($"&label={escaped}")).Select(item => (string)item["label"]!));
            Assert.Equal(expected, (await face.Client.GetAsync($"/labels?name={escaped}&{Newest}"))["items"]!.AsArray().Select(item => (string)item!["name"]!));
        }
    }

    [Theory]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")] // .NET's DateTimeOffset.MaxValue
    [InlineData("9999-12-31T23:59:59.9999999+00:00")]
    public async Task The_end_of_time_shows_what_is_there_now(string instant)
    {
        await using var face = await RunningFace.StartAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        foreach (var target in new[] { $"/kv/a?{Newest}", $"/kv?key=a&{Newest}", $"/revisions?key=a&{Newest}", $"/labels?{Newest}", $"/keys?{Newest}" })
            Assert.Equal(200, (await face.Client.SendAsync("GET", target, null, ("Accept-Datetime", instant))).Code);
    }

    [Fact]
    public async Task Selected_fields_alone_come_back_from_lists_labels_and_revisions()
    {
        await using var face = await RunningFace.StartAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "v", ["content_type"] = "t", ["tags"] = new JsonObject { ["my_tag"] = "my_tag_value" } }, "&label=l");
        foreach (var (select, members) in new[] { ("key,label,etag", new[] { "etag", "key", "label" }), ("key,locked", ["key", "locked"]), ("key,label,value,content_type,etag,last_modified,locked,tags", ["content_type", "etag", "key", "label", "last_modified", "locked", "tags", "value"]) })
            foreach (var list in new[] { "/kv", "/revisions" })
            {
                var item = (await face.Client.GetAsync($"{list}?key=a&%24Select={select}&{Newest}"))["items"]![0]!.AsObject();
                Assert.Equal(members, item.Select(member => member.Key).Order(StringComparer.Ordinal));
            }
        Assert.Equal(["name"], (await face.Client.GetAsync($"/labels?name=l&%24Select=name&{Newest}"))["items"]![0]!.AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task Tags_filter_lists_revisions_and_snapshots()
    {
        await using var face = await RunningFace.StartAsync();
        foreach (var key in new[] { "KeyBar-1", "KeyBar-2", "KeyBar-3" }) await face.Client.PutAsync(key, new JsonObject { ["value"] = key, ["tags"] = new JsonObject { ["foo"] = "bar temp", ["n"] = null } });
        await face.Client.PutAsync("KeyBar-4", new JsonObject { ["value"] = "4" });
        Assert.Equal(3, (await face.Client.ListAsync("&key=KeyBar-*&tags=foo%3Dbar%20temp")).Count);
        Assert.Equal(3, (await face.Client.ListAsync("&tags=foo%3Dbar%20temp&tags=n%3D%00")).Count);
        Assert.Empty(await face.Client.ListAsync("&tags=foo%3Dbar%20temp&tags=unknown%3Dtag"));
        Assert.Equal(3, (await face.Client.GetAsync($"/revisions?tags=foo%3Dbar%20temp&{Newest}"))["items"]!.AsArray().Count);
        foreach (var (name, tag, count) in new[] { ("s1", "foo=bar temp", 3), ("s2", "uknown=tag", 0) })
        {
            var made = (await face.Client.SendAsync("PUT", $"/snapshots/{name}?{Newest}", new JsonObject { ["filters"] = new JsonArray(new JsonObject { ["key"] = "KeyBar-*", ["tags"] = new JsonArray(tag) }) }, ("Content-Type", "application/vnd.microsoft.appconfig.snapshot+json"))).Ok();
            Assert.Equal((count, tag), ((int)made["items_count"]!, (string)made["filters"]![0]!["tags"]![0]!));
            Assert.Equal(count, (await face.Client.GetAsync($"/kv?snapshot={name}&{Newest}"))["items"]!.AsArray().Count);
        }
        Assert.Single((await face.Client.GetAsync($"/snapshots?name=s1&{Newest}"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Unlocking_what_is_not_locked_and_locking_by_an_overtaken_etag_answer_as_the_suites_ask()
    {
        await using var face = await RunningFace.StartAsync();
        var put = await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        var unlocked = (await face.Client.SendAsync("DELETE", $"/locks/a?{Newest}", null, ("If-Match", $"\"{put["etag"]}\""))).Ok();
        Assert.False((bool)unlocked["locked"]!);
        var locked = (await face.Client.SendAsync("PUT", $"/locks/a?{Newest}", null, ("If-Match", $"\"{unlocked["etag"]}\""))).Ok();
        Assert.True((bool)locked["locked"]!);
        Assert.Equal(412, (await face.Client.SendAsync("DELETE", $"/locks/a?{Newest}", null, ("If-Match", $"\"{put["etag"]}\""))).Code);
        Assert.Equal(404, (await face.Client.SendAsync("PUT", $"/locks/none?{Newest}")).Code);
        Assert.Equal(409, (await face.Client.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "2" })).Code);
        Assert.Equal(409, (await face.Client.SendAsync("DELETE", $"/kv/a?{Newest}")).Code);
    }

    [Fact]
    public async Task A_page_that_changed_is_sent_whole_behind_one_that_did_not_and_a_page_more_changes_the_last_ones_tag()
    {
        await using var face = await RunningFace.StartAsync();
        for (var i = 0; i < 105; i++) await face.Client.PutAsync("batch", new JsonObject { ["value"] = "test_value" }, $"&label={i:000}");
        var first = await face.Client.SendAsync("GET", $"/kv?key=batch&{Newest}");
        var next = (string)first.Ok()["@nextLink"]!;
        var second = await face.Client.SendAsync("GET", next);
        Assert.Equal(5, second.Ok()["items"]!.AsArray().Count);
        await face.Client.PutAsync("batch", new JsonObject { ["value"] = "test_value1" }, "&label=104");
        var unchanged = await face.Client.SendAsync("GET", $"/kv?key=batch&{Newest}", null, ("If-None-Match", first.Header("ETag")));
        Assert.Equal((304, ""), (unchanged.Code, unchanged.Body));
        Assert.StartsWith("<", unchanged.Header("Link"), StringComparison.Ordinal);
        var following = unchanged.Header("Link")![1..unchanged.Header("Link")!.IndexOf('>', StringComparison.Ordinal)]; // as clients do: the link of this answer, not of the one before
        Assert.Equal(200, (await face.Client.SendAsync("GET", following, null, ("If-None-Match", second.Header("ETag")))).Code);

        // A list that fits one page gets another: whoever watches the first page's tag alone must see it
        for (var i = 0; i < 100; i++) await face.Client.PutAsync("grows", new JsonObject { ["value"] = "v" }, $"&label={i:000}");
        var full = await face.Client.SendAsync("GET", $"/kv?key=grows&{Newest}");
        await face.Client.PutAsync("grows", new JsonObject { ["value"] = "v" }, "&label=100");
        Assert.Equal(200, (await face.Client.SendAsync("GET", $"/kv?key=grows&{Newest}", null, ("If-None-Match", full.Header("ETag")))).Code);
    }

    [Fact]
    public async Task A_key_values_etag_without_quotes_along_with_a_list_is_no_condition()
    {
        await using var face = await RunningFace.StartAsync();
        var put = await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        foreach (var version in new[] { "1.0", "2026-04-01" })
            foreach (var list in new[] { "/kv", "/revisions" })
                Assert.Single((await face.Client.SendAsync("GET", $"{list}?key=a&api-version={version}", null, ("If-Match", (string)put["etag"]!))).Ok()["items"]!.AsArray());
        Assert.Equal(412, (await face.Client.SendAsync("GET", $"/kv?key=a&{Newest}", null, ("If-Match", "\"another\""))).Code);
    }

    [Fact]
    public async Task A_star_in_the_middle_of_a_filter_is_refused_in_the_words_that_are_compared()
    {
        await using var face = await RunningFace.StartAsync();
        var refused = await face.Client.SendAsync("GET", $"/labels?name={Uri.EscapeDataString("test'@*$!%")}&{Newest}");
        Assert.Equal(400, refused.Code);
        Assert.Contains("""
            "title":"Invalid request parameter 'label'","name":"label","detail":"label(6): Invalid character"
            """.Trim(), refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_more_leaves_the_first_pages_tag_and_changes_the_second()
    {
        await using var face = await RunningFace.StartAsync();
        for (var i = 0; i < 200; i++) await face.Client.PutAsync($"sample_key_{i}", [], $"&label=sample_label_{i}");
        var before = await TagsAsync(face);
        await face.Client.PutAsync("sample_key_201", [], "&label=sample_label_202");
        var after = await TagsAsync(face);
        Assert.Equal((2, 3, before[0]), (before.Count, after.Count, after[0]));
        Assert.NotEqual(before[1], after[1]);

        static async Task<List<string?>> TagsAsync(RunningFace face)
        {
            var tags = new List<string?>();
            for (var target = $"/kv?key=sample_key_*&label=sample_label_*&{Newest}"; target is not null;)
            {
                var page = await face.Client.SendAsync("GET", target);
                tags.Add(page.Header("ETag"));
                target = (string?)page.Ok()["@nextLink"];
            }
            return tags;
        }
    }

    [Fact]
    public async Task The_request_id_of_a_client_comes_back_when_it_asks_for_it()
    {
        await using var face = await RunningFace.StartAsync();
        var answer = await face.Client.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "1" }, ("x-ms-client-request-id", "11111111-2222-3333-4444-555555555555"), ("x-ms-return-client-request-id", "true"));
        Assert.Equal("11111111-2222-3333-4444-555555555555", answer.Header("x-ms-client-request-id"));
        Assert.True(Guid.TryParse(answer.Header("x-ms-request-id"), out _));
    }
}
