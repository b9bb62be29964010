// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Heliograph.Scale.Overload;

/// <summary>One connection to an origin's REST API, one request at a time: thousands of them must cost less than what they ask.</summary>
internal sealed partial class HttpConnection : IDisposable
{
    private const int BufferBytes = 8 << 10;

    private Socket _socket = NewSocket();
    private readonly string _path, _token;
    private readonly int _port;
    private byte[] _buffer = new byte[BufferBytes];

    public HttpConnection(int port, string @namespace, string token) => (_port, _path, _token) = (port, $"/api/v1/namespaces/{@namespace}/changes", token);

    /// <summary>Connects, for the first time or again.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _socket.Dispose();
        _socket = NewSocket();
        await _socket.ConnectAsync(IPAddress.Loopback, _port, cancellationToken);
    }

    /// <summary>Asks for a change.</summary>
    /// <returns>Status, the seconds of <c>Retry-After</c> (-1: none), and the sequence of the revision (0: none).</returns>
    public async Task<(int Status, int RetryAfter, long Sequence)> ChangeAsync(string requestId, string body, CancellationToken cancellationToken)
    {
        var request = Encoding.ASCII.GetBytes($"POST {_path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_token}\r\nIdempotency-Key: {requestId}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        for (var sent = 0; sent < request.Length;) sent += await _socket.SendAsync(request.AsMemory(sent), cancellationToken);
        var text = await ReadAsync(cancellationToken);
        var head = text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        var status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
        var retryAfter = RetryAfter().Match(head) is { Success: true } told ? int.Parse(told.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : -1;
        var sequence = status == 200 && Revision().Match(text, head.Length) is { Success: true } at ? long.Parse(at.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        return (status, retryAfter, sequence);
    }

    public void Dispose() => _socket.Dispose();

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Reads a whole answer, whose body is sized or chunked.</summary>
    private async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        for (int length = 0, total = -1; ;)
        {
            if (length == _buffer.Length) Array.Resize(ref _buffer, 2 * length);
            var count = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
            if (count == 0) throw new IOException("The origin closed an author's connection.");
            length += count;
            if (total < 0) total = TotalOf(_buffer.AsSpan(0, length));
            if (total == 0 ? _buffer.AsSpan(0, length).EndsWith("0\r\n\r\n"u8) : length == total) return Encoding.UTF8.GetString(_buffer, 0, length);
        }
    }

    /// <summary>Bytes of the whole answer; 0 if it is chunked and -1 if its head is not there yet.</summary>
    private static int TotalOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) return -1;
        var length = ContentLength().Match(Encoding.ASCII.GetString(bytes[..end]));
        return length.Success ? end + 4 + int.Parse(length.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"\r\nContent-Length: (\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();

    [GeneratedRegex(@"\r\nRetry-After: (\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex RetryAfter();

    [GeneratedRegex("\"revision\":\"\\d+\\.(\\d+)\"")]
    private static partial Regex Revision();
}
