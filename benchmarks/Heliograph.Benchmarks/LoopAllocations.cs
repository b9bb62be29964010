// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Heliograph.Platform.Net.Polling;

namespace Heliograph.Benchmarks;

/// <summary>What a connection of an epoll loop allocates in the steady state: a read that waits, a read of what is there, a write that fits.</summary>
[SupportedOSPlatform("linux")]
internal static class LoopAllocations
{
    private const int Warm = 100, Times = 400, Bytes = 1_024;

    /// <summary>Bytes a read for which nothing had come yet: the loop completes it, in its own thread or in the pool.</summary>
    public static double PerWaitingRead(bool isInline)
    {
        using var sockets = new LoopSockets(isInline);
        var (server, client) = sockets.Connect();
        var (reader, reads) = (new Reader(server), Warm + Times);
        var reading = reader.ReadAsync(reads);
        var word = new byte[1];
        var before = 0L;
        for (var i = 0; i < reads; i++)
        {
            if (i == Warm) before = GC.GetTotalAllocatedBytes(precise: true);
            Wait(reader, begun: i + 1, ended: i);
            client.Send(word, SocketFlags.None);
            Wait(reader, begun: i + 1, ended: i + 1);
        }
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        reading.Wait();
        if (reader.Waited != reads) throw new InvalidOperationException($"Of {reads} reads {reader.Waited} waited: it is not the waiting that was measured.");
        return allocated / (double)Times;
    }

    /// <summary>Bytes a read of what had come before.</summary>
    public static double PerReadyRead()
    {
        using var sockets = new LoopSockets(isInline: true);
        var (server, client) = sockets.Connect();
        var (sent, buffer) = (new byte[Warm + Times], new byte[1]);
        client.Send(sent, SocketFlags.None);
        Read(server, buffer).AsTask().Wait(); // the first may wait for the bytes to come
        var before = 0L;
        for (var i = 1; i < sent.Length; i++)
        {
            if (i == Warm) before = GC.GetAllocatedBytesForCurrentThread();
            var reading = Read(server, buffer);
            if (!reading.IsCompletedSuccessfully || reading.Result != 1) throw new InvalidOperationException("What has come was not read at once.");
        }
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Times;

        static ValueTask<int> Read(LoopConnection from, byte[] into) => from.ReadAsync(into, CancellationToken.None);
    }

    /// <summary>Bytes a write that the kernel takes whole.</summary>
    public static double PerFittingWrite()
    {
        using var sockets = new LoopSockets(isInline: true);
        var (server, client) = sockets.Connect();
        var (bytes, received) = (new byte[Bytes], new byte[Bytes]);
        var before = 0L;
        for (var i = 0; i < Warm + Times; i++)
        {
            if (i == Warm) before = GC.GetAllocatedBytesForCurrentThread();
            var writing = server.WriteAsync(bytes, CancellationToken.None);
            if (!writing.IsCompletedSuccessfully) throw new InvalidOperationException("An empty socket did not take a write at once.");
            writing.GetAwaiter().GetResult();
            for (var count = 0; count < Bytes;) count += client.Receive(received.AsSpan(count), SocketFlags.None);
        }
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Times;
    }

    /// <summary>Allocates nothing itself.</summary>
    private static void Wait(Reader reader, int begun, int ended)
    {
        var since = Stopwatch.GetTimestamp();
        for (SpinWait spin = default; reader.Begun < begun || reader.Ended < ended; spin.SpinOnce())
            if (Stopwatch.GetElapsedTime(since).TotalSeconds > 5) throw new TimeoutException($"After 5 s {reader.Begun} reads had begun and {reader.Ended} ended, not {begun} and {ended}.");
    }

    /// <summary>Reads a byte at a time, as a session does: one loop that awaits, under a token that can be cancelled.</summary>
    private sealed class Reader(LoopConnection connection)
    {
        private readonly byte[] _buffer = new byte[16];
        private int _begun, _ended;

        public int Begun => Volatile.Read(ref _begun);

        public int Ended => Volatile.Read(ref _ended);

        public int Waited { get; private set; }

        public async Task ReadAsync(int times)
        {
            using var ending = new CancellationTokenSource();
            for (var i = 0; i < times; i++)
            {
                var reading = connection.ReadAsync(_buffer, ending.Token);
                if (!reading.IsCompleted) Waited++;
                Volatile.Write(ref _begun, i + 1);
                if (await reading != 1) throw new InvalidOperationException("More or less came than was sent.");
                Volatile.Write(ref _ended, i + 1);
            }
        }
    }
}

/// <summary>Connections over loopback whose server's ends belong to an epoll loop.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LoopSockets : IDisposable
{
    private const int SocketBytes = 64 << 10;

    private readonly SocketLoop _loop = new("benchmark");
    private readonly LoopAcceptor _acceptor;
    private readonly EndPoint _address;
    private readonly System.Collections.Concurrent.BlockingCollection<LoopConnection> _accepted = [];
    private readonly List<LoopConnection> _servers = [];
    private readonly List<Socket> _clients = [];

    public LoopSockets(bool isInline)
    {
        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _address = listening.LocalEndPoint!;
        _acceptor = new LoopAcceptor(listening, [_loop], new LoopAcceptorOptions(1_024, SocketBytes, SocketBytes, isInline), (connection, _) => _accepted.Add(connection), failure => throw failure);
    }

    /// <summary>A connection's two ends.</summary>
    public (LoopConnection Server, Socket Client) Connect()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _clients.Add(client);
        client.Connect(_address);
        if (!_accepted.TryTake(out var server, TimeSpan.FromSeconds(5))) throw new TimeoutException("A connection was not accepted within 5 s.");
        _servers.Add(server);
        return (server, client);
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        foreach (var server in _servers) _ = server.DisposeAsync().AsTask(); // completes at once
        _acceptor.Dispose();
        _loop.Dispose();
        _accepted.Dispose();
    }
}
