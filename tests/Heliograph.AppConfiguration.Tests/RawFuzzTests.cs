// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Requests drawn byte by byte, most of them well signed, so that they come past the door: never a 5xx, never a hang, and nothing changes when they are refused or only read.</summary>
public sealed class RawFuzzTests
{
    private const int Requests = 2_000;
    private static readonly int s_times = int.TryParse(Environment.GetEnvironmentVariable("HELIOGRAPH_FUZZ"), CultureInfo.InvariantCulture, out var times) ? times : Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1" ? 10 : 1;

    [Fact]
    public async Task Whatever_bytes_come_the_answer_is_no_5xx_comes_soon_and_a_refusal_changes_nothing()
    {
        await using var face = await RunningFace.StartAsync();
        var codes = new SortedDictionary<int, int>();
        for (var seed = 0; seed < Requests * s_times; seed++)
        {
            var drawn = new RawRequest(new Random(seed), face);
            var before = face.Origin.Sequencer.Current.State.Revision;
            var code = await SendAsync(face, drawn);
            var changed = face.Origin.Sequencer.Current.State.Revision != before;
            Assert.True(code < 500, $"seed {seed}: {code} to {drawn}");
            Assert.False(changed && (code is >= 400 or 0 || drawn.Method is "GET" or "HEAD" || !drawn.IsSigned), $"seed {seed}: {code} and a change from {drawn}");
            codes[code] = codes.GetValueOrDefault(code) + 1;
        }
        TestContext.Current.SendDiagnosticMessage("{0} requests: {1}", Requests * s_times, string.Join(", ", codes.Select(pair => $"{pair.Key} {pair.Value}")));
        Assert.All(new[] { 200, 400, 401, 404, 412, 415 }, code => Assert.True(codes.ContainsKey(code), $"No request came to {code}: the draw is too narrow.")); // else most would stop at the door
        Assert.Equal(200, (await face.Client.SendAsync("GET", $"/kv?{SignedClient.Newest}")).Code);
    }

    private static async Task<int> SendAsync(RunningFace face, RawRequest drawn)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(RunningFace.Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20)); // a hang ends here
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(face.Client.Endpoint.Host, face.Client.Endpoint.Port, limit.Token);
        var stream = socket.GetStream();
        try
        {
            await stream.WriteAsync(drawn.Bytes, limit.Token);
            if (drawn.IsCutOff) socket.Client.Shutdown(SocketShutdown.Send); // else the server would take it for a client that has left
        }
        catch (IOException) { } // it was refused before all of it was sent: the answer may still be read
        try
        {
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var line = await reader.ReadLineAsync(limit.Token);
            await reader.ReadToEndAsync(limit.Token);
            return line is null ? 0 : int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException) { return 0; } // it closed the connection: no answer, and no change
    }

    /// <summary>One request, drawn from a seed.</summary>
    private sealed class RawRequest
    {
        private static readonly string[] s_methods = ["GET", "GET", "GET", "HEAD", "PUT", "PUT", "PUT", "DELETE", "PATCH", "POST", "OPTIONS", "get", "PURGE", "CONNECT"];
        private static readonly string[] s_routes = ["/kv", "/kv", "/kv/", "/kv/", "/kv/", "/keys", "/labels", "/revisions", "/locks/", "/snapshots", "/snapshots/", "/operations", "/", "/kv//", "/kv/../", "/%6bv/", "/feature-management/ff"];
        private static readonly string[] s_names = ["key", "label", "tags", "after", "$select", "%24select", "snapshot", "name", "status", "Key", "LABEL", "%6bey", "api-version"];
        private static readonly string[] s_values = ["*", "a*", "%5c*", "a,b,c", "a,b,c,d,e,f", "%00", "%00,x", "x%3Dy", "key,value,etag", "ready,archived", "s", "MS4x", "AAAA", ""];
        private static readonly string[] s_versions = ["1.0", "2023-10-01", "2023-11-01", "2024-09-01", "2026-04-01", "2026-04-01", "2026-04-01", "2025-07-01-preview", "2099-01-01", "1", "latest", "", "-1", "2026-04-31"];
        private static readonly string[] s_pieces = ["a", "b", "%2F", "/", "%25", "%00", "%C3%A9", "%ED%A0%80", "%C0%AF", "%FF", "%F0%9F%98%80", "%E2%80%AE", "..", ".", "%zz", "%", "+", "%2B", ";", "~", "*", ",", "%5C", "%2A", "%0D%0A", "%7F", "'", "(", ":", "@", "\"", "<", "|"];
        private static readonly string[] s_headers = ["If-Match", "If-None-Match", "Accept-Datetime", "Range", "Sync-Token", "x-ms-client-request-id", "x-ms-return-client-request-id", "x-ms-correlation-request-id", "Content-Type", "Content-Encoding", "Accept", "Origin", "Cookie", "X-Forwarded-Host", "traceparent", "Idempotency-Key", "Prefer"];
        private static readonly string[] s_headerValues = ["*", "\"x\"", "W/\"x\"", ",", "items=0-2", "items=99-1", "items=-5", "bytes=0-", "true", "heliograph=MS4x", "heliograph=OTk5OTk5Ljk5OTk5OTk5OTk5OTk5OTk5OTk5", "a=b;sn=-1", "9999-12-31T23:59:59Z", "Thu, 01 Jan 1970 00:00:00 GMT", "00-00000000000000000000000000000000-0000000000000000-00", "application/json; charset=utf-8", "application/json;charset=\"utf-16\"", "application/merge-patch+json", "application/vnd.microsoft.appconfig.kv+json", "text/html", "gzip", "null"];

        private static readonly string[] s_wellFormed = ["a", "b", "c", "%2F", "%25", "%C3%A9", "%F0%9F%98%80", "..", ".", "+", "%2B", ";", "~", "%2A", "%5C%5C", "%20", "'", "("];

        private readonly Random _random;
        private readonly bool _isWellFormed;

        public RawRequest(Random random, RunningFace face)
        {
            _random = random;
            _isWellFormed = _random.Next(2) == 0; // half of them are, in every part: what is wrong is only what they ask for
            Method = Of(_isWellFormed ? s_methods[..9] : s_methods);
            IsSigned = _random.Next(12) > 0;
            Target = (_random.Next(4) == 0 ? Of(["/kv/a", "/kv/b", "/locks/a"]) : Of(_isWellFormed ? s_routes[..12] : s_routes) + (_random.Next(4) == 0 ? "" : Text(8))) + Query(); // a few settings that are there come up again and again
            var body = Method is "GET" or "HEAD" or "get" && _random.Next(10) > 0 ? [] : Body();
            var date = DateTimeOffset.UtcNow.ToString("r");
            var hash = Convert.ToBase64String(SHA256.HashData(body));
            var signature = Convert.ToBase64String(HMACSHA256.HashData(face.WriteKey.Secrets[0].Span, Encoding.UTF8.GetBytes($"{Method.ToUpperInvariant()}\n{Target}\n{date};{face.Client.Endpoint.Authority};{hash}")));
            var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\nHost: {face.Client.Endpoint.Authority}\r\nConnection: close\r\nx-ms-date: {date}\r\nx-ms-content-sha256: {hash}\r\n");
            if (_random.Next(6) == 0) head.Append(CultureInfo.InvariantCulture, $"{Of(["If-Match", "If-None-Match"])}: {Of(["*", "\"x\""])}\r\n");
            if (IsSigned) head.Append(CultureInfo.InvariantCulture, $"Authorization: HMAC-SHA256 Credential={face.WriteKey.Id}&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}\r\n");
            else if (_random.Next(2) == 0) head.Append(CultureInfo.InvariantCulture, $"Authorization: {Of(["HMAC-SHA256", "HMAC-SHA256 Credential=", "HMAC-SHA256 Credential=a&SignedHeaders=;;&Signature=%%%", "Bearer a.b.c", "Bearer", "Basic eA=="])}\r\n");
            for (var i = _random.Next(4); i > 0; i--) head.Append(CultureInfo.InvariantCulture, $"{(_random.Next(8) == 0 ? $"x-{_random.Next(1_000)}" : Of(s_headers))}: {(!_isWellFormed && _random.Next(8) == 0 ? HeaderText() : Of(s_headerValues))}\r\n");
            if (body.Length > 0 && _random.Next(6) > 0) head.Append("Content-Type: application/json\r\n");
            Bytes = _random.Next(4) == 0 ? Chunked(head, body) : [.. Encoding.Latin1.GetBytes(head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n").ToString()), .. body];
        }

        public string Method { get; }

        public bool IsSigned { get; }

        public byte[] Bytes { get; }

        /// <summary>Whether its end never comes.</summary>
        public bool IsCutOff { get; private set; }

        private string Target { get; }

        public override string ToString() => $"{Encoding.Latin1.GetString(Bytes.AsSpan(0, Math.Min(Bytes.Length, 600)))}…, {Bytes.Length} bytes";

        private string Query()
        {
            var parts = new List<string>();
            if (_isWellFormed || _random.Next(12) > 0) parts.Add($"api-version={Of(_isWellFormed ? s_versions[..7] : s_versions)}");
            for (var i = _random.Next(_isWellFormed ? 2 : 4); i > 0; i--) parts.Add(!_isWellFormed && _random.Next(6) == 0 ? Text(6) : $"{Of(s_names)}={(_random.Next(3) == 0 ? Text(6) : Of(s_values))}");
            for (var i = parts.Count - 1; i > 0; i--) (parts[i], parts[_random.Next(i + 1)]) = (parts[_random.Next(i + 1)], parts[i]);
            return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
        }

        private string Text(int pieces)
        {
            var text = new StringBuilder();
            for (var i = _random.Next(pieces); i >= 0; i--)
                if (_isWellFormed) text.Append(Of(s_wellFormed));
                else if (_random.Next(3) == 0) text.Append(CultureInfo.InvariantCulture, $"%{_random.Next(256):x2}");
                else text.Append(_random.Next(3) == 0 ? Of(s_pieces) : ((char)_random.Next('a', 'h')).ToString());
            if (_random.Next(60) == 0) text.Append('k', _random.Next(40_000)); // beyond a key, and beyond a request line
            return text.ToString();
        }

        private string HeaderText()
        {
            var text = new StringBuilder();
            for (var i = _random.Next(40); i > 0; i--) text.Append((char)_random.Next(0x20, 0x100));
            return text.Append('z', _random.Next(20) == 0 ? 9_000 : 0).ToString();
        }

        private byte[] Body()
        {
            switch (_isWellFormed ? 7 : _random.Next(8))
            {
                case 0: return Encoding.UTF8.GetBytes(new string('[', _random.Next(200)) + new string(']', _random.Next(200)));
                case 1:
                    var noise = new byte[_random.Next(300)];
                    _random.NextBytes(noise);
                    return noise;
                case 2: return [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("{}")];
                case 3: return [.. Encoding.UTF8.GetBytes("{\"value\":\""), 0xFF, 0xC0, 0xAF, .. Encoding.UTF8.GetBytes("\"}")];
                case 4: return Encoding.UTF8.GetBytes($"{{\"value\":\"{new string('v', _random.Next(3) == 0 ? _random.Next(200_000) : _random.Next(11_000))}\"}}");
                default:
                    string[] members = ["value", "content_type", "tags", "description", "status", "filters", "composition_type", "retention_period", "label", "locked", "etag", "x"];
                    string[] values = ["null", "\"\"", "\"a\"", "\"\\u0000\"", "\"\\ud800\"", "1", "-1e400", "99999999999999999999", "true", "{}", "[]", "{\"a\":\"b\"}", "{\"a\":null,\"\":\"\"}", "{\"a\":1}", "[{\"key\":\"*\"}]", "[{\"key\":\"a*b\",\"label\":\"*\"}]", "[{\"key\":null}]", "[1,{},null]", "\"archived\"", "\"ready\"", "\"key_label\"", "3600", "\"application/vnd.microsoft.appconfig.ff+json\""];
                    return Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, _random.Next(5)).Select(_ => $"\"{Of(members)}\":{Of(values)}")) + (!_isWellFormed && _random.Next(10) == 0 ? "" : "}"));
            }
        }

        /// <summary>The same body in pieces, with extensions and trailers, or cut off.</summary>
        private byte[] Chunked(StringBuilder head, byte[] body)
        {
            var bytes = new List<byte>(Encoding.Latin1.GetBytes(head.Append("Transfer-Encoding: chunked\r\n\r\n").ToString()));
            for (var at = 0; at < body.Length;)
            {
                var length = Math.Min(body.Length - at, _random.Next(1, 5_000));
                bytes.AddRange(Encoding.ASCII.GetBytes($"{length:x}{(_random.Next(5) == 0 ? ";name=value" : "")}\r\n"));
                bytes.AddRange(body.AsSpan(at, length));
                bytes.AddRange("\r\n"u8);
                at += length;
            }
            IsCutOff = _random.Next(10) == 0;
            if (!IsCutOff) bytes.AddRange(Encoding.ASCII.GetBytes($"0\r\n{(_random.Next(5) == 0 ? "x-trailer: 1\r\n" : "")}\r\n"));
            return [.. bytes];
        }

        private string Of(string[] all) => all[_random.Next(all.Length)];
    }
}
