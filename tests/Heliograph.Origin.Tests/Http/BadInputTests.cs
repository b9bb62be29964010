// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

/// <summary>Every bad input is refused whole, says what is wrong, and changes nothing.</summary>
public sealed class BadInputTests(BadInputTests.Shared shared) : IClassFixture<BadInputTests.Shared>
{
    public sealed class Shared : IAsyncLifetime
    {
        internal RunningOrigin Origin { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Origin = await RunningOrigin.StartAsync();
            await Origin.SeedAsync("shop", ("a", "1"));
            await Origin.SeedAsync("old");
            await SendAsync(Origin.Admin, HttpMethod.Patch, "/api/v1/namespaces/old", new JsonObject { ["archived"] = true });
        }

        public ValueTask DisposeAsync() => Origin.DisposeAsync();
    }

    private static readonly string s_key1025 = new('k', 1_025), s_label257 = new('l', 257), s_tag257 = new('t', 257);

    public static TheoryData<string, string, string, int, string> Bodies => new()
    {
        { "malformed JSON", "changes", "{", 400, "" },
        { "no object", "changes", "[]", 400, "" },
        { "an unknown property", "changes", """{"operations":[{"op":"put","key":"b","value":"1"}],"operation":1}""", 400, "" },
        { "an unknown property of an operation", "changes", """{"operations":[{"op":"put","key":"b","value":"1","values":"2"}]}""", 400, "operations[0]" },
        { "a property twice", "changes", """{"operations":[{"op":"put","key":"b","key":"c","value":"1"}]}""", 400, "" },
        { "no operations", "changes", """{"operations":[]}""", 400, "operations" },
        { "operations missing", "changes", """{"message":"m"}""", 400, "operations" },
        { "an unknown operation", "changes", """{"operations":[{"op":"add","key":"b","value":"1"}]}""", 400, "operations[0].op" },
        { "a put without a value", "changes", """{"operations":[{"op":"put","key":"b"}]}""", 400, "operations[0].value" },
        { "a value that is no text", "changes", """{"operations":[{"op":"put","key":"b","value":1}]}""", 400, "operations[0].value" },
        { "a deletion with a value", "changes", """{"operations":[{"op":"delete","key":"a","value":"1"}]}""", 400, "operations[0].value" },
        { "an empty key", "changes", """{"operations":[{"op":"put","key":"","value":"1"}]}""", 400, "operations[0].key" },
        { "a key of a dot", "changes", """{"operations":[{"op":"put","key":".","value":"1"}]}""", 400, "operations[0].key" },
        { "a control character in a key", "changes", """{"operations":[{"op":"put","key":"a\u0007","value":"1"}]}""", 400, "operations[0].key" },
        { "a NUL in a label", "changes", """{"operations":[{"op":"put","key":"a","label":"\u0000","value":"1"}]}""", 400, "operations[0].key" },
        { "half a surrogate pair in a name", "changes", """{"\ud800":1,"operations":[{"op":"put","key":"b","value":"1"}]}""", 400, "" },
        { "half a surrogate pair in the name of a tag", "changes", """{"operations":[{"op":"put","key":"b","value":"1","tags":{"\udc00":"1"}}]}""", 400, "" },
        { "half a surrogate pair in a value", "changes", """{"operations":[{"op":"put","key":"b","value":"\ud800"}]}""", 400, "operations[0].value" },
        { "a key too long", "changes", $$"""{"operations":[{"op":"put","key":"{{s_key1025}}","value":"1"}]}""", 400, "operations[0].key" },
        { "a label too long", "changes", $$"""{"operations":[{"op":"put","key":"b","label":"{{s_label257}}","value":"1"}]}""", 400, "operations[0].key" },
        { "a tag too long", "changes", $$$"""{"operations":[{"op":"put","key":"b","value":"1","tags":{"{{{s_tag257}}}":"x"}}]}""", 400, "operations[0].tags" },
        { "a tag that is no text", "changes", """{"operations":[{"op":"put","key":"b","value":"1","tags":{"x":1}}]}""", 400, "operations[0].tags" },
        { "a setting twice", "changes", """{"operations":[{"op":"put","key":"b","value":"1"},{"op":"delete","key":"b"}]}""", 400, "operations[1].key" },
        { "no label and the empty label", "changes", """{"operations":[{"op":"put","key":"b","value":"1"},{"op":"put","key":"b","label":"","value":"2"}]}""", 400, "operations[1].key" },
        { "a condition of two", "changes", """{"operations":[{"op":"put","key":"b","value":"1","if":{"exists":true,"etag":"00"}}]}""", 400, "operations[0].if" },
        { "a condition of none", "changes", """{"operations":[{"op":"put","key":"b","value":"1","if":{}}]}""", 400, "operations[0].if" },
        { "an etag that is none", "changes", """{"operations":[{"op":"put","key":"b","value":"1","if":{"etag":"zz"}}]}""", 400, "operations[0].if.etag" },
        { "a revision that is none", "changes", """{"expectedRevision":"7","operations":[{"op":"put","key":"b","value":"1"}]}""", 400, "expectedRevision" },
        { "a wrong expected revision", "changes", """{"expectedRevision":"1.1","operations":[{"op":"put","key":"b","value":"1"}]}""", 409, "" },
        { "a condition that fails", "changes", """{"operations":[{"op":"put","key":"a","value":"2","if":{"exists":false}},{"op":"put","key":"b","value":"1"}]}""", 412, "" },
        { "a message with control characters", "changes", """{"message":"\u001b[31m","operations":[{"op":"put","key":"b","value":"1"}]}""", 400, "message" },
        { "a rollback to nowhere", "rollback", """{}""", 400, "to" },
        { "a rollback beyond the newest", "rollback", """{"to":"1.999999"}""", 400, "to" },
        { "a rollback to another epoch", "rollback", """{"to":"2.1"}""", 400, "to" },
        { "a rollback to before the namespace", "rollback", """{"to":"1.1"}""", 400, "to" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Refused_whole(string what, string call, string body, int status, string path)
    {
        var origin = shared.Origin;
        var before = origin.Fingerprint();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/namespaces/shop/{call}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };

        var problem = await SendAsync(origin.Admin, request, (HttpStatusCode)status);

        if (path.Length > 0) Assert.Contains(problem["errors"]!.AsArray(), error => (string)error!["path"]! == path);
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.Equal(before, origin.Fingerprint());
        Assert.NotNull(what);
    }

    [Theory]
    [InlineData(80, 10, "more headers than 64")]
    [InlineData(10, 4_000, "more than 16 KiB of headers")]
    public async Task Headers_without_end_are_refused(int count, int chars, string what)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/namespaces/shop");
        for (var i = 0; i < count; i++) request.Headers.TryAddWithoutValidation($"x-{i}", new string('a', chars));
        using var response = await shared.Origin.Admin.SendAsync(request, Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.RequestHeaderFieldsTooLarge, what);
    }

    [Fact]
    public async Task A_compressed_body_is_not_unpacked_whatever_it_says()
    {
        var before = shared.Origin.Fingerprint();
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(new string(' ', 1 << 20) + Puts(("bomb", "1")).ToJsonString()));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces/shop/changes") { Content = new ByteArrayContent(packed.ToArray()) };
        request.Content.Headers.ContentType = new("application/json");
        request.Content.Headers.ContentEncoding.Add("gzip");
        await SendAsync(shared.Origin.Admin, request, HttpStatusCode.BadRequest);
        Assert.Equal(before, shared.Origin.Fingerprint());
    }

    [Fact]
    public async Task Every_fault_of_a_request_is_named()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces/shop/changes?dryrun=1")
        {
            Content = new StringContent("""{"expectedRevision":"x","operations":[{"op":"put","key":"","value":1},{"op":"nothing","key":"b"}],"more":1}""", Encoding.UTF8, "application/json"),
        };
        var problem = await SendAsync(shared.Origin.Admin, request, HttpStatusCode.BadRequest);
        Assert.Equal(["", "dryrun", "expectedRevision", "operations[0].key", "operations[0].value", "operations[1].op"], problem["errors"]!.AsArray().Select(error => (string)error!["path"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_refused()
    {
        var before = shared.Origin.Fingerprint();
        byte[] body = [.. """{"operations":[{"op":"put","key":"b","value":"""u8, (byte)'"', 0xFF, .. "\"}]}"u8];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces/shop/changes") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        await SendAsync(shared.Origin.Admin, request, HttpStatusCode.BadRequest);
        await SendAsync(shared.Origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=%FF", new JsonObject { ["value"] = "1" }, HttpStatusCode.BadRequest);
        Assert.Equal(before, shared.Origin.Fingerprint());
    }

    [Fact]
    public async Task What_is_larger_than_allowed_is_refused()
    {
        var origin = shared.Origin;
        var before = origin.Fingerprint();
        JsonObject Value(int bytes) => new() { ["value"] = new string('v', bytes) };
        var tooLarge = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=b", Value(Limits.ValueBytesMax + 1), HttpStatusCode.BadRequest);
        Assert.Equal("value", (string)tooLarge["errors"]![0]!["path"]!); // where it stands in this request
        var wide = new JsonObject { ["value"] = string.Concat(Enumerable.Repeat("é", (Limits.ValueBytesMax / 2) + 1)) }; // characters fit, bytes do not
        await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=b", wide, HttpStatusCode.BadRequest);

        var many = new JsonObject { ["operations"] = new JsonArray([.. Enumerable.Range(0, Limits.ChangesetOperationsMax + 1).Select(i => new JsonObject { ["op"] = "delete", ["key"] = $"k{i}" })]) };
        await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/changes", many, HttpStatusCode.BadRequest);
        var heavy = new JsonObject { ["operations"] = new JsonArray([.. Enumerable.Range(0, 9).Select(i => new JsonObject { ["op"] = "put", ["key"] = $"k{i}", ["value"] = new string('v', 1 << 20) })]) };
        await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/changes", heavy, HttpStatusCode.BadRequest);
        await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/rollback", new JsonObject { ["to"] = new string('1', 100_000) }, HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal(before, origin.Fingerprint());
    }

    [Fact]
    public async Task Nesting_without_end_and_other_media_types_are_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces/shop/changes") { Content = new StringContent(deep, Encoding.UTF8, "application/json") };
        await SendAsync(shared.Origin.Admin, request, HttpStatusCode.BadRequest);
        using var yaml = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces/shop/changes") { Content = new StringContent("a: 1", Encoding.UTF8, "application/yaml") };
        var problem = await SendAsync(shared.Origin.Admin, yaml, HttpStatusCode.UnsupportedMediaType);
        Assert.Equal("/errors/unsupported_media_type", (string)problem["type"]!);
    }

    [Theory]
    [InlineData("Shop")]
    [InlineData("shop.")]
    [InlineData("sh op")]
    [InlineData("heliograph.mine")]
    [InlineData("heliograph")]
    [InlineData("")]
    public async Task Names_outside_the_grammar_and_reserved_ones_are_refused(string name)
    {
        var before = shared.Origin.Fingerprint();
        await SendAsync(shared.Origin.Admin, HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = name }, HttpStatusCode.BadRequest);
        Assert.Equal(before, shared.Origin.Fingerprint());
    }

    [Theory]
    [InlineData("GET", "/api/v1/namespaces?limit=0", 400)]
    [InlineData("GET", "/api/v1/namespaces?limit=1001", 400)]
    [InlineData("GET", "/api/v1/namespaces?limt=1", 400)]
    [InlineData("GET", "/api/v1/namespaces?limit=1&limit=2", 400)]
    [InlineData("GET", "/api/v1/namespaces?after=%21", 400)]
    [InlineData("GET", "/api/v1/namespaces/shop/settings?at=7", 400)]
    [InlineData("GET", "/api/v1/namespaces/shop/settings?at=1.999999", 400)]
    [InlineData("GET", "/api/v1/namespaces/shop/setting", 400)]
    [InlineData("GET", "/api/v1/namespaces/shop/diff", 400)]
    [InlineData("GET", "/api/v1/namespaces/SHOP", 400)]
    [InlineData("GET", "/api/v1/namespaces/none", 404)]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("POST", "/api/v1/namespaces/shop", 405)]
    [InlineData("DELETE", "/api/v1/namespaces/shop", 409)]
    [InlineData("GET", "/api/v1/fleet/wait?namespace=shop&revision=1.1&percent=0", 400)]
    [InlineData("GET", "/api/v1/explain?instance=x&namespace=shop&key=a", 404)]
    [InlineData("DELETE", "/api/v1/tokens/none", 404)]
    public async Task Calls_that_are_wrong_are_answered_with_a_problem(string method, string path, int status)
    {
        var before = shared.Origin.Fingerprint();
        await SendAsync(shared.Origin.Admin, new HttpMethod(method), path, expected: (HttpStatusCode)status);
        Assert.Equal(before, shared.Origin.Fingerprint());
    }

    [Fact]
    public async Task Wrong_headers_are_refused()
    {
        const string Path = "/api/v1/namespaces/shop/setting?key=b";
        var before = shared.Origin.Fingerprint();
        foreach (var (name, value) in new[] { ("If-Match", "\"xyz\""), ("If-None-Match", "\"0\""), ("Idempotency-Key", "with space"), ("Idempotency-Key", new string('x', 129)) })
            await SendAsync(shared.Origin.Admin, HttpMethod.Put, Path, new JsonObject { ["value"] = "1" }, HttpStatusCode.BadRequest, (name, value));
        await SendAsync(shared.Origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop", null, HttpStatusCode.BadRequest, ("Heliograph-Min-Revision", "1"));
        Assert.Equal(before, shared.Origin.Fingerprint());
    }

    [Fact]
    public async Task An_archived_namespace_is_read_and_refuses_changes()
    {
        await SendAsync(shared.Origin.Admin, HttpMethod.Get, "/api/v1/namespaces/old");
        var problem = await SendAsync(shared.Origin.Admin, HttpMethod.Put, "/api/v1/namespaces/old/setting?key=b", new JsonObject { ["value"] = "1" }, HttpStatusCode.Conflict);
        Assert.Equal("/errors/archived", (string)problem["type"]!);
    }

    [Fact]
    public async Task A_role_that_does_not_parse_is_refused()
    {
        var before = shared.Origin.Fingerprint();
        foreach (var value in new[] { "x", "{}", """{"subject":"a","role":"boss","namespaces":"*"}""", """{"subject":"a*b","role":"admin","namespaces":"*"}""", """{"subject":"a","role":"admin","namespaces":"pay*"}""" })
            await SendAsync(shared.Origin.Admin, HttpMethod.Put, "/api/v1/namespaces/heliograph.realm/setting?key=roles/a", new JsonObject { ["value"] = value }, HttpStatusCode.BadRequest);
        await SendAsync(shared.Origin.Admin, HttpMethod.Put, "/api/v1/namespaces/heliograph.realm/setting?key=other", new JsonObject { ["value"] = "1" }, HttpStatusCode.BadRequest);
        await SendAsync(shared.Origin.Admin, HttpMethod.Put, "/api/v1/namespaces/heliograph.credentials/setting?key=tokens/a", new JsonObject { ["value"] = "1" }, HttpStatusCode.NotFound);
        Assert.Equal(before, shared.Origin.Fingerprint());
    }
}
