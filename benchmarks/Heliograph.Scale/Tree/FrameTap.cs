// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Heliograph.Protocol;

namespace Heliograph.Scale.Tree;

/// <summary>Stands between the origin and its relays, passes every byte on, and counts the frames that go up: what the origin has to take is measured on the wire, not asked.</summary>
internal sealed class FrameTap : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _origin;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly Task _accepting;
    private long _reports, _reportBytes, _downBytes;

    /// <summary>Begins to listen.</summary>
    /// <param name="origin">The origin's port of the native protocol.</param>
    public FrameTap(int origin)
    {
        _origin = origin;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where relays connect instead of the origin.</summary>
    public string Address => $"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Reports that went up so far, and their bytes.</summary>
    public (long Count, long Bytes) Reports => (Volatile.Read(ref _reports), Volatile.Read(ref _reportBytes));

    /// <summary>Bytes that went down so far.</summary>
    public long DownBytes => Volatile.Read(ref _downBytes);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var relay = await _listener.AcceptSocketAsync(_stopped.Token);
                var passing = PassAsync(relay);
                _running[passing] = true;
                _ = passing.ContinueWith(done => _running.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task PassAsync(Socket relay)
    {
        using (relay)
        using (var origin = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                relay.NoDelay = origin.NoDelay = true;
                await origin.ConnectAsync(IPAddress.Loopback, _origin, _stopped.Token);
                await Task.WhenAny(PassUpAsync(relay, origin), PassDownAsync(origin, relay)); // either end gone: the connection is
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The origin is not there: the relay sees its connection end, as it would without the tap.
            }
        }
    }

    private async Task PassUpAsync(Socket relay, Socket origin)
    {
        var decoder = new FrameDecoder();
        try
        {
            while (true)
            {
                var buffer = decoder.GetBuffer();
                var count = await relay.ReceiveAsync(buffer, _stopped.Token);
                if (count == 0) return;
                await SendAllAsync(origin, buffer[..count]);
                decoder.Advance(count);
                while (decoder.TryRead(out var type, out var message))
                {
                    if (type != FrameType.Status) continue;
                    Interlocked.Increment(ref _reports);
                    Interlocked.Add(ref _reportBytes, message.Length + Frame.HeaderBytes);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone.
        }
    }

    private async Task PassDownAsync(Socket origin, Socket relay)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await origin.ReceiveAsync(buffer, _stopped.Token) is var count and > 0)
            {
                Interlocked.Add(ref _downBytes, count);
                await SendAllAsync(relay, buffer.AsMemory(0, count));
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone.
        }
    }

    private async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, _stopped.Token)..];
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _accepting;
        await Task.WhenAll(_running.Keys);
        _listener.Dispose();
        _stopped.Dispose();
    }
}
