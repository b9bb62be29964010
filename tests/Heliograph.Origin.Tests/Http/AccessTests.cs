// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

public sealed class AccessTests
{
    [Fact]
    public async Task Without_a_token_nothing_is_said_but_health_contract_and_trust()
    {
        await using var origin = await RunningOrigin.StartAsync();
        foreach (var path in new[] { "/livez", "/readyz", "/readyz?for=write", "/startupz", "/openapi/v1.json", "/api/v1/trust" })
            await SendAsync(origin.Nobody, HttpMethod.Get, path);
        foreach (var path in new[] { "/api/v1", "/api/v1/namespaces", "/api/v1/namespaces/shop", "/api/v1/fleet", "/api/v1/tokens" })
            await SendAsync(origin.Nobody, HttpMethod.Get, path, expected: HttpStatusCode.Unauthorized);
        foreach (var wrong in new[] { "hlg_", "hlg_0123456789abcdef_" + new string('0', 64), "x" })
        {
            using var client = origin.ClientFor(wrong);
            await SendAsync(client, HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task Each_role_may_do_what_it_may_and_what_one_may_not_read_does_not_exist()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("pay.api", ("a", "1"));
        await origin.SeedAsync("shop", ("a", "1"));
        using var reader = await origin.ClientForAsync("reader-1", "reader", "pay.*");
        using var author = await origin.ClientForAsync("author-1", "author", "pay.*");
        using var boss = await origin.ClientForAsync("operator-1", "operator", "pay.*");
        var (put, archive) = (new JsonObject { ["value"] = "2" }, new JsonObject { ["archived"] = true });

        await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/pay.api");
        await SendAsync(reader, HttpMethod.Put, "/api/v1/namespaces/pay.api/setting?key=a", put.DeepClone(), HttpStatusCode.Forbidden);
        await SendAsync(author, HttpMethod.Put, "/api/v1/namespaces/pay.api/setting?key=a", put.DeepClone());
        await SendAsync(author, HttpMethod.Patch, "/api/v1/namespaces/pay.api", archive.DeepClone(), HttpStatusCode.Forbidden);
        await SendAsync(boss, HttpMethod.Patch, "/api/v1/namespaces/pay.api", archive.DeepClone());
        await SendAsync(boss, HttpMethod.Delete, "/api/v1/namespaces/pay.api", expected: HttpStatusCode.Forbidden);
        await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/pay.api", expected: HttpStatusCode.NoContent);

        // Unreadable, and absent: the same answer, byte for byte
        var hidden = await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/shop", expected: HttpStatusCode.NotFound);
        var absent = await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/none", expected: HttpStatusCode.NotFound);
        Assert.Equal(absent.ToJsonString(), hidden.ToJsonString());
        await SendAsync(author, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", put.DeepClone(), HttpStatusCode.NotFound);
        await SendAsync(author, HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = "shop" }, HttpStatusCode.Forbidden);
        await SendAsync(author, HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = "elsewhere" }, HttpStatusCode.Forbidden);
        await SendAsync(author, HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = "pay.web" }, HttpStatusCode.Created);
        Assert.Equal(["pay.web"], await NamesAsync(reader));
    }

    [Fact]
    public async Task Lists_are_filtered_before_they_are_paged()
    {
        await using var origin = await RunningOrigin.StartAsync();
        for (var i = 0; i < 6; i++) await origin.SeedAsync($"{(i % 2 == 0 ? "pay" : "shop")}.n{i}");
        using var reader = await origin.ClientForAsync("reader-1", "reader", "pay.*");

        var first = await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces?limit=2");
        var second = await SendAsync(reader, HttpMethod.Get, $"/api/v1/namespaces?limit=2&after={first["next"]}");

        Assert.Equal(["pay.n0", "pay.n2"], first["items"]!.AsArray().Select(item => (string)item!["name"]!));
        Assert.Equal(["pay.n4"], second["items"]!.AsArray().Select(item => (string)item!["name"]!));
        Assert.Null(second["next"]);
    }

    [Fact]
    public async Task A_token_or_role_that_is_taken_away_ends_at_once()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop");
        using var reader = await origin.ClientForAsync("reader-1", "reader", "*");
        await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/shop");
        await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/heliograph.realm/setting?key=roles/reader-1");
        await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/shop", expected: HttpStatusCode.NotFound);

        var tokens = await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/tokens");
        var mine = tokens["items"]!.AsArray().Single(token => (string)token!["subject"]! == "reader-1")!;
        await SendAsync(origin.Admin, HttpMethod.Delete, $"/api/v1/tokens/{mine["id"]}", expected: HttpStatusCode.NoContent);
        await SendAsync(reader, HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Secrets_of_tokens_are_nowhere_but_in_the_one_answer()
    {
        await using var origin = await RunningOrigin.StartAsync();
        var made = await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "ci", ["expiresInDays"] = 1 }, HttpStatusCode.Created);
        var secret = ((string)made["token"]!).Split('_')[2];

        Assert.DoesNotContain(secret, (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/tokens")).ToJsonString(), StringComparison.Ordinal);
        await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/heliograph.credentials/settings", expected: HttpStatusCode.NotFound);
        await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/heliograph.credentials/history", expected: HttpStatusCode.NotFound);
        Assert.DoesNotContain("heliograph.credentials", await NamesAsync(origin.Admin));
        foreach (var file in new[] { "log.db", "log.db-wal" }.Select(name => Path.Combine(origin.Directory, name)).Where(File.Exists))
            Assert.Equal(-1, (await ReadSharedAsync(file)).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(secret)));
    }

    [Fact]
    public async Task Authors_of_one_namespace_cannot_touch_roles_or_tokens()
    {
        await using var origin = await RunningOrigin.StartAsync();
        using var everywhere = await origin.ClientForAsync("lead", "admin", "*"); // an admin of everything but the realm itself
        await SendAsync(everywhere, HttpMethod.Get, "/api/v1/namespaces/heliograph.realm");
        await SendAsync(everywhere, HttpMethod.Put, "/api/v1/namespaces/heliograph.realm/setting?key=roles/lead2", new JsonObject { ["value"] = """{"subject":"lead","role":"admin","namespaces":"heliograph.*"}""" }, HttpStatusCode.Forbidden);
        await SendAsync(everywhere, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "x" }, HttpStatusCode.Forbidden);
    }

    [Fact]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Interoperability", "CA1416", Justification = "Skipped on Windows, which has no modes.")]
    public async Task The_administrators_token_is_for_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes; the directory's permissions are inherited there.");
        await using var origin = await RunningOrigin.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(origin.Host.AdminTokenPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(origin.Directory, "head-key.pem")));
    }

    private static async Task<List<string>> NamesAsync(HttpClient client) =>
        [.. (await SendAsync(client, HttpMethod.Get, "/api/v1/namespaces?limit=1000"))["items"]!.AsArray().Select(item => (string)item!["name"]!)];

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, Cancel);
        return bytes;
    }
}
