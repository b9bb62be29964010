// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Approvals;

/// <summary>Protected namespaces: nothing passes that others have not approved, and what they approved is what is committed.</summary>
public sealed class ChangeRequestTests
{
    private const string Open = "/api/v1/namespaces/shop/change-requests";

    [Fact]
    public async Task A_change_is_asked_for_by_one_approved_by_another_and_committed_in_the_authors_name()
    {
        await using var scene = await Scene.StartAsync();
        await SendAsync(scene.Ann, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "2" }, HttpStatusCode.Conflict);
        var refused = await SendAsync(scene.Ann, HttpMethod.Post, "/api/v1/namespaces/shop/changes", Puts(("a", "2")), HttpStatusCode.Conflict);
        Assert.Equal(("/errors/approval_required", "shop", 1), ((string)refused["type"]!, (string)refused["scope"]!, (int)refused["approvals"]!));
        Assert.Equal(1, (int)(await SendAsync(scene.Ann, HttpMethod.Post, "/api/v1/namespaces/shop/changes?dryRun=true", Puts(("a", "2"))))["changed"]!); // a plan may be made

        var asked = await SendAsync(scene.Ann, HttpMethod.Post, Open, Puts(("a", "2"), ("b", "1")).With("message", "raise it"), HttpStatusCode.Created, ("Idempotency-Key", "k1"));
        var (id, path) = ((string)asked["id"]!, $"/api/v1/change-requests/{asked["id"]}");
        Assert.Equal(("open", "change", "ann", 1, 2), ((string)asked["status"]!, (string)asked["kind"]!, (string)asked["author"]!, (int)asked["approvalsNeeded"]!, asked["diff"]!.AsArray().Count));
        Assert.Equal(id, (string)(await SendAsync(scene.Ann, HttpMethod.Post, Open, Puts(("a", "2"), ("b", "1")).With("message", "raise it"), HttpStatusCode.Created, ("Idempotency-Key", "k1")))["id"]!);
        await SendAsync(scene.Ann, HttpMethod.Post, Open, Puts(("a", "3")), HttpStatusCode.UnprocessableEntity, ("Idempotency-Key", "k1"));
        Assert.Equal("1", await scene.ValueAsync("a"));

        await SendAsync(scene.Ann, HttpMethod.Post, $"{path}/approve", expected: HttpStatusCode.Forbidden); // an author is no approver
        await SendAsync(scene.Origin.Admin, HttpMethod.Post, $"{path}/approve", expected: HttpStatusCode.Forbidden); // nor is an admin
        await SendAsync(scene.Stranger, HttpMethod.Get, path, expected: HttpStatusCode.NotFound);
        Assert.Empty((await SendAsync(scene.Stranger, HttpMethod.Get, "/api/v1/change-requests"))["items"]!.AsArray());
        Assert.Equal(id, (string)(await SendAsync(scene.Bob, HttpMethod.Get, "/api/v1/change-requests?status=open&namespace=shop"))["items"]![0]!["id"]!);
        var done = await SendAsync(scene.Bob, HttpMethod.Post, $"{path}/approve");

        Assert.Equal(("committed", "bob"), ((string)done["status"]!, (string)done["approvals"]![0]!["by"]!));
        Assert.Equal("2", await scene.ValueAsync("a"));
        var newest = (await SendAsync(scene.Ann, HttpMethod.Get, "/api/v1/namespaces/shop/history?limit=1"))["items"]![0]!;
        Assert.Equal(("ann", $"raise it [request {id}, approved by bob]", (string)done["revision"]!), ((string)newest["actor"]!, (string)newest["message"]!, (string)newest["revision"]!));
        Assert.Equal("committed", (string)(await SendAsync(scene.Bob, HttpMethod.Post, $"{path}/approve"))["status"]!); // again: nothing more
        await SendAsync(scene.Bob, HttpMethod.Post, $"{path}/reject", new JsonObject { ["reason"] = "too late" }, HttpStatusCode.Conflict);
        var audit = (await SendAsync(scene.Origin.Admin, HttpMethod.Get, "/api/v1/audit?limit=1000")).ToJsonString();
        Assert.Contains($"Approve change request {id}", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_approves_their_own_whatever_roles_they_have_and_one_person_counts_once()
    {
        await using var scene = await Scene.StartAsync();
        await scene.ProtectAsync(approvals: 2);
        await GrantAsync(scene.Origin, "ann-too", "ann", "approver", "shop");
        await GrantAsync(scene.Origin, "cyd", "cyd", "approver", "shop");
        var path = await scene.AskAsync(Puts(("a", "2")));

        var own = await SendAsync(scene.Ann, HttpMethod.Post, $"{path}/approve", expected: HttpStatusCode.Forbidden);
        Assert.Contains("somebody else must approve", (string)own["detail"]!, StringComparison.Ordinal);
        Assert.Equal("open", (string)(await SendAsync(scene.Bob, HttpMethod.Post, $"{path}/approve"))["status"]!);
        Assert.Single((await SendAsync(scene.Bob, HttpMethod.Post, $"{path}/approve"))["approvals"]!.AsArray());
        using var cyd = await scene.Origin.ClientForAsync("cyd-2", "reader", "shop");
        await SendAsync(cyd, HttpMethod.Post, $"{path}/approve", expected: HttpStatusCode.Forbidden);
        using var second = await TokenAsync(scene.Origin, "cyd");
        Assert.Equal("committed", (string)(await SendAsync(second, HttpMethod.Post, $"{path}/approve"))["status"]!);
        Assert.Equal("2", await scene.ValueAsync("a"));
    }

    [Fact]
    public async Task What_is_approved_is_what_was_seen_and_an_author_who_may_no_more_gets_nothing_in()
    {
        await using var scene = await Scene.StartAsync();
        var (stale, late, shutOut) = (await scene.AskAsync(Puts(("a", "2"))), await scene.AskAsync(Puts(("a", "3"))), await scene.AskAsync(Puts(("c", "1"))));
        await SendAsync(scene.Bob, HttpMethod.Post, $"{late}/approve");

        var seen = await SendAsync(scene.Bob, HttpMethod.Get, stale);
        Assert.Equal("precondition_failed", (string)seen["obstacle"]!);
        await SendAsync(scene.Bob, HttpMethod.Post, $"{stale}/approve", expected: HttpStatusCode.PreconditionFailed);
        Assert.Equal("open", (string)(await SendAsync(scene.Bob, HttpMethod.Get, stale))["status"]!);
        Assert.Equal("3", await scene.ValueAsync("a"));
        await SendAsync(scene.Origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/heliograph.realm/setting?key=roles/ann");
        var closed = await SendAsync(scene.Bob, HttpMethod.Post, $"{shutOut}/approve", expected: HttpStatusCode.Conflict);
        Assert.Equal("/errors/request_closed", (string)closed["type"]!);
    }

    [Fact]
    public async Task A_rollback_is_asked_for_and_a_request_is_rejected_or_taken_back()
    {
        await using var scene = await Scene.StartAsync();
        var first = (string)(await SendAsync(scene.Ann, HttpMethod.Get, "/api/v1/namespaces/shop"))["revision"]!;
        await SendAsync(scene.Bob, HttpMethod.Post, $"{await scene.AskAsync(Puts(("a", "2")))}/approve");
        var (back, no, mine) = (await scene.AskAsync(new JsonObject { ["to"] = first }), await scene.AskAsync(Puts(("d", "1"))), await scene.AskAsync(Puts(("e", "1"))));

        Assert.Equal("rejected", (string)(await SendAsync(scene.Bob, HttpMethod.Post, $"{no}/reject", new JsonObject { ["reason"] = "not now" }))["status"]!);
        await SendAsync(scene.Bob, HttpMethod.Post, $"{no}/approve", expected: HttpStatusCode.Conflict);
        Assert.Equal("ann", (string)(await SendAsync(scene.Ann, HttpMethod.Post, $"{mine}/reject", new JsonObject { ["reason"] = "my mistake" }))["closedBy"]!);
        Assert.Equal(("rollback", "committed"), ((string)(await SendAsync(scene.Bob, HttpMethod.Get, back))["kind"]!, (string)(await SendAsync(scene.Bob, HttpMethod.Post, $"{back}/approve"))["status"]!));
        Assert.Equal("1", await scene.ValueAsync("a"));
        var newest = (await SendAsync(scene.Ann, HttpMethod.Get, "/api/v1/namespaces/shop/history?limit=1"))["items"]![0]!;
        Assert.Equal(("rollback", first), ((string)newest["kind"]!, (string)newest["rolledBackTo"]!));
    }

    [Fact]
    public async Task Requests_outlive_the_origin_and_what_was_approved_and_not_committed_is_completed()
    {
        var directory = Directory.CreateTempSubdirectory("helio-approvals-").FullName;
        string path;
        await using (var scene = await Scene.StartAsync(directory))
        {
            path = await scene.AskAsync(Puts(("a", "2")));
            // What a process leaves that ends between the last approval and the commit
            var id = path[(path.LastIndexOf('/') + 1)..];
            var sequencer = scene.Origin.Host.Sequencer;
            var approved = ChangeRequest.Find(sequencer.Current.State.Find(NamespaceName.Requests)!.Records, id)!.Value.Request with { Status = ChangeRequestStatus.Approved, Approvals = [new("bob", DateTimeOffset.UtcNow)] };
            Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Change(new Changeset(NamespaceName.Requests, [new SettingOperation.Put(approved.ToSetting())]), "bob", "approve") { IsByOrigin = true }, Cancel));
        }
        await using (var origin = await RunningOrigin.StartAsync(directory))
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            while ((string)(await SendAsync(origin.Admin, HttpMethod.Get, path))["status"]! != "committed") await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
            Assert.Equal("2", (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=a"))["value"]!);
            Assert.Equal(1, (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/history"))["items"]!.AsArray().Count(item => ((string)item!["message"]!).Contains("approved by bob", StringComparison.Ordinal)));
        }
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Ten_approvers_at_once_commit_it_once()
    {
        await using var scene = await Scene.StartAsync();
        await scene.ProtectAsync(approvals: 3);
        await GrantAsync(scene.Origin, "many", "approver-*", "approver", "shop");
        var approvers = new List<HttpClient>();
        for (var i = 0; i < 10; i++) approvers.Add(await TokenAsync(scene.Origin, $"approver-{i}"));
        var path = await scene.AskAsync(Puts(("a", "2")));

        await Task.WhenAll(approvers.Select(async approver =>
        {
            using var answer = await approver.PostAsync(new Uri($"{path}/approve", UriKind.Relative), null, Cancel);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict, $"{answer.StatusCode}");
        }));

        var request = await SendAsync(scene.Bob, HttpMethod.Get, path);
        Assert.Equal(("committed", 3), ((string)request["status"]!, request["approvals"]!.AsArray().Count));
        Assert.Equal(1, (await SendAsync(scene.Ann, HttpMethod.Get, "/api/v1/namespaces/shop/history"))["items"]!.AsArray().Count(item => ((string)item!["message"]!).Contains("approved by", StringComparison.Ordinal)));
        foreach (var approver in approvers) approver.Dispose();
    }

    [Fact]
    public async Task Protection_is_the_realm_admins_and_lifting_it_leaves_its_reason_in_the_log()
    {
        await using var scene = await Scene.StartAsync();
        foreach (var client in new[] { scene.Ann, scene.Bob })
        {
            await SendAsync(client, HttpMethod.Put, "/api/v1/protection?scope=shop", new JsonObject { ["approvals"] = 1 }, HttpStatusCode.NotFound); // whoever may not read the realm does not know of it
            await SendAsync(client, HttpMethod.Delete, "/api/v1/protection?scope=shop&message=x", expected: HttpStatusCode.NotFound);
        }
        await SendAsync(scene.Origin.Admin, HttpMethod.Put, "/api/v1/protection?scope=heliograph.realm", new JsonObject(), HttpStatusCode.BadRequest);
        await SendAsync(scene.Origin.Admin, HttpMethod.Put, "/api/v1/protection?scope=shop", new JsonObject { ["approvals"] = 6 }, HttpStatusCode.BadRequest);
        await SendAsync(scene.Origin.Admin, HttpMethod.Delete, "/api/v1/protection?scope=shop", expected: HttpStatusCode.BadRequest);
        await SendAsync(scene.Origin.Admin, HttpMethod.Get, "/api/v1/namespaces/heliograph.requests", expected: HttpStatusCode.NotFound); // nobody's to see
        await SendAsync(scene.Origin.Admin, HttpMethod.Patch, "/api/v1/namespaces/shop", new JsonObject { ["archived"] = true }, HttpStatusCode.Conflict);

        Assert.Equal("shop", (string)(await SendAsync(scene.Ann, HttpMethod.Get, "/api/v1/protections"))["items"]![0]!["scope"]!);
        await SendAsync(scene.Origin.Admin, HttpMethod.Delete, "/api/v1/protection?scope=shop&message=INC-7", expected: HttpStatusCode.NoContent);
        await SendAsync(scene.Ann, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "2" });
        var audit = (await SendAsync(scene.Origin.Admin, HttpMethod.Get, "/api/v1/audit?limit=1000")).ToJsonString();
        Assert.Contains("lift protection of shop: INC-7", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_that_are_wrong_or_too_many_are_refused_whole()
    {
        await using var scene = await Scene.StartAsync();
        foreach (var (body, expected) in new (JsonObject, HttpStatusCode)[]
        {
            (new JsonObject(), HttpStatusCode.BadRequest),
            (new JsonObject { ["to"] = "1.1", ["operations"] = new JsonArray() }, HttpStatusCode.BadRequest),
            (Puts(("a", "1")), HttpStatusCode.BadRequest), // it would change nothing
            (Puts(("a", "2")).With("expectedRevision", "1.1"), HttpStatusCode.Conflict),
            (Puts(("a", "2")).With("message", new string('m', 2_049)), HttpStatusCode.BadRequest),
            (Puts(("a", new string('v', 520_000)), ("b", new string('v', 10_000))), HttpStatusCode.Conflict),
        })
            await SendAsync(scene.Ann, HttpMethod.Post, Open, body, expected);
        await SendAsync(scene.Bob, HttpMethod.Post, Open, Puts(("a", "2")), HttpStatusCode.Forbidden);
        await SendAsync(scene.Origin.Admin, HttpMethod.Post, "/api/v1/namespaces/heliograph.realm/change-requests", Puts(("roles/x", "{}")), HttpStatusCode.BadRequest);
        for (var i = 0; i < 100; i++) await SendAsync(scene.Ann, HttpMethod.Post, Open, Puts(("n", $"{i}")), HttpStatusCode.Created);
        var over = await SendAsync(scene.Ann, HttpMethod.Post, Open, Puts(("n", "x")), HttpStatusCode.Conflict);
        Assert.Equal("/errors/limit_exceeded", (string)over["type"]!);
    }

    private static Task<JsonObject> GrantAsync(RunningOrigin origin, string name, string subject, string role, string namespaces) =>
        SendAsync(origin.Admin, HttpMethod.Put, $"/api/v1/namespaces/heliograph.realm/setting?key=roles/{name}", new JsonObject { ["value"] = new JsonObject { ["subject"] = subject, ["role"] = role, ["namespaces"] = namespaces }.ToJsonString() });

    private static async Task<HttpClient> TokenAsync(RunningOrigin origin, string subject) =>
        origin.ClientFor((string)(await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = subject }, HttpStatusCode.Created))["token"]!);

    /// <summary>A protected shop with an author, ann, an approver, bob, and somebody who may read nothing of it.</summary>
    private sealed class Scene(RunningOrigin origin, HttpClient ann, HttpClient bob, HttpClient stranger) : IAsyncDisposable
    {
        public RunningOrigin Origin => origin;

        public HttpClient Ann => ann;

        public HttpClient Bob => bob;

        public HttpClient Stranger => stranger;

        public static async Task<Scene> StartAsync(string? directory = null)
        {
            var origin = await RunningOrigin.StartAsync(directory);
            await origin.SeedAsync("shop", ("a", "1"));
            var scene = new Scene(origin, await origin.ClientForAsync("ann", "author", "shop"), await origin.ClientForAsync("bob", "approver", "shop"), await origin.ClientForAsync("eve", "author", "elsewhere"));
            await scene.ProtectAsync(approvals: 1);
            return scene;
        }

        public Task<JsonObject> ProtectAsync(int approvals) => SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/protection?scope=shop", new JsonObject { ["approvals"] = approvals });

        public async Task<string> AskAsync(JsonObject body) => $"/api/v1/change-requests/{(await SendAsync(ann, HttpMethod.Post, Open, body, HttpStatusCode.Created))["id"]}";

        public async Task<string> ValueAsync(string key) => (string)(await SendAsync(ann, HttpMethod.Get, $"/api/v1/namespaces/shop/setting?key={key}"))["value"]!;

        public async ValueTask DisposeAsync()
        {
            foreach (var client in new[] { ann, bob, stranger }) client.Dispose();
            await origin.DisposeAsync();
        }
    }
}

file static class Json
{
    public static JsonObject With(this JsonObject json, string name, string value)
    {
        json[name] = value;
        return json;
    }
}
