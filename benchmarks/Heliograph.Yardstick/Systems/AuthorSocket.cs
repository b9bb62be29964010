// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;

namespace Heliograph.Yardstick.Systems;

/// <summary>A blocking socket with a buffer to read answers from.</summary>
internal sealed class AuthorSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000, SendTimeout = 20_000 };
    private byte[] _buffer = new byte[16 << 10];
    private int _start, _end;

    public AuthorSocket(int port) => _socket.Connect("127.0.0.1", port);

    /// <summary>What has come and was not taken.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[_socket.Send(bytes)..];
    }

    /// <summary>Waits for more.</summary>
    public void Fill()
    {
        if (_start == _end) (_start, _end) = (0, 0);
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var count = _socket.Receive(_buffer.AsSpan(_end));
        if (count == 0) throw new IOException("The server closed an author's connection.");
        _end += count;
    }

    /// <summary>Waits until so much is there.</summary>
    public ReadOnlySpan<byte> Need(int count)
    {
        while (_end - _start < count) Fill();
        return _buffer.AsSpan(_start, count);
    }

    public void Take(int count) => _start += count;

    public void Dispose() => _socket.Dispose();
}
