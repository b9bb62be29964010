// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests;

public sealed class RecoveryTests
{
    [Fact]
    public async Task With_a_damaged_mark_nothing_is_signed_and_what_is_there_is_served()
    {
        // Given an origin whose high-water file was cut to nothing
        var directory = Directory.CreateTempSubdirectory("helio-origin-").FullName;
        await using (var origin = await RunningOrigin.StartAsync(directory)) await origin.SeedAsync("shop", ("a", "1"));
        await File.WriteAllBytesAsync(Path.Combine(directory, "head.hw"), [], Cancel);

        // When it starts again, then it serves what it holds, takes no change, and says why
        await using (var origin = await RunningOrigin.StartAsync(directory))
        {
            Assert.Equal("1", (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=a"))["value"]!);
            var refused = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "3" }, HttpStatusCode.ServiceUnavailable);
            Assert.Equal("/errors/read_only", (string)refused["type"]!);
            Assert.Contains("'head.hw' is damaged", (string)refused["detail"]!, StringComparison.Ordinal);
            Assert.Null((await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1"))["headIssuedAt"]);
        }
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_restored_backup_is_served_read_only_and_nothing_is_signed_over_it()
    {
        var directory = Directory.CreateTempSubdirectory("helio-origin-").FullName;
        var backup = Path.Combine(directory, "..", Path.GetFileName(directory) + "-backup.db");
        await using (var origin = await RunningOrigin.StartAsync(directory)) await origin.SeedAsync("shop", ("a", "1"));
        File.Copy(Path.Combine(directory, "log.db"), backup);
        await using (var origin = await RunningOrigin.StartAsync(directory)) await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "2" });
        File.Move(backup, Path.Combine(directory, "log.db"), overwrite: true);

        await using (var origin = await RunningOrigin.StartAsync(directory))
        {
            Assert.Equal("1", (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=a"))["value"]!);
            var refused = await SendAsync(origin.Admin, HttpMethod.Put, "/api/v1/namespaces/shop/setting?key=a", new JsonObject { ["value"] = "3" }, HttpStatusCode.ServiceUnavailable);
            Assert.Equal("/errors/read_only", (string)refused["type"]!);
            Assert.Null((await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1"))["headIssuedAt"]);
            var ready = await SendAsync(origin.Nobody, HttpMethod.Get, "/readyz");
            Assert.True((bool)ready["degraded"]!);
            await SendAsync(origin.Nobody, HttpMethod.Get, "/readyz?for=write", expected: HttpStatusCode.ServiceUnavailable);
        }
        Directory.Delete(directory, recursive: true);
    }
}
