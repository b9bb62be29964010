// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Named snapshots over HTTP: selections that never change.</summary>
public sealed class SnapshotTests
{
    private static JsonObject Asking(params (string Key, string? Label)[] filters) =>
        new() { ["filters"] = new JsonArray([.. filters.Select(filter => new JsonObject { ["key"] = filter.Key, ["label"] = filter.Label })]) };

    private static async Task<RunningFace> FilledAsync()
    {
        var face = await RunningFace.StartAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "none" });
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "prod" }, "&label=prod");
        await face.Client.PutAsync("b", new JsonObject { ["value"] = "b" });
        return face;
    }

    [Fact]
    public async Task A_snapshot_keeps_what_it_selected_and_its_last_filter_wins()
    {
        await using var face = await FilledAsync();
        var made = await face.Client.SendAsync("PUT", $"/snapshots/s?{Newest}", Asking(("*", null), ("a", "prod")));
        Assert.Equal(201, made.Code);
        Assert.Equal(("ready", 2), ((string)made.Json()["status"]!, (int)made.Json()["items_count"]!));
        Assert.Equal($"{face.Client.Endpoint.GetLeftPart(UriPartial.Authority)}/operations?snapshot=s&{Newest}", made.Header("Operation-Location"));
        Assert.Equal($"</kv?snapshot=s&{Newest}>; rel=\"items\"", made.Header("Link"));
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "changed" }, "&label=prod");
        await face.Client.SendAsync("DELETE", $"/kv/b?{Newest}");
        var content = await face.Client.SendAsync("GET", $"/kv?snapshot=s&{Newest}");
        Assert.Equal(["prod", "b"], content.Ok()["items"]!.AsArray().Select(item => (string)item!["value"]!));
        Assert.Equal(304, (await face.Client.SendAsync("GET", $"/kv?snapshot=s&{Newest}", null, ("If-None-Match", content.Header("ETag")))).Code);
        Assert.Equal("Succeeded", (string)(await face.Client.GetAsync($"/operations?snapshot=s&{Newest}"))["status"]!);
    }

    [Fact]
    public async Task By_key_and_label_all_combinations_stay_and_by_key_a_filter_may_not_select_several()
    {
        await using var face = await FilledAsync();
        Assert.Equal(400, (await face.Client.SendAsync("PUT", $"/snapshots/s?{Newest}", Asking(("a", "*")))).Code);
        var asking = Asking(("a", "*"), ("a", "prod"));
        asking["composition_type"] = "key_label";
        Assert.Equal(2, (int)(await face.Client.SendAsync("PUT", $"/snapshots/s?{Newest}", asking)).Ok()["items_count"]!);
    }

    [Fact]
    public async Task A_snapshot_is_archived_recovered_and_refused_by_the_exact_text_when_its_name_is_taken()
    {
        await using var face = await FilledAsync();
        var asking = Asking(("a", null));
        asking["retention_period"] = 3_600;
        var etag = (await face.Client.SendAsync("PUT", $"/snapshots/s?{Newest}", asking)).Header("ETag");
        var taken = await face.Client.SendAsync("PUT", $"/snapshots/s?{Newest}", Asking(("a", null)));
        Assert.Equal((409, """{"type":"https://azconfig.io/errors/already-exists","title":"The resource already exists.","status":409,"detail":""}"""), (taken.Code, taken.Body));
        var archived = (await face.Client.SendAsync("PATCH", $"/snapshots/s?{Newest}", new JsonObject { ["status"] = "archived" }, ("If-Match", etag))).Ok();
        Assert.Equal("archived", (string)archived["status"]!);
        Assert.NotNull(archived["expires"]);
        Assert.Equal(412, (await face.Client.SendAsync("PATCH", $"/snapshots/s?{Newest}", new JsonObject { ["status"] = "ready" }, ("If-Match", etag))).Code);
        Assert.Single((await face.Client.GetAsync($"/kv?snapshot=s&{Newest}"))["items"]!.AsArray());
        Assert.Single((await face.Client.GetAsync($"/snapshots?status=archived&{Newest}"))["items"]!.AsArray());
        Assert.Empty((await face.Client.GetAsync($"/snapshots?status=ready&{Newest}"))["items"]!.AsArray());
        Assert.Null((await face.Client.SendRawAsync("PATCH", $"/snapshots/s?{Newest}", "{\"status\":\"ready\"}"u8.ToArray(), ("Content-Type", "application/merge-patch+json"))).Ok()["expires"]);
    }

    [Fact]
    public async Task What_is_no_snapshot_is_refused_and_an_unknown_one_is_an_empty_page()
    {
        await using var face = await FilledAsync();
        foreach (var bad in new[] { "{}", "{\"filters\":[]}", "{\"filters\":[{}]}", "{\"filters\":[{\"key\":\"*x\"}]}", "{\"filters\":[{\"key\":\"a\"}],\"retention_period\":1}", "{\"filters\":[{\"key\":\"a\"}],\"composition_type\":\"x\"}" })
            Assert.Equal(400, (await face.Client.SendRawAsync("PUT", $"/snapshots/s?{Newest}", System.Text.Encoding.UTF8.GetBytes(bad))).Code);
        Assert.Equal(404, (await face.Client.SendAsync("GET", $"/snapshots/s?{Newest}")).Code);
        Assert.Equal(404, (await face.Client.SendAsync("PATCH", $"/snapshots/s?{Newest}", new JsonObject { ["status"] = "archived" })).Code);
        Assert.Empty((await face.Client.GetAsync($"/kv?snapshot=s&{Newest}"))["items"]!.AsArray());
        Assert.Equal(400, (await face.Client.SendAsync("GET", $"/kv?snapshot=s&key=a&{Newest}")).Code);
    }
}
