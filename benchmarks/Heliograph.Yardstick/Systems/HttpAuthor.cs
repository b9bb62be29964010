// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Systems;

/// <summary>An author at the origin's REST API, over HTTP/1.1 kept alive.</summary>
internal sealed class HttpAuthor(int port, string token, string @namespace, int author) : IAuthor
{
    private const int KeysOfAuthor = 100, ValueBytes = 1_024, SmallValueBytes = 100;

    private readonly AuthorSocket _socket = new(port);
    private readonly string _value = Encoding.ASCII.GetString(Stamp.NewValue(ValueBytes, Stamp.Live, 0));
    private readonly string _small = new('v', SmallValueBytes);

    public void Put(long number) =>
        Call("PUT", $"/api/v1/namespaces/{@namespace}/setting?key=author{author}:key{number % KeysOfAuthor}", $$"""{"value":"{{number}} {{_value}}"}""");

    public void PutMany(long number, int count)
    {
        var body = new StringBuilder("{\"operations\":[");
        for (var i = 0; i < count; i++)
            body.Append(CultureInfo.InvariantCulture, $$"""{{(i == 0 ? "" : ",")}}{"op":"put","key":"author{{author}}:batch{{i}}","value":"{{number}} {{_small}}"}""");
        Call("POST", $"/api/v1/namespaces/{@namespace}/changes", body.Append("]}").ToString());
    }

    public void Dispose() => _socket.Dispose();

    private void Call(string method, string path, string body)
    {
        _socket.Send(Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        var head = Head();
        var length = head.IndexOf("\r\ncontent-length: ", StringComparison.OrdinalIgnoreCase) is var at and >= 0
            ? int.Parse(head.AsSpan(at + 18, head.IndexOf('\r', at + 18) - at - 18), CultureInfo.InvariantCulture) : -1;
        var answer = length >= 0 ? Sized(length) : Chunked();
        if (!head.StartsWith("HTTP/1.1 2", StringComparison.Ordinal)) throw new IOException($"The origin answered {head.Split('\r')[0]}: {answer}");
    }

    private string Head()
    {
        int end;
        while ((end = _socket.Unread.IndexOf("\r\n\r\n"u8)) < 0) _socket.Fill();
        var head = Encoding.ASCII.GetString(_socket.Unread[..end]) + "\r\n";
        _socket.Take(end + 4);
        return head;
    }

    private string Sized(int length)
    {
        var text = Encoding.UTF8.GetString(_socket.Need(length));
        _socket.Take(length);
        return text;
    }

    private string Chunked()
    {
        var text = new StringBuilder();
        while (true)
        {
            int end;
            while ((end = _socket.Unread.IndexOf("\r\n"u8)) < 0) _socket.Fill();
            var size = int.Parse(Encoding.ASCII.GetString(_socket.Unread[..end]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _socket.Take(end + 2);
            text.Append(Encoding.UTF8.GetString(_socket.Need(size + 2)[..size]));
            _socket.Take(size + 2);
            if (size == 0) return text.ToString();
        }
    }
}
