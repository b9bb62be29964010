// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Reading from the agent over HTTP, as a program in any language does (docs/reference/agent-api.md).</summary>
public sealed class AgentReadApiTests : IAsyncLifetime
{
    private DevelopmentRealm _realm = null!;
    private HttpClient _http = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _realm = await DevelopmentRealm.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri($"{_realm.Ready.GetProperty("agent").GetProperty("http").GetString()}/api/v1/namespaces/") };
        await _realm.HelioAsync("ns", "create", "shop.basket");
        await _realm.HelioAsync("set", "shop.basket", "Basket:MaxItems", "50");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _realm.DisposeAsync();
    }

    [Fact]
    public async Task One_setting_its_value_and_all_of_them_are_read_with_tags_that_say_whether_anything_is_new()
    {
        await _realm.HelioAsync("set", "shop.basket", "Basket:MaxItems", "5", "-l", "Development");
        await _realm.HelioAsync("set", "shop.basket", "Tree", """{"a":1}""", "--content-type", "application/json");

        // One setting
        using var one = await _http.GetAsync(Relative("shop.basket/setting?key=Basket:MaxItems"), Cancel);
        var setting = JsonNode.Parse(await one.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(("Basket:MaxItems", null, "50", $"\"{(string)setting["etag"]!}\""), ((string)setting["key"]!, (string?)setting["label"], (string)setting["value"]!, one.Headers.ETag!.Tag));
        Assert.Equal("false", Assert.Single(one.Headers.GetValues("Heliograph-Stale")));
        Assert.Matches("^1\\.[0-9]+$", Assert.Single(one.Headers.GetValues("Heliograph-Revision")));

        // Its value, under a label and without; JSON as such, and anything else as text that no browser runs
        Assert.Equal(("5", "text/plain", "nosniff"), await ValueAsync("shop.basket/value?key=Basket:MaxItems&label=Development"));
        Assert.Equal(("""{"a":1}""", "application/json", "nosniff"), await ValueAsync("shop.basket/value?key=Tree"));

        // All of them, ordered, filtered
        var all = JsonNode.Parse(await _http.GetStringAsync(Relative("shop.basket/settings"), Cancel))!;
        Assert.Equal(["Basket:MaxItems@", "Basket:MaxItems@Development", "Tree@"], all["items"]!.AsArray().Select(item => $"{(string)item!["key"]!}@{(string?)item["label"]}"));
        var some = JsonNode.Parse(await _http.GetStringAsync(Relative("shop.basket/settings?prefix=Basket&label="), Cancel))!;
        Assert.Single(some["items"]!.AsArray());

        // Who has it gets nothing again, and a HEAD says the same
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync("shop.basket/setting?key=Basket:MaxItems", one.Headers.ETag));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("shop.basket/setting?key=Basket:MaxItems", new EntityTagHeaderValue("\"other\"")));
        using var head = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, Relative("shop.basket/settings")), Cancel);
        Assert.Equal($"\"{(string)all["stateRoot"]!}\"", head.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task A_long_poll_answers_when_something_is_new_and_at_its_time_if_nothing_is()
    {
        using var first = await _http.GetAsync(Relative("shop.basket/value?key=Basket:MaxItems"), Cancel);

        // Nothing new: its time passes
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync("shop.basket/value?key=Basket:MaxItems&wait=1", first.Headers.ETag));

        // Something else changes: it waits on. This setting changes: it answers
        var waiting = SendAsync("shop.basket/value?key=Basket:MaxItems&wait=120", first.Headers.ETag);
        await _realm.HelioAsync("set", "shop.basket", "Other", "x");
        await Task.Delay(TimeSpan.FromMilliseconds(300), Cancel);
        Assert.False(waiting.IsCompleted);
        await _realm.HelioAsync("set", "shop.basket", "Basket:MaxItems", "60");
        using var second = await waiting;
        Assert.Equal((HttpStatusCode.OK, "60"), (second.StatusCode, await second.Content.ReadAsStringAsync(Cancel)));

        // One that is not there is waited for, and one that goes is told
        var coming = SendAsync("shop.basket/value?key=Later&wait=120", null);
        var going = SendAsync("shop.basket/value?key=Basket:MaxItems&wait=120", second.Headers.ETag);
        await _realm.HelioAsync("set", "shop.basket", "Later", "now");
        using var came = await coming;
        Assert.Equal("now", await came.Content.ReadAsStringAsync(Cancel));
        await _realm.HelioAsync("delete", "shop.basket", "Basket:MaxItems");
        using var gone = await going;
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_watch_sends_what_there_is_then_each_change_and_goes_on_after_a_reconnect()
    {
        // Given a watcher
        using var stream = await _http.GetStreamAsync(Relative("shop.basket/watch"), Cancel);
        using var events = new StreamReader(stream);
        var (kind, _, data) = await EventAsync(events);
        Assert.Equal(("snapshot", "50"), (kind, (string)data["settings"]![0]!["value"]!));
        Assert.Equal("freshness", (await EventAsync(events)).Kind);

        // When a changeset comes
        await _realm.HelioAsync("set", "shop.basket", "Basket:MaxItems", "60");
        var (change, id, changed) = await EventAsync(events);

        // Then it is one event with what was and what is
        var item = Assert.Single(changed["changes"]!.AsArray())!;
        Assert.Equal(("change", "changed", "50", "60"), (change, (string)item["kind"]!, (string)item["before"]!["value"]!, (string)item["after"]!["value"]!));

        // And who comes back with the newest gets nothing again, with an older one all of it
        Assert.Equal("freshness", await FirstAsync($"shop.basket/watch?after={id}"));
        Assert.Equal("snapshot", await FirstAsync("shop.basket/watch?after=1.1"));
        // A filter lets nothing else pass
        using var filtered = new StreamReader(await _http.GetStreamAsync(Relative("shop.basket/watch?prefix=Other"), Cancel));
        Assert.Empty((await EventAsync(filtered)).Data["settings"]!.AsArray());
        await EventAsync(filtered);
        await _realm.HelioAsync("set", "shop.basket", "Basket:MaxItems", "70");
        await _realm.HelioAsync("set", "shop.basket", "Other", "x");
        Assert.Equal("Other", (string)(await EventAsync(filtered)).Data["changes"]![0]!["key"]!);
    }

    [Fact]
    public async Task Errors_are_problems_that_name_every_fault()
    {
        var (status, problem) = await ProblemAsync("shop.basket/setting?label=x&colour=red&wait=301");
        Assert.Equal((HttpStatusCode.BadRequest, "/errors/invalid_request"), (status, (string)problem["type"]!));
        Assert.Equal(["colour", "key", "wait"], problem["errors"]!.AsArray().Select(fault => (string)fault!["path"]!).Order());
        Assert.Equal(HttpStatusCode.NotFound, (await ProblemAsync("shop.basket/setting?key=None")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ProblemAsync("shop.nowhere/setting?key=A")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await ProblemAsync("Shop_Nowhere!/settings")).Status);
        using var put = await _http.PutAsync(Relative("shop.basket/setting?key=A"), new StringContent("x"), Cancel);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, put.StatusCode);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, Relative("shop.basket/settings")) { Headers = { Host = "rebound.example" } };
        using var misdirected = await _http.SendAsync(elsewhere, Cancel);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, misdirected.StatusCode);
    }

    [Fact]
    public async Task Those_who_wait_are_bounded_and_whoever_is_one_too_many_is_told_when_to_come_again()
    {
        using var first = await _http.GetAsync(Relative("shop.basket/value?key=Basket:MaxItems"), Cancel);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var waiting = Enumerable.Range(0, 1_001).Select(_ => SendAsync("shop.basket/value?key=Basket:MaxItems&wait=120", first.Headers.ETag, ending.Token)).ToList();

        using var refused = await (await Task.WhenAny(waiting)); // only one of them answers before its time

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), refused.Headers.RetryAfter!.Delta);
        Assert.Equal("/errors/overloaded", (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancel))!["type"]!);
        Assert.Equal("50", await _http.GetStringAsync(Relative("shop.basket/value?key=Basket:MaxItems"), Cancel)); // who does not wait is served all the same
        await ending.CancelAsync();
        await Task.WhenAll(waiting.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));
    }

    private static Uri Relative(string path) => new(path, UriKind.Relative);

    private async Task<HttpResponseMessage> SendAsync(string path, EntityTagHeaderValue? known, CancellationToken? cancel = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Relative(path));
        if (known is not null) request.Headers.IfNoneMatch.Add(known);
        return await _http.SendAsync(request, cancel ?? Cancel);
    }

    private async Task<HttpStatusCode> StatusAsync(string path, EntityTagHeaderValue? known)
    {
        using var answer = await SendAsync(path, known);
        return answer.StatusCode;
    }

    private async Task<(string Text, string? Type, string? Sniff)> ValueAsync(string path)
    {
        using var answer = await _http.GetAsync(Relative(path), Cancel);
        return (await answer.Content.ReadAsStringAsync(Cancel), answer.Content.Headers.ContentType?.MediaType, answer.Headers.GetValues("X-Content-Type-Options").SingleOrDefault());
    }

    private async Task<(HttpStatusCode Status, JsonNode Problem)> ProblemAsync(string path)
    {
        using var answer = await _http.GetAsync(Relative(path), Cancel);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!);
    }

    private async Task<string> FirstAsync(string path)
    {
        using var events = new StreamReader(await _http.GetStreamAsync(Relative(path), Cancel));
        return (await EventAsync(events)).Kind;
    }

    private static async Task<(string Kind, string? Id, JsonNode Data)> EventAsync(StreamReader events)
    {
        string? kind = null, id = null;
        while (await events.ReadLineAsync(Cancel) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            else if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) return (kind!, id, JsonNode.Parse(line[6..])!);
        }
        throw new EndOfStreamException("The stream has ended.");
    }
}
