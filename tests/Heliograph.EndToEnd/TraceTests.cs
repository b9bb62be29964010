// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>One commit is one trace over real processes, and metrics and logs go the same way. The id is worked out here from docs/reference/tracing.md, not by the code.</summary>
public sealed class TraceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_append_and_each_hop_are_in_the_trace_that_the_revision_gives()
    {
        // Given
        await using var sink = new OtlpSink();
        string[] telemetry = ["--otlp", sink.Address.ToString(), "--otlp-protocol", "http", "--log-format", "json"];
        await using var fleet = await new RealFleet().StartOriginAsync(telemetry);
        await fleet.CreateAsync("shop.basket");
        await fleet.PutAsync("shop.basket", "A", "0");
        var (relay, relayAddress) = await fleet.StartRelayAsync("r1", "eu", [fleet.OriginAddress], [.. telemetry, "--subscribe", "shop.basket"]);
        var (agent, _) = await fleet.StartAgentAsync("a1", "eu", [relayAddress], [.. telemetry, "--subscribe", "shop.basket"]);
        await RealFleet.EventuallyAsync(async () => await fleet.HeldAsync("a1", "shop.basket") is not null, () => "the agent holds the namespace");
        var logId = (string)(await fleet.GetAsync("/api/v1"))["logId"]!;

        // When an author with a trace of his own changes something
        using var change = new HttpRequestMessage(HttpMethod.Put, "/api/v1/namespaces/shop.basket/setting?key=A") { Content = JsonContent.Create(new { value = "1" }) };
        var authors = Convert.FromHexString("0af7651916cd43dd8448eb211c80319c");
        change.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var answer = await fleet.Api.SendAsync(change, Cancel);
        answer.EnsureSuccessStatusCode();
        var revision = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["revision"]!;

        // Then each step is in the one trace, by its tier, and the first is linked to the author's
        var trace = TraceOf(logId, revision);
        await SentAsync("publish at the origin, linked", () => sink.Holds("/v1/traces", trace, "publish"u8.ToArray(), "heliograph-origin"u8.ToArray(), authors));
        await SentAsync("append at the origin", () => sink.Holds("/v1/traces", trace, "append"u8.ToArray(), "heliograph-origin"u8.ToArray()));
        await SentAsync("apply at the relay", () => sink.Holds("/v1/traces", trace, "apply"u8.ToArray(), "heliograph-relay"u8.ToArray(), Encoding.UTF8.GetBytes(revision)));
        await SentAsync("apply at the agent", () => sink.Holds("/v1/traces", trace, "apply"u8.ToArray(), "heliograph-agent"u8.ToArray(), Encoding.UTF8.GetBytes(revision)));
        await SentAsync("a log event", () => sink.Holds("/v1/logs", "heliograph-relay", "Following"));

        // And what is gathered last is sent at the end
        foreach (var process in new[] { agent, relay, fleet.Origin })
        {
            await process.SignalAsync("TERM");
            var (code, _, errors) = await process.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            Assert.Equal(0, code);
            Assert.All(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.NotNull(JsonNode.Parse(line)!["EventId"]));
        }
        Assert.True(sink.Holds("/v1/metrics", "heliograph-agent", "heliograph.follower.propagation.duration"), sink.ToString());
        Assert.True(sink.Holds("/v1/metrics", "heliograph-origin", "heliograph.submission.duration"), sink.ToString());

        Task SentAsync(string what, Func<bool> isSo) => RealFleet.EventuallyAsync(() => Task.FromResult(isSo()), () => $"{what}; what came: {sink}");
    }

    [Theory]
    [InlineData("--trace-ratio", "1.5", "--trace-ratio is 0 to 1")]
    [InlineData("--otlp", "127.0.0.1:4317", "is no address")]
    [InlineData("--log-format", "xml", "xml")]
    public async Task What_is_told_wrong_is_said_before_anything_starts(string option, string value, string says)
    {
        await using var helio = HelioProcess.Start("Heliograph.Cli", "helio", ["relay", "--data", "/nowhere", "--listen", "tcp://127.0.0.1:7", "--parent", "tcp://127.0.0.1:8", "--trust", "/nowhere", option, value]);
        var (code, _, errors) = await helio.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Equal(2, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
    }

    private static byte[] TraceOf(string logId, string revision)
    {
        var (epoch, sequence) = (uint.Parse(revision.Split('.')[0], CultureInfo.InvariantCulture), ulong.Parse(revision.Split('.')[1], CultureInfo.InvariantCulture));
        byte[] named = [.. "heliograph.trace\0"u8, .. Convert.FromHexString(logId), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(named.AsSpan(^12), epoch);
        BinaryPrimitives.WriteUInt64BigEndian(named.AsSpan(^8), sequence);
        return SHA256.HashData(named)[..16];
    }
}
