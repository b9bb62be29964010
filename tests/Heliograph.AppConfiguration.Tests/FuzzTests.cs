// SPDX-License-Identifier: Apache-2.0
using CsCheck;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Requests that nobody would send: never a 5xx, never a hang, and nothing changes when they are refused.</summary>
public sealed class FuzzTests
{
    private static readonly string[] s_methods = ["GET", "HEAD", "PUT", "DELETE", "PATCH", "POST", "OPTIONS", "TRACE"];
    private static readonly string[] s_routes = ["/kv", "/kv/", "/kv/a", "/kv/%00", "/kv/a%2Fb", "/kv/%F0%9F", "/keys", "/labels", "/revisions", "/locks/a", "/locks", "/snapshots", "/snapshots/s", "/operations", "//kv", "/KV/x", "/kv/%zz", "/kv/a/b"];
    private static readonly string[] s_parameters =
    [
        "api-version=1.0", "api-version=2026-04-01", "api-version=", "key=*", "key=%5C", "key=a,b,c,d,e,f", "label=%00", "label=*", "tags=a%3Db", "tags=x", "after=AAAA", "after=%00", "$select=key", "$Select=,,", "snapshot=s", "name=a*",
        "status=ready", "%FF=1", "key=%FF", "key", "=", "&&", "KEY=a;b", "after=" + "MQAy", "tags=%3D",
    ];

    private static readonly (string, string)[] s_headers =
    [
        ("If-Match", "*"), ("If-Match", "\"x\""), ("If-None-Match", ",,,"), ("Accept-Datetime", "yesterday"), ("Accept-Datetime", "0001-01-01T00:00:00Z"), ("Accept-Datetime", "9999-12-31T23:59:59Z"), ("Range", "items=0-"),
        ("Range", "items=9-1"), ("Range", "bytes=0-1"), ("Sync-Token", "heliograph=OTk5Ljk5OQ"), ("Sync-Token", "x=y;sn=1,,,="), ("x-ms-client-request-id", "a\tb"), ("x-ms-return-client-request-id", "true"), ("x-ms-correlation-request-id", "a\"<>\\"),
        ("Content-Type", "application/json; charset=utf-16"), ("Content-Type", ";;;"),
    ];

    private static readonly string[] s_bodies = ["", "{}", "[]", "null", "{\"value\":\"\\ud800\"}", "{\"tags\":[]}", "{\"tags\":{\"\":\"x\"}}", "{\"value\":\"a\",\"value\":\"b\"}", "{\"status\":\"x\"}", "{\"filters\":[{\"key\":\"a\",\"tags\":[1]}]}", "\u0001", "{\"content_type\":\"\\u0000\"}"];

    private static Gen<T> OneOf<T>(T[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    [Fact]
    public async Task Whatever_is_sent_the_answer_is_no_5xx_and_a_refusal_changes_nothing()
    {
        await using var face = await RunningFace.StartAsync();
        var request = Gen.Select(OneOf(s_methods), OneOf(s_routes), OneOf(s_parameters).Array[0, 4], OneOf(s_headers).Array[0, 3], OneOf(s_bodies), Gen.Bool);
        await request.SampleAsync(async (method, route, parameters, headers, body, isSigned) =>
        {
            var target = parameters.Length == 0 ? route : $"{route}?{string.Join('&', parameters)}";
            var before = face.Origin.Sequencer.Current.State.Revision;
            List<(string, string?)> all = [.. headers.Select(header => (header.Item1, (string?)header.Item2))];
            if (!isSigned) all.Add(("Authorization", null));
            var reply = await face.Client.SendRawAsync(method, target, method is "GET" or "HEAD" or "TRACE" or "OPTIONS" ? [] : System.Text.Encoding.UTF8.GetBytes(body), [.. all]);
            Assert.True(reply.Code < 500, $"{method} {target} {string.Join(", ", headers)} {body}: {reply.Code} {reply.Body}");
            if (reply.Code >= 400 || !isSigned) Assert.Equal(before, face.Origin.Sequencer.Current.State.Revision);
        }, iter: 1_500, threads: 1);
    }

    [Theory]
    [InlineData("GET /kv?api-version=1.0 HTTP/1.1\r\n\r\n")]
    [InlineData("GET kv HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("PUT /kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")]
    [InlineData("PUT /kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n")]
    [InlineData("GET /kv/\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET * HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET http://x/kv HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task Bytes_that_are_hardly_a_request_get_an_answer_below_500_or_the_end_of_the_connection(string bytes)
    {
        await using var face = await RunningFace.StartAsync();
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(face.Client.Endpoint.Host, face.Client.Endpoint.Port, RunningFace.Cancel);
        var stream = socket.GetStream();
        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(bytes), RunningFace.Cancel);
        socket.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        using var reader = new StreamReader(stream);
        var line = await reader.ReadLineAsync(RunningFace.Cancel);
        if (line is not null) Assert.Matches("^HTTP/1.1 [234]", line);
    }
}
