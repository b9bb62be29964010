// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Readers that take several requests, while others write: what they put together is one moment of the store.</summary>
public sealed class ConcurrentEditTests
{
    private const int Settings = 1_000, Lists = 6;

    [Fact]
    public async Task A_list_over_ten_pages_is_of_one_revision_while_every_setting_is_rewritten_and_others_come_and_go()
    {
        await using var face = await RunningFace.StartAsync();
        await WriteAsync(face, 0);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(RunningFace.Cancel);
        var written = new StrongBox<int>();
        var writing = KeepWritingAsync(face, enough.Token, written: written);

        // When the store is listed again and again, page by page
        var seen = new List<int>();
        while (seen.Count < Lists || Volatile.Read(ref written.Value) <= Lists) // as long as both go on
        {
            var items = await face.Client.ListAsync("&key=p%2F*");
            var release = Assert.Single(items.Select(item => (string)item["value"]!).Distinct()); // never half of one release and half of another
            var keys = items.Select(item => (string)item["key"]!).ToList();
            Assert.Equal(Expected(int.Parse(release)), keys);
            seen.Add(int.Parse(release));
        }
        await enough.CancelAsync();
        await writing;

        // Then each list was whole, and none was older than the one before
        Assert.Equal(seen.Order(), seen);
        Assert.True(seen.Distinct().Count() > 1, "All lists are of one release: nothing was written between them.");
    }

    [Fact]
    public async Task A_list_that_goes_on_after_its_revision_is_forgotten_goes_on_in_the_newest_without_gap_or_repetition()
    {
        await using var face = await RunningFace.StartAsync();
        await WriteAsync(face, 0);
        var first = await face.Client.GetAsync($"/kv?key=p%2F*&{Newest}");
        for (var i = 1; i <= Stores.StoreViews.KeptMax + 1; i++)
        {
            await WriteAsync(face, i);
            await face.Client.GetAsync($"/kv?key=p%2F*&{Newest}"); // each begins a list of its own, and pushes the oldest out
        }
        var next = await face.Client.GetAsync((string)first["@nextLink"]!);
        Assert.Equal($"{Stores.StoreViews.KeptMax + 1}", (string)next["items"]![0]!["value"]!);
        Assert.Equal("p/0100", (string)next["items"]![0]!["key"]!);
    }

    [Fact]
    public async Task Who_shows_a_token_that_is_newer_than_the_list_gets_what_the_token_has_seen()
    {
        await using var face = await RunningFace.StartAsync();
        await WriteAsync(face, 0);
        var first = await face.Client.GetAsync($"/kv?key=p%2F*&{Newest}");
        var written = await face.Client.SendAsync("PUT", $"/kv/p%2F0150?{Newest}", new JsonObject { ["value"] = "mine" });
        var next = (string)first["@nextLink"]!;
        Assert.Equal("0", (string)(await face.Client.GetAsync(next))["items"]![50]!["value"]!);
        var mine = await face.Client.SendAsync("GET", next, null, ("Sync-Token", written.Header("Sync-Token")!.Split(';')[0]));
        Assert.Equal("mine", (string)mine.Ok()["items"]![50]!["value"]!);
    }

    [Fact]
    public async Task A_page_that_has_not_changed_is_304_at_every_later_revision_whatever_its_link_was()
    {
        await using var face = await RunningFace.StartAsync();
        await WriteAsync(face, 0);
        var etags = new List<string>();
        for (var target = $"/kv?key=p%2F*&{Newest}"; target is not null;)
        {
            var page = await face.Client.SendAsync("GET", target);
            etags.Add(page.Header("ETag")!);
            target = (string?)page.Ok()["@nextLink"];
        }
        await face.Client.PutAsync("elsewhere", new JsonObject { ["value"] = "1" });
        var next = $"/kv?key=p%2F*&{Newest}";
        foreach (var etag in etags)
        {
            var page = await face.Client.SendAsync("GET", next!, null, ("If-None-Match", etag));
            Assert.Equal(304, page.Code);
            next = page.Header("Link")?.Split('<', '>')[1];
        }
        Assert.Null(next);
    }

    [Fact]
    public async Task A_snapshot_made_while_others_write_holds_one_release_and_keeps_it()
    {
        await using var face = await RunningFace.StartAsync();
        await WriteAsync(face, 0, count: 150);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(RunningFace.Cancel);
        var writing = KeepWritingAsync(face, enough.Token, count: 150);
        var contents = new Dictionary<string, string>();
        for (var i = 0; i < 8; i++)
        {
            Reply made;
            do made = await face.Client.SendAsync("PUT", $"/snapshots/s{i}?{Newest}", new JsonObject { ["filters"] = new JsonArray(new JsonObject { ["key"] = "p/*" }) });
            while (made.Code == 429); // overtaken sixteen times: a client of the contract comes again
            Assert.Equal(201, made.Code);
            contents[$"s{i}"] = await ContentAsync(face, $"s{i}", (int)made.Json()["items_count"]!);
        }
        await enough.CancelAsync();
        await writing;
        foreach (var (name, content) in contents) Assert.Equal(content, await ContentAsync(face, name, content.Split('\n').Length));
        Assert.True(contents.Values.Distinct().Count() > 1, "All snapshots are of one release: nothing was written between them.");
    }

    private static async Task<string> ContentAsync(RunningFace face, string snapshot, int count)
    {
        var items = await face.Client.ListAsync($"&snapshot={snapshot}");
        Assert.Equal(count, items.Count);
        Assert.Single(items.Select(item => (string)item["value"]!).Distinct());
        return string.Join('\n', items.Select(item => $"{item["key"]} {item["value"]} {item["etag"]}"));
    }

    /// <summary>What a release holds: all settings, and one that only some releases have, in the middle.</summary>
    private static IEnumerable<string> Expected(int release, int count = Settings) =>
        Enumerable.Range(0, count).Select(i => $"p/{i:0000}").Concat(release % 2 == 1 ? ["p/0500x"] : []).Order(StringComparer.Ordinal);

    private static async Task KeepWritingAsync(RunningFace face, CancellationToken enough, int count = Settings, StrongBox<int>? written = null)
    {
        for (var release = 1; !enough.IsCancellationRequested; release++)
        {
            await WriteAsync(face, release, count);
            if (written is not null) Volatile.Write(ref written.Value, release);
        }
    }

    private static async Task WriteAsync(RunningFace face, int release, int count = Settings)
    {
        var odd = SettingKey.Create("p/0500x");
        SettingOperation extra = release % 2 == 1 ? new SettingOperation.Put(Setting.Of(odd.Key, $"{release}")) : new SettingOperation.Delete(odd);
        var operations = Enumerable.Range(0, count).Select(SettingOperation (i) => new SettingOperation.Put(Setting.Of($"p/{i:0000}", $"{release}"))).Append(extra);
        Assert.IsType<SubmitResult.Committed>(await face.Origin.Sequencer.SubmitAsync(new Submission.Change(new Changeset(RunningFace.Store, [.. operations]), "test", RunningFace.Id()), RunningFace.Cancel));
    }
}
