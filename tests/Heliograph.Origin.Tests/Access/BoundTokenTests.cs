// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Access;

public sealed class BoundTokenTests
{
    [Fact]
    public async Task A_bound_token_gives_less_than_its_subject_has_and_never_more()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("pay.api", ("a", "1"));
        await origin.SeedAsync("shop", ("a", "1"));
        await origin.PutRoleAsync("ci", "author", "*");
        var put = new JsonObject { ["value"] = "2" };
        using var reader = await ClientAsync(origin, new() { ["subject"] = "ci", ["role"] = "reader" });
        using var ofPay = await ClientAsync(origin, new() { ["subject"] = "ci", ["namespaces"] = new JsonArray("pay.*"), ["role"] = "admin" });

        await SendAsync(reader, HttpMethod.Get, "/api/v1/namespaces/shop");
        await SendAsync(reader, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", put.DeepClone(), HttpStatusCode.Forbidden);
        await SendAsync(ofPay, HttpMethod.Put, "/api/v1/namespaces/pay.api/setting?key=a", put.DeepClone());
        await SendAsync(ofPay, HttpMethod.Get, "/api/v1/namespaces/shop", expected: HttpStatusCode.NotFound);
        await SendAsync(ofPay, HttpMethod.Patch, "/api/v1/namespaces/pay.api", new JsonObject { ["archived"] = true }, HttpStatusCode.Forbidden); // its subject is no operator
        var names = (await SendAsync(ofPay, HttpMethod.Get, "/api/v1/namespaces"))["items"]!.AsArray().Select(item => (string)item!["name"]!);
        Assert.Equal(["pay.api"], names);
    }

    [Fact]
    public async Task An_administrators_bound_token_manages_no_tokens_unless_it_may()
    {
        await using var origin = await RunningOrigin.StartAsync();
        using var bound = await ClientAsync(origin, new() { ["subject"] = "admin", ["namespaces"] = new JsonArray("*") });
        await SendAsync(bound, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "x" }, HttpStatusCode.Forbidden);
        using var ofRealm = await ClientAsync(origin, new() { ["subject"] = "admin", ["namespaces"] = new JsonArray("heliograph.*") });
        await SendAsync(ofRealm, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "x" }, HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_token_is_taken_from_its_networks_alone_and_shows_when_it_was_used()
    {
        await using var origin = await RunningOrigin.StartAsync();
        using var here = await ClientAsync(origin, new() { ["subject"] = "admin", ["networks"] = new JsonArray("10.0.0.0/8", "127.0.0.0/8") });
        using var elsewhere = await ClientAsync(origin, new() { ["subject"] = "admin", ["networks"] = new JsonArray("10.0.0.0/8", "2001:db8::/32") });
        await SendAsync(here, HttpMethod.Get, "/api/v1/namespaces");
        await SendAsync(elsewhere, HttpMethod.Get, "/api/v1/namespaces", expected: HttpStatusCode.Unauthorized);
        using var pretending = new HttpRequestMessage(HttpMethod.Get, "/api/v1/namespaces");
        pretending.Headers.Add("Heliograph-Forwarded-For", "10.0.0.1"); // believed from origins only
        await SendAsync(elsewhere, pretending, HttpStatusCode.Unauthorized);

        var listed = (await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/tokens"))["items"]!.AsArray();
        Assert.InRange(DateTimeOffset.UtcNow - (DateTimeOffset)listed.First(token => token!["networks"]?.AsArray().Any(network => (string)network! == "127.0.0.0/8") ?? false)!["lastUsedAt"]!, TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData("role", "\"king\"")]
    [InlineData("namespaces[0]", "[\"Pay..\"]")]
    [InlineData("networks[0]", "[\"10.0.0.1/8\"]")]
    [InlineData("networks[0]", "[\"010.0.0.0/8\"]")] // octal to some, decimal to others
    [InlineData("networks[0]", "[\"2001:db8::1/32\"]")]
    [InlineData("networks[1]", "[\"10.0.0.0/8\",\"here\"]")]
    [InlineData("namespaces", "\"pay\"")]
    public async Task What_binds_a_token_must_be_understood(string path, string json)
    {
        await using var origin = await RunningOrigin.StartAsync();
        var body = new JsonObject { ["subject"] = "ci", [path.Split('[')[0]] = JsonNode.Parse(json) };
        var problem = await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/tokens", body, HttpStatusCode.BadRequest);
        Assert.Contains(problem["errors"]!.AsArray(), error => (string)error!["path"]! == path);
    }

    private static async Task<HttpClient> ClientAsync(RunningOrigin origin, JsonObject token) =>
        origin.ClientFor((string)(await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/tokens", token, HttpStatusCode.Created))["token"]!);
}
