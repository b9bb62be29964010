// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.Core.Audit;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Audit;

public sealed class AuditTests
{
    [Fact]
    public async Task Every_change_and_every_refusal_is_a_record_without_values()
    {
        const string Secret = "value-that-no-record-holds";
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop.api", ("a", Secret));
        using var reader = await origin.ClientForAsync("reader-1", "reader", "shop.*");
        await SendAsync(reader, HttpMethod.Put, "/api/v1/namespaces/shop.api/setting?key=a", new JsonObject { ["value"] = Secret }, HttpStatusCode.Forbidden);
        await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/pay.api/settings", expected: HttpStatusCode.NotFound);
        await SendAsync(reader, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "x" }, HttpStatusCode.Forbidden);
        await SendAsync(origin.Nobody, HttpMethod.Get, "/api/v1/namespaces", expected: HttpStatusCode.Unauthorized);
        await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/shop.api/settings"); // allowed: no record

        var changes = await ReadAsync(origin, "changes");
        var denied = await ReadAsync(origin, "denied");

        var put = changes.Single(record => (string?)record["namespace"] == "shop.api" && (string?)record["kind"] == "settings");
        Assert.Equal(("admin", 1, "put", "a"), ((string)put["actor"]!, (int)put["settings"]!, (string)put["named"]![0]!["op"]!, (string)put["named"]![0]!["key"]!));
        Assert.Equal(origin.Host.Sequencer.Current.State.Revision.Sequence, (long)changes[^1]["n"]!);
        Assert.Equal(
            [
                ("reader-1", "token", "PUT", "shop.api", "not_authorized"), ("reader-1", "token", "GET", "pay.api", "not_found"),
                ("reader-1", "token", "POST", null, "not_authorized"), (null, "none", "GET", null, "unauthenticated"),
            ],
            denied.Select(record => ((string?)record["actor"], (string)record["by"]!, ((string)record["action"]!).Split(' ')[0], (string?)record["namespace"], (string)record["reason"]!)));
        Assert.All(denied, record => Assert.Equal("127.0.0.1", (string?)record["from"]));
        foreach (var file in Files(origin.Directory, "*"))
            Assert.DoesNotContain(Secret, await ReadTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_call_that_was_done_says_what_proved_its_author_and_leads_to_its_change()
    {
        await using var issuer = await Oidc.TestIssuer.StartAsync();
        await using var origin = await RunningOrigin.StartAsync(oidc: [Oidc.OidcTests.Of(issuer)]);
        await origin.SeedAsync("shop", ("a", "1"));
        using var author = await origin.ClientForAsync("author-1", "author", "shop");
        await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/heliograph.realm/setting?key=roles/ann", new JsonObject { ["value"] = """{"subject":"oidc/corp:ann","role":"author","namespaces":"shop"}""" });
        using var ann = origin.ClientFor(issuer.Token("ann"));
        var before = (await ReadAsync(origin, "accepted")).Count;

        await SendAsync(author, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "value-2" }, HttpStatusCode.OK, ("Idempotency-Key", "k-1"));
        await SendAsync(ann, HttpMethod.Post, "/api/v1/namespaces/shop/changes", Puts(("a", "value-3")));
        await SendAsync(ann, HttpMethod.Post, "/api/v1/namespaces/shop/changes?dryRun=true", Puts(("a", "4"))); // a plan: no record
        await SendAsync(ann, HttpMethod.Get, "/api/v1/namespaces/shop");
        await SendAsync(ann, HttpMethod.Delete, "/api/v1/namespaces/shop", expected: HttpStatusCode.Forbidden);

        var accepted = (await ReadAsync(origin, "accepted")).Skip(before).ToList();
        var tokenId = (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/tokens"))["items"]!.AsArray().Single(item => (string)item!["subject"]! == "author-1")!["id"]!;
        Assert.Equal(
            [("author-1", "token", tokenId, "PUT /api/v1/namespaces/{ns}/setting"), ("oidc/corp:ann", "oidc", issuer.Address, "POST /api/v1/namespaces/{ns}/changes")],
            accepted.Select(record => ((string)record["actor"]!, (string)record["by"]!, (string)record["credential"]!, (string)record["action"]!)));
        Assert.Equal("k-1", (string)accepted[0]["request"]!);
        var changes = await ReadAsync(origin, "changes");
        foreach (var record in accepted) Assert.Equal((string)record["actor"]!, (string)changes.Single(change => (string)change["request"]! == (string)record["request"]!)["actor"]!);
        Assert.DoesNotContain(accepted, record => record.ToJsonString().Contains("value-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_an_admin_of_the_realm_reads_it_and_that_refusal_is_recorded_too()
    {
        await using var origin = await RunningOrigin.StartAsync();
        using var lead = await origin.ClientForAsync("lead", "admin", "*");
        await SendAsync(lead, HttpMethod.Get, "/api/v1/audit", expected: HttpStatusCode.Forbidden);
        await SendAsync(origin.Nobody, HttpMethod.Get, "/api/v1/audit?chain=denied", expected: HttpStatusCode.Unauthorized);
        await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/audit?chain=secrets", expected: HttpStatusCode.BadRequest);
        Assert.Equal(["lead", null], (await ReadAsync(origin, "denied")).Select(record => (string?)record["actor"]));
    }

    [Fact]
    public async Task A_flood_of_refusals_costs_little_disk_and_hides_no_insider()
    {
        await using var origin = await RunningOrigin.StartAsync();
        using var reader = await origin.ClientForAsync("reader-1", "reader", "shop.*");
        for (var i = 0; i < 400; i++) await SendAsync(origin.Nobody, HttpMethod.Get, "/api/v1/namespaces", expected: HttpStatusCode.Unauthorized);
        await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/pay/settings", expected: HttpStatusCode.NotFound);
        var directory = origin.Directory;
        var denied = await ReadAsync(origin, "denied");
        Assert.InRange(denied.Count(record => (string?)record["reason"] == "unauthenticated"), 100, 250);
        Assert.Contains(denied, record => (string?)record["actor"] == "reader-1");
        await origin.Host.DisposeAsync(); // sums up what it did not record one by one

        var records = (await LinesAsync(directory, "denied")).Select(line => JsonNode.Parse(line[65..])!).ToList();
        Assert.Equal(400, records.Count(record => (string?)record["reason"] == "unauthenticated") + records.Where(record => (string?)record["event"] == "denied-many").Sum(record => (long)record["unproven"]!));
    }

    [Fact]
    public async Task Both_chains_go_on_after_a_restart_and_half_a_record_is_cut_off_and_said()
    {
        var directory = Directory.CreateTempSubdirectory("helio-audit-").FullName;
        try
        {
            await using (var origin = await RunningOrigin.StartAsync(directory))
            {
                await origin.SeedAsync("shop");
                await SendAsync(origin.Nobody, HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
                await ReadAsync(origin, "changes");
            }
            await File.AppendAllTextAsync(Files(directory, "denied")[0], "0123456789abcdef", Cancel);
            await File.AppendAllTextAsync(Files(directory, "changes")[0], "0123", Cancel);
            await using (var origin = await RunningOrigin.StartAsync(directory))
            {
                await origin.SeedAsync("pay");
                await SendAsync(origin.Nobody, HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
                Assert.Equal(["denied", "repaired", "denied"], (await ReadAsync(origin, "denied")).Select(record => (string)record["event"]!));
                var changes = await ReadAsync(origin, "changes");
                Assert.Equal(Enumerable.Range(1, changes.Count), changes.Select(record => (int)record["n"]!));
                Assert.Equal("pay", (string?)changes[^1]["namespace"]);
            }
            foreach (var chain in new[] { "changes", "denied" }) Assert.Null(Verify(await LinesAsync(directory, chain)));
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    [Fact]
    public async Task What_was_altered_while_the_origin_was_down_is_set_aside_and_the_changes_are_read_from_the_log_again()
    {
        var directory = Directory.CreateTempSubdirectory("helio-audit-").FullName;
        try
        {
            await using (var origin = await RunningOrigin.StartAsync(directory))
            {
                await origin.SeedAsync("shop", ("a", "1"));
                for (var i = 0; i < 3; i++) await SendAsync(origin.Nobody, HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
                await ReadAsync(origin, "changes");
            }
            var before = await LinesAsync(directory, "changes");
            await AlterAsync(Files(directory, "changes")[0], line => line.Replace("\"actor\":\"admin\"", "\"actor\":\"nobody\"", StringComparison.Ordinal));
            await AlterAsync(Files(directory, "denied")[0], line => line.Replace("\"n\":2", "\"n\":9", StringComparison.Ordinal));
            Assert.NotNull(Verify(await LinesAsync(directory, "changes")));
            await using (var origin = await RunningOrigin.StartAsync(directory))
            {
                var changes = await ReadAsync(origin, "changes");
                Assert.DoesNotContain(changes, record => (string?)record["actor"] == "nobody");
                Assert.Equal(before.Count - 1, changes.Count);
                Assert.Equal([1], (await ReadAsync(origin, "denied")).Select(record => (int)record["n"]!)); // what was before the alteration
                await SendAsync(origin.Nobody, HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
            }
            Assert.Equal(2, Directory.GetFiles(Path.Combine(directory, "audit"), "*.damaged-*").Length);
            foreach (var chain in new[] { "changes", "denied" })
            {
                var lines = await LinesAsync(directory, chain);
                Assert.Null(Verify(lines));
                Assert.Contains(lines, line => line.Contains("setAside", StringComparison.Ordinal));
            }
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    [Fact]
    public void A_chain_of_many_files_is_one_chain_and_lets_its_oldest_go()
    {
        var directory = Directory.CreateTempSubdirectory("helio-audit-").FullName;
        try
        {
            var rules = new Origin.Audit.AuditFileRules(AuditChains.Denied, new Hash256(new byte[32]), "o", 3) { FileBytesMax = 2_000 };
            for (var run = 0; run < 2; run++)
            {
                using var file = Origin.Audit.AuditFile.Open(directory, rules);
                for (var i = 0; i < 50; i++) file.Append(number => AuditRecords.Repaired(number, default, i));
            }
            using var opened = Origin.Audit.AuditFile.Open(directory, rules);
            Assert.Equal(100, opened.Last);
            Assert.Equal(3, Directory.GetFiles(directory, "*.log").Length);
            var lines = new List<AuditLine>();
            for (long after = 0; after < 100; after = AuditRecords.NumberOf(lines[^1])) lines.AddRange(opened.Read(after, 7));
            var verifier = new AuditVerifier();
            Assert.All(lines, line => Assert.Null(verifier.Next(line.ToBytes().AsMemory()[..^1])));
            Assert.Equal((100L, opened.LastHash), (verifier.Last, verifier.LastHash));
            Assert.Equal(101 - verifier.First, verifier.Records);
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    private static async Task<List<JsonObject>> ReadAsync(RunningOrigin origin, string chain)
    {
        var (records, after, verifier) = (new List<JsonObject>(), "0", new AuditVerifier());
        while (after is not null)
        {
            var page = await SendAsync(origin.Admin, HttpMethod.Get, $"/api/v1/audit?chain={chain}&after={after}&limit=3");
            foreach (var item in page["items"]!.AsArray())
            {
                Assert.Null(verifier.Next(Encoding.ASCII.GetBytes($"{item!["hash"]} {item["record"]}")));
                var record = JsonNode.Parse((string)item["record"]!)!.AsObject();
                if ((string)record["event"]! != "begin") records.Add(record);
            }
            after = (string?)page["next"];
        }
        return records;
    }

    private static AuditFault? Verify(IEnumerable<string> lines)
    {
        var verifier = new AuditVerifier();
        foreach (var line in lines)
            if (verifier.Next(Encoding.ASCII.GetBytes(line)) is { } fault) return fault;
        return verifier.End();
    }

    private static string[] Files(string directory, string chain) => [.. Directory.GetFiles(Path.Combine(directory, "audit"), $"{chain}-*.log").Order(StringComparer.Ordinal)];

    private static async Task<List<string>> LinesAsync(string directory, string chain)
    {
        var lines = new List<string>();
        foreach (var file in Files(directory, chain)) lines.AddRange((await ReadTextAsync(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return lines;
    }

    private static async Task AlterAsync(string path, Func<string, string> alter) => await File.WriteAllTextAsync(path, alter(await File.ReadAllTextAsync(path, Cancel)), Cancel);

    private static async Task<string> ReadTextAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync(Cancel);
    }
}
