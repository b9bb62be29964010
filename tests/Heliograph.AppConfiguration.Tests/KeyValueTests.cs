// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>One key-value over HTTP: what is written, under which conditions, and what comes back.</summary>
public sealed class KeyValueTests
{
    [Theory]
    [InlineData("Hello World", "not JSON")]
    [InlineData("""{"id":"beta","enabled":true,"conditions":{"client_filters":[{"name":"Microsoft.Percentage","parameters":{"Value":200}}]}}""", "conditions.client_filters[0].parameters.Value: a number from 0 to 100 is expected")]
    public async Task What_is_no_feature_flag_is_not_written_as_one_unless_that_is_allowed(string value, string reason)
    {
        var body = new JsonObject { ["value"] = value, ["content_type"] = "application/vnd.microsoft.appconfig.ff+json;charset=utf-8" };
        await using (var face = await RunningFace.StartAsync())
        {
            var refused = await face.Client.SendAsync("PUT", $"/kv/.appconfig.featureflag%2Fbeta?{Newest}", body);
            Assert.Equal((400, "Invalid request parameter 'value'"), (refused.Code, (string)refused.Json()["title"]!));
            Assert.Contains(reason, (string)refused.Json()["detail"]!, StringComparison.Ordinal);
            Assert.Equal(404, (await face.Client.SendAsync("GET", $"/kv/.appconfig.featureflag%2Fbeta?{Newest}")).Code);
            body["content_type"] = "text/plain";
            await face.Client.PutAsync("beta", (JsonObject)body.DeepClone());
        }
        body["content_type"] = "application/vnd.microsoft.appconfig.ff+json;charset=utf-8";
        await using var lenient = await RunningFace.StartAsync(acceptsMalformedFlags: true);
        Assert.Equal(value, (string)(await lenient.Client.PutAsync(".appconfig.featureflag/beta", body))["value"]!);
    }

    [Fact]
    public async Task A_key_value_has_every_member_and_a_put_replaces_all_of_it()
    {
        await using var face = await RunningFace.StartAsync();
        var put = await face.Client.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "1", ["content_type"] = "t", ["tags"] = new JsonObject { ["x"] = "y", ["n"] = null }, ["description"] = "why", ["locked"] = true, ["label"] = "ignored" });
        var body = put.Ok();
        Assert.Equal(["content_type", "description", "etag", "key", "label", "last_modified", "locked", "tags", "value"], body.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Null(body["label"]);
        Assert.False((bool)body["locked"]!);
        Assert.Null(body["tags"]!["n"]);
        Assert.Equal($"\"{body["etag"]}\"", put.Header("ETag"));
        Assert.Matches("^....-..-..T..:..:..\\+00:00$", (string)body["last_modified"]!);
        Assert.Equal(DateTimeOffset.Parse((string)body["last_modified"]!, System.Globalization.CultureInfo.InvariantCulture).ToString("r"), put.Header("Last-Modified"));

        // When an empty one replaces it
        var replaced = await face.Client.PutAsync("a", []);
        Assert.True(replaced.ContainsKey("value") && replaced["value"] is null && replaced["content_type"] is null && replaced["description"] is null);
        Assert.Empty(replaced["tags"]!.AsObject());

        // Then empty text is something else than none
        var empty = await face.Client.PutAsync("a", new JsonObject { ["value"] = "", ["content_type"] = "" });
        Assert.Equal(("", ""), ((string?)empty["value"], (string?)empty["content_type"]));
    }

    [Theory]
    [InlineData("", 200, 200, 200)]
    [InlineData("If-Match:etag", 412, 200, 412)]
    [InlineData("If-Match:*", 412, 200, 200)]
    [InlineData("If-None-Match:etag", 200, 412, 200)]
    [InlineData("If-None-Match:*", 200, 412, 412)]
    public async Task A_put_obeys_the_table_of_preconditions(string condition, int absent, int equal, int different)
    {
        await using var face = await RunningFace.StartAsync();
        async Task<int> PutAsync(string etag)
        {
            var value = condition.EndsWith('*') ? "*" : $"\"{etag}\"";
            var reply = await face.Client.SendAsync("PUT", $"/kv/k?{Newest}", new JsonObject { ["value"] = RunningFace.Id() }, condition.Length == 0 ? ("x", "y") : (condition.Split(':')[0], value));
            if (reply.Code == 412) Assert.Equal(("", "0", null), (reply.Body, reply.Header("Content-Length"), reply.Header("Sync-Token")));
            return reply.Code;
        }
        Assert.Equal(absent, await PutAsync("none"));
        var etag = (string)(await face.Client.PutAsync("k", new JsonObject { ["value"] = "seen" }))["etag"]!;
        Assert.Equal(equal, await PutAsync(etag));
        await face.Client.PutAsync("k", new JsonObject { ["value"] = "moved on" });
        Assert.Equal(different, await PutAsync(etag));
    }

    [Fact]
    public async Task An_etag_that_was_overwritten_never_comes_back_with_the_content()
    {
        await using var face = await RunningFace.StartAsync();
        var first = await face.Client.PutAsync("k", new JsonObject { ["value"] = "a" });
        var same = await face.Client.PutAsync("k", new JsonObject { ["value"] = "a" });
        Assert.Equal((string)first["etag"]!, (string)same["etag"]!);
        await face.Client.PutAsync("k", new JsonObject { ["value"] = "b" });
        var again = await face.Client.PutAsync("k", new JsonObject { ["value"] = "a" });
        Assert.NotEqual((string)first["etag"]!, (string)again["etag"]!);
        Assert.Equal(412, (await face.Client.SendAsync("PUT", $"/kv/k?{Newest}", new JsonObject { ["value"] = "c" }, ("If-Match", $"\"{first["etag"]}\""))).Code);
    }

    [Fact]
    public async Task Of_sixteen_racing_conditional_writers_one_wins_each_round()
    {
        await using var face = await RunningFace.StartAsync();
        var etag = (string)(await face.Client.PutAsync("counter", new JsonObject { ["value"] = "0" }))["etag"]!;
        for (var round = 1; round <= 5; round++)
        {
            var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => face.Client.SendAsync("PUT", $"/kv/counter?{Newest}", new JsonObject { ["value"] = $"{round}.{i}" }, ("If-Match", $"\"{etag}\""))));
            Assert.Equal(1, replies.Count(reply => reply.Code == 200));
            Assert.Equal(15, replies.Count(reply => reply.Code == 412));
            etag = (string)replies.Single(reply => reply.Code == 200).Json()["etag"]!;
        }
    }

    [Fact]
    public async Task A_delete_gives_what_was_there_and_nothing_when_nothing_was()
    {
        await using var face = await RunningFace.StartAsync();
        Assert.Equal(204, (await face.Client.SendAsync("DELETE", $"/kv/k?{Newest}")).Code);
        Assert.Equal(412, (await face.Client.SendAsync("DELETE", $"/kv/k?{Newest}", null, ("If-Match", "*"))).Code);
        var etag = (string)(await face.Client.PutAsync("k", new JsonObject { ["value"] = "1" }))["etag"]!;
        Assert.Equal(412, (await face.Client.SendAsync("DELETE", $"/kv/k?{Newest}", null, ("If-Match", "\"other\""))).Code);
        Assert.Equal(etag, (string)(await face.Client.SendAsync("DELETE", $"/kv/k?{Newest}", null, ("If-Match", $"\"{etag}\""))).Ok()["etag"]!);
        var gone = await face.Client.SendAsync("GET", $"/kv/k?{Newest}");
        Assert.Equal((404, "", "0"), (gone.Code, gone.Body, gone.Header("Content-Length")));
    }

    [Fact]
    public async Task A_locked_key_value_refuses_every_change_also_one_that_would_change_nothing()
    {
        await using var face = await RunningFace.StartAsync();
        await face.Client.PutAsync("k", new JsonObject { ["value"] = "1" });
        var locked = (await face.Client.SendAsync("PUT", $"/locks/k?{Newest}")).Ok();
        Assert.True((bool)locked["locked"]!);
        Assert.Equal((string)locked["etag"]!, (string)(await face.Client.SendAsync("PUT", $"/locks/k?{Newest}")).Ok()["etag"]!);
        foreach (var refused in new[] { await face.Client.SendAsync("PUT", $"/kv/k?{Newest}", new JsonObject { ["value"] = "2" }), await face.Client.SendAsync("PUT", $"/kv/k?{Newest}", new JsonObject { ["value"] = "1" }), await face.Client.SendAsync("DELETE", $"/kv/k?{Newest}") })
        {
            Assert.Equal(409, refused.Code);
            Assert.Equal(("https://azconfig.io/errors/key-locked", "Modifing key 'k' is not allowed"), ((string)refused.Json()["type"]!, (string)refused.Json()["title"]!));
        }
        Assert.Equal(412, (await face.Client.SendAsync("DELETE", $"/locks/k?{Newest}", null, ("If-Match", "\"other\""))).Code);
        Assert.False((bool)(await face.Client.SendAsync("DELETE", $"/locks/k?{Newest}")).Ok()["locked"]!);
        Assert.Equal(404, (await face.Client.SendAsync("PUT", $"/locks/nothing?{Newest}")).Code);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("../x")]
    [InlineData("a b+c&d?e#f,g*h\\i")]
    [InlineData("عربى")]
    [InlineData("😀")]
    public async Task A_key_may_hold_anything_but_control_characters(string key)
    {
        await using var face = await RunningFace.StartAsync();
        await face.Client.PutAsync(key, new JsonObject { ["value"] = key }, $"&label={Uri.EscapeDataString(key)}");
        var read = await face.Client.GetAsync($"/kv/{Uri.EscapeDataString(key)}?{Newest}&label={Uri.EscapeDataString(key)}");
        Assert.Equal((key, key, key), ((string)read["key"]!, (string)read["label"]!, (string)read["value"]!));
    }

    [Theory]
    [InlineData("PUT", "/kv/.", 400)]
    [InlineData("PUT", "/kv/..", 400)]
    [InlineData("PUT", "/kv/%25", 400)]
    [InlineData("PUT", "/kv/a%01", 400)]
    [InlineData("POST", "/kv/a", 405)]
    [InlineData("PATCH", "/kv/a", 405)]
    [InlineData("PUT", "/kv", 405)]
    [InlineData("DELETE", "/labels", 405)]
    [InlineData("GET", "/nothing", 404)]
    public async Task What_cannot_be_is_refused(string method, string path, int status)
    {
        await using var face = await RunningFace.StartAsync();
        var before = face.Origin.Sequencer.Current.State.Revision;
        Assert.Equal(status, (await face.Client.SendAsync(method, $"{path}?{Newest}", new JsonObject())).Code);
        Assert.Equal(before, face.Origin.Sequencer.Current.State.Revision);
    }

    [Fact]
    public async Task Bodies_of_other_types_or_sizes_are_refused()
    {
        await using var face = await RunningFace.StartAsync();
        Assert.Equal(415, (await face.Client.SendRawAsync("PUT", $"/kv/a?{Newest}", "{}"u8.ToArray(), ("Content-Type", "text/plain"))).Code);
        Assert.Equal(400, (await face.Client.SendRawAsync("PUT", $"/kv/a?{Newest}", "{"u8.ToArray())).Code);
        Assert.Equal(400, (await face.Client.SendRawAsync("PUT", $"/kv/a?{Newest}", "{\"value\":1}"u8.ToArray())).Code);
        Assert.Equal(413, (await face.Client.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = new string('v', 10_240) })).Code);
        Assert.Equal(413, (await face.Client.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = new string('v', 200_000) })).Code);
        Assert.Equal(200, (await face.Client.SendRawAsync("PUT", $"/kv/a?{Newest}", "{\"value\":\"x\"}"u8.ToArray(), ("Content-Type", "application/vnd.microsoft.appconfig.kv+json;charset=utf-8"))).Code);
    }

    [Fact]
    public async Task Settings_written_through_helio_appear_here_in_one_step_and_back()
    {
        await using var face = await RunningFace.StartAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "from here" });
        var entry = Assert.IsType<SubmitResult.Committed>(await face.Origin.Sequencer.SubmitAsync(new Submission.Change(new Changeset(RunningFace.Store,
            [new SettingOperation.Put(Setting.Of("a", "from there")), new SettingOperation.Put(Setting.Of("b", "new", "prod"))]), "an author", RunningFace.Id()), RunningFace.Cancel));
        var items = await face.Client.ListAsync("");
        Assert.Equal(["from there", "new"], items.Select(item => (string)item["value"]!));

        // And what was written here has its key as author, in the log
        await face.Client.PutAsync("c", new JsonObject { ["value"] = "1" });
        var history = face.Origin.Sequencer.History;
        var newest = history.SequencesBefore(RunningFace.Store, long.MaxValue, 1)[0];
        var read = Assert.IsType<Core.Log.StoreAnswer<Core.Log.LogEntry>.Done>(await history.ReadEntryAsync(newest, RunningFace.Cancel));
        Assert.Equal($"access-key:{face.WriteKey.Id}", read.Value.Content.Actor);
        Assert.Equal(entry.Entry.Revision.Sequence + 1, newest);
    }
}
