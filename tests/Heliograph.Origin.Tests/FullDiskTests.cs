// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using Heliograph.Origin.Realm;
using Heliograph.Storage.Sqlite.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests;

/// <summary>An origin on a disk that fills up.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_refuses_changes_says_so_to_probes_and_harms_nothing()
    {
        // Given an origin on a small disk
        using var disk = new MountedDisk("4m");
        await using var origin = await RunningOrigin.StartAsync(Directory.CreateDirectory(disk.File("realm")).FullName);
        await origin.SeedAsync("shop", ("small", "1"));
        await SendAsync(origin.Nobody, HttpMethod.Get, "/readyz?for=write");

        // When changes fill it
        var written = 0;
        while (await PutAsync(origin, $"big{written}", new string('x', 150_000)) == HttpStatusCode.OK) written++;
        var before = origin.Fingerprint();

        // Then changes are refused whole, reading goes on, and probes tell
        Assert.InRange(written, 1, 30);
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PutAsync(origin, "one-more", new string('x', 150_000)));
        Assert.Equal(before, origin.Fingerprint());
        Assert.Equal("1", (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1/namespaces/shop/setting?key=small"))["value"]!);
        Assert.True((bool)(await SendAsync(origin.Nobody, HttpMethod.Get, "/readyz?for=write", expected: HttpStatusCode.ServiceUnavailable))["storeFull"]!);
        Assert.True((bool)(await SendAsync(origin.Nobody, HttpMethod.Get, "/readyz"))["degraded"]!);

        // And with space, all is as before, without a restart
        disk.Resize("64m");
        Assert.Equal(HttpStatusCode.OK, await PutAsync(origin, "small", "2"));
        Assert.False((bool)(await SendAsync(origin.Nobody, HttpMethod.Get, "/readyz?for=write"))["degraded"]!);
    }

    [Fact]
    public void A_full_disk_is_believed_to_be_full_for_a_while_only()
    {
        var time = new FakeTimeProvider();
        var space = new StoreSpace(time);
        Assert.False(space.IsFull);
        space.Note(new SubmitResult.StoreFull("Full."));
        space.Note(new SubmitResult.NotFound()); // says nothing of the disk
        Assert.True(space.IsFull);

        time.Advance(StoreSpace.BelievedFor);

        Assert.False(space.IsFull);
    }

    private static async Task<HttpStatusCode> PutAsync(RunningOrigin origin, string key, string value)
    {
        using var content = new StringContent(new JsonObject { ["value"] = value }.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using var response = await origin.Admin.PutAsync(new Uri($"/api/v1/namespaces/shop/setting?key={key}", UriKind.Relative), content, Cancel);
        return response.StatusCode;
    }
}
