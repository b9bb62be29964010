// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Hosting.Listening;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>What the origin's /metrics says of App Configuration clients.</summary>
public sealed class FaceMetricsTests
{
    [Fact]
    public async Task Requests_are_counted_by_kind_and_outcome_and_measured_and_no_key_or_store_is_named()
    {
        await using var face = await RunningFace.StartAsync();
        var etag = (string)(await face.Client.PutAsync("secret-key", new JsonObject { ["value"] = "1" }))["etag"]!;
        await face.Client.GetAsync($"/kv/secret-key?{Newest}");
        Assert.Equal(304, (await face.Client.SendAsync("GET", $"/kv/secret-key?{Newest}", null, ("If-None-Match", $"\"{etag}\""))).Code);
        Assert.Equal(404, (await face.Client.SendAsync("GET", $"/kv/other?{Newest}")).Code);
        Assert.Equal(412, (await face.Client.SendAsync("PUT", $"/kv/secret-key?{Newest}", new JsonObject { ["value"] = "2" }, ("If-None-Match", "*"))).Code);
        Assert.Equal(401, (await face.Client.SendAsync("GET", $"/kv?{Newest}", null, ("Authorization", null))).Code);
        Assert.Equal(400, (await face.Client.SendAsync("GET", "/keys?api-version=nonsense")).Code);
        await face.Client.GetAsync($"/kv?{Newest}");
        await face.Client.GetAsync($"/labels?{Newest}");
        await face.Client.GetAsync($"/snapshots?{Newest}");

        using var http = new HttpClient();
        var address = face.Origin.Endpoints.Of(ListenProtocol.Http).Address;
        var lines = (await http.GetStringAsync(new Uri($"http://{address}/metrics"), RunningFace.Cancel)).Split('\n').Where(line => line.StartsWith("heliograph_app_configuration", StringComparison.Ordinal)).ToList();
        var counted = lines.Where(line => line.StartsWith("heliograph_app_configuration_requests_total", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

        Assert.Equal(
        [
            "get,not_found 1", "get,not_modified 1", "get,ok 1", "list,denied 1", "list,invalid 1", "list,ok 2", "snapshot,ok 1", "write,ok 1", "write,precondition_failed 1",
        ], counted.Select(line => System.Text.RegularExpressions.Regex.Replace(line, ".*kind=\"([a-z_]+)\",outcome=\"([a-z_]+)\"} ", "$1,$2 ")));
        Assert.Contains("heliograph_app_configuration_requests_total{kind=\"write\",outcome=\"throttled\"} 0", lines);
        Assert.Contains(lines, line => line.StartsWith("heliograph_app_configuration_request_duration_seconds_count{kind=\"get\"} 3", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("secret-key", StringComparison.Ordinal) || line.Contains(RunningFace.Store.Value, StringComparison.Ordinal));
    }
}
