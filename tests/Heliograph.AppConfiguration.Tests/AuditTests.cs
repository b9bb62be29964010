// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.AppConfiguration.Access;
using Heliograph.Core.Sequencing;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>What the face refuses stands in the origin's audit log, as what its API refuses does.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task Requests_that_prove_nobody_or_may_not_are_records_of_the_origins_audit_log()
    {
        await using var issuer = await Issuer.StartAsync();
        await using var face = await RunningFace.StartAsync(new BearerOptions { Authority = issuer.Address, Audience = "app-configuration", Stores = new Dictionary<string, NamespaceName> { ["127.0.0.1"] = RunningFace.Store } });
        var reader = face.ClientOf(face.Face, face.ReadKey);
        Assert.Equal(401, (await face.Client.SendAsync("GET", $"/kv?{Newest}", null, ("Authorization", "HMAC-SHA256 Credential=x&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=y"))).Code);
        Assert.Equal(403, (await reader.SendAsync("PUT", $"/kv/k?{Newest}", new JsonObject { ["value"] = "secret-value" })).Code);
        Assert.Equal(403, (await face.Client.SendAsync("GET", $"/kv/k?{Newest}", null, ("Authorization", $"Bearer {issuer.Token("nobody")}"))).Code);
        Assert.Equal(200, (await face.Client.SendAsync("PUT", $"/kv/k?{Newest}", new JsonObject { ["value"] = "secret-value" })).Code); // allowed: no record
        Assert.Equal(404, (await reader.SendAsync("GET", $"/kv/none?{Newest}")).Code); // not there: no record

        var lines = new List<JsonObject>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(face.Directory, "origin", "audit"), "denied-*.log"))
            lines.AddRange((await ReadSharedAsync(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line[65..])!.AsObject()).Where(record => (string)record["event"]! == "denied"));

        Assert.Equal(
            [(null, "none", "GET App Configuration kv", null, "unauthenticated"), ($"access-key:{face.ReadKey.Id}", "access-key", "PUT App Configuration kv", "store.test", "not_authorized"), ("oidc:nobody", "oidc", "GET App Configuration kv", "store.test", "not_authorized")],
            lines.Select(record => ((string?)record["actor"], (string)record["by"]!, (string)record["action"]!, (string?)record["namespace"], (string)record["reason"]!)));
        Assert.All(lines, record => Assert.Equal("127.0.0.1", (string?)record["from"]));
        Assert.DoesNotContain(lines, record => record.ToJsonString().Contains("secret-value", StringComparison.Ordinal));
    }

    private static async Task<string> ReadSharedAsync(string path)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(RunningFace.Cancel);
    }
}
