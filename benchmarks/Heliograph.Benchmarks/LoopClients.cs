// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using System.Runtime.Versioning;
using Heliograph.Protocol;
using Heliograph.Replication.Ports;

namespace Heliograph.Benchmarks;

/// <summary>The other ends of a hub's connections.</summary>
internal interface IClients : IDisposable
{
    /// <summary>A connection whose client has said hello and subscribed.</summary>
    IConnection Connect(byte[] greeting, Deliveries deliveries);

    /// <summary>Reads whatever was written, at every client.</summary>
    void Drain();
}

/// <summary>Clients with real sockets; the server's ends belong to an epoll loop.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LoopClients : IClients
{
    private readonly LoopSockets _sockets = new(isInline: true);
    private readonly List<(CountedConnection Server, Socket Client)> _all = [];
    private readonly byte[] _buffer = new byte[64 << 10];
    private long _received;

    public IConnection Connect(byte[] greeting, Deliveries deliveries)
    {
        var (server, client) = _sockets.Connect();
        client.Send(greeting);
        var counted = new CountedConnection(server, deliveries);
        _all.Add((counted, client));
        return counted;
    }

    public void Drain()
    {
        long written = 0;
        foreach (var (server, client) in _all)
        {
            written += server.Written;
            while (client.Available > 0) _received += client.Receive(_buffer.AsSpan(), SocketFlags.None);
        }
        if (_received < written) throw new InvalidOperationException($"{written} bytes were written, and {_received} came.");
    }

    public void Dispose() => _sockets.Dispose();

    /// <summary>Counts what goes through.</summary>
    private sealed class CountedConnection(IConnection inner, Deliveries deliveries) : IConnection
    {
        private long _written;

        public string Peer => inner.Peer;

        public long Written => Interlocked.Read(ref _written);

        public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => inner.ReadAsync(buffer, cancellationToken);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            var writing = inner.WriteAsync(bytes, cancellationToken);
            if (!writing.IsCompletedSuccessfully) throw new InvalidOperationException("A client that reads everything did not have room for a frame.");
            Interlocked.Add(ref _written, bytes.Length);
            if ((FrameType)bytes.Span[sizeof(uint)] == FrameType.Update) deliveries.Add();
            return writing;
        }

        public void Abort() => inner.Abort();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
