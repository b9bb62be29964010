// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.Origin.Oidc;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Oidc;

/// <summary>Tokens of an OpenID Connect issuer at a whole origin: a real issuer, over HTTPS on loopback.</summary>
public sealed class OidcTests
{
    [Fact]
    public async Task A_token_of_the_issuer_proves_its_subject_and_roles_bound_to_it_and_its_groups_hold()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var origin = await RunningOrigin.StartAsync(oidc: [Of(issuer)]);
        await origin.SeedAsync("shop", ("a", "1"));
        await origin.SeedAsync("pay", ("a", "1"));
        await GrantAsync(origin, "ann", "oidc/corp:ann", "author", "shop");
        await GrantAsync(origin, "deployers", "oidc/corp/group:deployers", "reader", "pay");
        var token = issuer.Token("ann", payload: body => body["groups"] = new JsonArray("staff", "deployers"));

        var change = await CallAsync(origin, token, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "2" });
        Assert.Equal("oidc/corp:ann", (string)change["actor"]!);
        await CallAsync(origin, token, HttpMethod.Get, "/api/v1/namespaces/pay");
        await CallAsync(origin, token, HttpMethod.Put, "/api/v1/namespaces/pay/setting?key=a", new JsonObject { ["value"] = "2" }, HttpStatusCode.Forbidden);
        await CallAsync(origin, issuer.Token("ann"), HttpMethod.Get, "/api/v1/namespaces/pay", expected: HttpStatusCode.NotFound); // in no group
        await CallAsync(origin, issuer.Token("rob"), HttpMethod.Get, "/api/v1/namespaces/shop", expected: HttpStatusCode.NotFound); // proven, and bound to no role

        await GrantAsync(origin, "out", "oidc/corp/group:staff", "none", "*"); // whoever is in a group that is shut out is shut out
        await CallAsync(origin, token, HttpMethod.Get, "/api/v1/namespaces/shop", expected: HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Whatever_does_not_hold_is_refused_with_the_reason_and_recorded()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var stranger = await TestIssuer.StartAsync();
        await using var origin = await RunningOrigin.StartAsync(oidc: [Of(issuer)]);
        await GrantAsync(origin, "ann", "oidc/corp:ann", "admin", "*");
        var good = issuer.Token("ann");
        await CallAsync(origin, good, HttpMethod.Get, "/api/v1");

        foreach (var (token, reason) in new (string, string)[]
        {
            (stranger.Token("ann"), "its issuer is none of this realm's"),
            (stranger.Token("ann", payload: body => body["iss"] = issuer.Address), "its signature is not the issuer's"), // the stranger's key has the same id
            (issuer.Token("ann", audience: "another"), "it is for another audience"),
            (issuer.Token("ann", payload: body => body.Remove("aud")), "it is for another audience"),
            (issuer.Token("ann", lifetime: TimeSpan.FromSeconds(-61)), "it has expired"),
            (issuer.Token("ann", payload: body => body.Remove("exp")), "it never expires"),
            (issuer.Token("ann", lifetime: TimeSpan.FromHours(25)), "it is good for longer than 86400 s"),
            (issuer.Token("ann", payload: body => body["nbf"] = DateTimeOffset.UtcNow.AddMinutes(2).ToUnixTimeSeconds()), "it is not good yet: compare the clocks"),
            (issuer.Token("ann", header: head => head["kid"] = "unknown"), "issuer 'corp' has no such key"),
            (issuer.Token("ann", type: "logout+jwt"), "its type is not JWT"),
            (issuer.Token("ann", header: head => head["crit"] = new JsonArray("exp")), "its header demands what is not understood here"),
            (issuer.Token("ann", payload: body => body["sub"] = new JsonArray("ann", "bob")), "it is no signed JWT"),
            (issuer.Token("ann", payload: body => body.Remove("sub")), "its claim 'sub' is not one text"),
            (issuer.Token(new string('a', 300)), "A subject has at most 256 characters"),
            (issuer.Token("ann", payload: body => body["groups"] = new JsonArray([.. Enumerable.Range(0, 201).Select(i => (JsonNode)$"g{i}")])), "its mapped claims hold more than 200 values"),
            (Unsigned(good, "none"), "its algorithm is not allowed"),
            (SignedWithThePublicKey(good, issuer), "its algorithm is not allowed"),
            (good[..^8] + "AAAAAAAA", "its signature is not the issuer's"),
            ("eyJ.e.x", "it is no signed JWT"),
        })
        {
            var problem = await CallAsync(origin, token, HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
            Assert.Contains(reason, (string)problem["detail"]!, StringComparison.Ordinal);
        }
        await CallAsync(origin, issuer.Token("ann", lifetime: TimeSpan.FromSeconds(-30)), HttpMethod.Get, "/api/v1"); // within the skew
        await CallAsync(origin, issuer.Token("ann", type: null), HttpMethod.Get, "/api/v1"); // Kubernetes names no type

        var denied = await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/audit?chain=denied&limit=1000");
        Assert.Equal(19, denied["items"]!.AsArray().Count(item => ((string)item!["record"]!).Contains("\"by\":\"none\"", StringComparison.Ordinal)));
        Assert.DoesNotContain(good.Split('.')[1], denied.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Known_keys_go_on_while_the_issuer_is_down()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var origin = await RunningOrigin.StartAsync(oidc: [Of(issuer)]);
        await GrantAsync(origin, "ann", "oidc/corp:ann", "reader", "*");
        issuer.Rotate("k2", isRsa: true);
        var old = issuer.Token("ann");
        await CallAsync(origin, old, HttpMethod.Get, "/api/v1");
        Assert.Equal(1, issuer.KeysAsked);

        issuer.IsDown = true; // what is known goes on
        await CallAsync(origin, old, HttpMethod.Get, "/api/v1");
    }

    [Fact]
    public async Task The_same_token_is_nobodys_where_no_issuer_is_configured()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var origin = await RunningOrigin.StartAsync();
        var problem = await CallAsync(origin, issuer.Token("ann"), HttpMethod.Get, "/api/v1", expected: HttpStatusCode.Unauthorized);
        Assert.Contains("takes no tokens of OpenID Connect issuers", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_ends_with_the_token_that_opened_it()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var origin = await RunningOrigin.StartAsync(oidc: [Of(issuer, clockSkew: TimeSpan.Zero)]);
        await origin.SeedAsync("shop", ("a", "1"));
        await GrantAsync(origin, "ann", "oidc/corp:ann", "reader", "*");
        using var client = origin.ClientFor(issuer.Token("ann", lifetime: TimeSpan.FromSeconds(2)));
        using var stream = new StreamReader(await client.GetStreamAsync(new Uri("/api/v1/namespaces/shop/watch", UriKind.Relative), Cancel));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));

        var text = await stream.ReadToEndAsync(limit.Token); // until the origin ends it

        Assert.Contains("event: snapshot", text, StringComparison.Ordinal);
    }

    private static string Unsigned(string token, string algorithm) => $"{TestIssuer.Encode(new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = "k1" })}.{token.Split('.')[1]}.";

    private static string SignedWithThePublicKey(string token, TestIssuer issuer)
    {
        var signed = $"{TestIssuer.Encode(new JsonObject { ["alg"] = "HS256", ["typ"] = "JWT", ["kid"] = "k1" })}.{token.Split('.')[1]}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(issuer.PublicKey()), Encoding.ASCII.GetBytes(signed)))}";
    }

    internal static OidcIssuer Of(TestIssuer issuer, TimeSpan? clockSkew = null) => new()
    {
        Name = "corp", Issuer = issuer.Address, Audience = "heliograph", Authorities = issuer.Authorities, Claims = new Dictionary<string, string> { ["group"] = "groups" }, ClockSkew = clockSkew ?? TimeSpan.FromSeconds(60),
    };

    private static Task<JsonObject> GrantAsync(RunningOrigin origin, string name, string subject, string role, string namespaces) =>
        SendAsync(origin.Admin, HttpMethod.Put, $"/api/v1/namespaces/heliograph.realm/setting?key=roles/{name}", new JsonObject { ["value"] = new JsonObject { ["subject"] = subject, ["role"] = role, ["namespaces"] = namespaces }.ToJsonString() });

    private static async Task<JsonObject> CallAsync(RunningOrigin origin, string token, HttpMethod method, string path, JsonNode? body = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var client = origin.ClientFor(token);
        return await SendAsync(client, method, path, body, expected);
    }
}
