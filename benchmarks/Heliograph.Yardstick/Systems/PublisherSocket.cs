// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using System.Text;

namespace Heliograph.Yardstick.Systems;

/// <summary>A blocking socket to publish on; what comes back is read on a thread of its own.</summary>
internal sealed class PublisherSocket : IDisposable
{
    private const int TextKept = 4_000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly StringBuilder _received = new();
    private readonly Action<PublisherSocket, string>? _onText;

    public PublisherSocket(int port, Action<PublisherSocket, string>? onText = null)
    {
        _onText = onText;
        _socket.Connect("127.0.0.1", port);
        new Thread(Drain) { IsBackground = true, Name = "publisher" }.Start();
    }

    /// <summary>The beginning of what came back.</summary>
    public string Received
    {
        get
        {
            lock (_received) return _received.ToString();
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[_socket.Send(bytes)..];
    }

    public void Send(string text) => Send(Encoding.ASCII.GetBytes(text));

    public void Dispose() => _socket.Dispose();

    private void Drain()
    {
        var buffer = new byte[64 << 10];
        try
        {
            for (int count; (count = _socket.Receive(buffer)) > 0;)
            {
                var text = Encoding.ASCII.GetString(buffer, 0, count);
                lock (_received)
                    if (_received.Length < TextKept) _received.Append(text);
                _onText?.Invoke(this, text);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // the run is over
        }
    }
}
