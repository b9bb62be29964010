// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

/// <summary>What has the content type of feature flags is one, however it is written.</summary>
public sealed class FeatureFlagTests
{
    private const string Flag = """{"id":"beta","enabled":true}""";
    private const string NoFlag = """{"id":"beta","enabled":"perhaps"}""";
    private const string Changes = "/api/v1/namespaces/shop/changes";

    [Fact]
    public async Task What_is_no_feature_flag_is_refused_with_the_place_and_the_reason_and_nothing_changes()
    {
        await using var origin = await StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        var before = origin.Fingerprint();

        var changes = new JsonObject { ["operations"] = new JsonArray(Put("b", "1", null), Put(".appconfig.featureflag/beta", NoFlag, "application/vnd.microsoft.appconfig.ff+json;charset=utf-8")) };
        foreach (var path in new[] { Changes, $"{Changes}?dryRun=true" })
        {
            var problem = await SendAsync(origin.Admin, HttpMethod.Post, path, changes.DeepClone(), HttpStatusCode.BadRequest);
            Assert.Equal(("operations[1].value", "No feature flag, '.appconfig.featureflag/beta': enabled: true or false is expected."), Fault(problem));
        }
        var single = new JsonObject { ["value"] = NoFlag, ["contentType"] = "application/vnd.microsoft.appconfig.ff+json" };
        Assert.Equal("value", Fault(await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=f", single, HttpStatusCode.BadRequest)).Path);
        Assert.Equal(before, origin.Fingerprint());
    }

    [Fact]
    public async Task A_flag_and_the_same_text_under_another_content_type_are_written()
    {
        await using var origin = await StartAsync();
        await origin.SeedAsync("shop");
        await SendAsync(origin.Admin, HttpMethod.Post, Changes, new JsonObject { ["operations"] = new JsonArray(
            Put("f", Flag, "application/vnd.microsoft.appconfig.ff+json;charset=utf-8"), Put("g", NoFlag, "application/json"), Put("h", NoFlag, null)) });
    }

    [Fact]
    public async Task A_malformed_flag_that_stands_is_locked_deleted_and_rolled_back_to_but_not_changed_into_another()
    {
        const string Type = "application/vnd.microsoft.appconfig.ff+json";
        var directory = Directory.CreateTempSubdirectory("helio-flags-").FullName;
        try
        {
            string written;
            await using (var lenient = await StartAsync(directory, acceptsMalformedFlags: true))
            {
                await lenient.SeedAsync("shop");
                written = (string)(await SendAsync(lenient.Admin, HttpMethod.Post, Changes, new JsonObject { ["operations"] = new JsonArray(Put("f", NoFlag, Type)) }))["revision"]!;
            }
            await using var strict = await StartAsync(directory);
            await SendAsync(strict.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=f", new JsonObject { ["value"] = NoFlag, ["contentType"] = Type, ["locked"] = true });
            await SendAsync(strict.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=f", new JsonObject { ["value"] = NoFlag, ["contentType"] = Type });
            await SendAsync(strict.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=f", new JsonObject { ["value"] = "{}", ["contentType"] = Type }, HttpStatusCode.BadRequest);
            await SendAsync(strict.Admin, HttpMethod.Delete, "/api/v1/namespaces/shop/setting?key=f");
            await SendAsync(strict.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/rollback", new JsonObject { ["to"] = written });
            Assert.Equal(NoFlag, (string)(await SendAsync(strict.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=f"))["value"]!);
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    private static (string Path, string Message) Fault(JsonObject problem) => ((string)problem["errors"]![0]!["path"]!, (string)problem["errors"]![0]!["message"]!);

    private static JsonObject Put(string key, string value, string? contentType)
    {
        var put = new JsonObject { ["op"] = "put", ["key"] = key, ["value"] = value };
        if (contentType is not null) put["contentType"] = contentType;
        return put;
    }
}
