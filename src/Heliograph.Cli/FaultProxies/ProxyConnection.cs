// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Heliograph.Cli.FaultProxies;

/// <summary>One connection and the one behind it.</summary>
/// <remarks>Each way has a reader, which stamps every piece with the time at which it is due, and a writer, which waits for it: so latency delays without narrowing.</remarks>
internal sealed class ProxyConnection(FaultProxy proxy, Socket client, DnsEndPoint to, int seed, TimeProvider time) : IDisposable
{
    /// <summary>Bytes of one piece at most.</summary>
    public const int PieceBytesMax = 16 << 10;

    /// <summary>Bytes under way at most, one way: then the sender feels it.</summary>
    public const int BacklogBytesMax = PiecesMax * PieceBytesMax;

    private const int PiecesMax = 64;

    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isReset;

    /// <summary>Completes when both sides are closed.</summary>
    public Task Done => _done.Task;

    /// <summary>Ends it with a reset to both sides.</summary>
    public void Reset()
    {
        if (Interlocked.Exchange(ref _isReset, 1) != 0) return;
        proxy.Counts.WasReset();
        CloseWithReset(client);
        CloseWithReset(_server);
    }

    /// <summary>Passes on until both ends are closed, it is reset, or the proxy stops.</summary>
    public async Task RunAsync(Action remove, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        try
        {
            client.NoDelay = true;
            await PassableAsync(FaultDirection.Up, ended.Token); // a black hole answers no call either
            await _server.ConnectAsync(to, ended.Token);
            await Task.WhenAll(PassAsync(client, _server, FaultDirection.Up, new Random(seed), ended.Token), PassAsync(_server, client, FaultDirection.Down, new Random(~seed), ended.Token));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            CloseWithReset(client); // whoever is left learns that the other is gone
            CloseWithReset(_server);
        }
        finally
        {
            Dispose();
            remove();
            _done.SetResult();
        }
    }

    /// <summary>It does so itself at its end.</summary>
    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
        _ended.Dispose();
    }

    /// <summary>Closes so that the peer sees a reset, not an orderly end.</summary>
    public static void CloseWithReset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return; // it is closed already
        }
        socket.Dispose();
    }

    private async Task PassAsync(Socket from, Socket onto, FaultDirection way, Random random, CancellationToken cancellationToken)
    {
        var pieces = Channel.CreateBounded<(byte[] Bytes, long Due)>(new BoundedChannelOptions(PiecesMax) { SingleReader = true, SingleWriter = true });
        var writing = WriteAsync(pieces.Reader, onto, way, cancellationToken);
        try
        {
            await ReadAsync(from, pieces.Writer, way, random, cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            await _ended.CancelAsync(); // a side that breaks takes the other along
            throw;
        }
        finally
        {
            pieces.Writer.TryComplete();
            await writing;
        }
    }

    private async Task ReadAsync(Socket from, ChannelWriter<(byte[] Bytes, long Due)> pieces, FaultDirection way, Random random, CancellationToken cancellationToken)
    {
        var buffer = new byte[PieceBytesMax];
        while (await from.ReceiveAsync(buffer, cancellationToken) is > 0 and var read)
        {
            var (bytes, faults) = (buffer[..read], proxy.Current.Faults.For(way));
            if (faults.Reset > 0 && random.NextDouble() < faults.Reset)
            {
                Reset();
                throw new OperationCanceledException();
            }
            if (faults.Corrupt > 0 && random.NextDouble() < faults.Corrupt)
            {
                bytes[random.Next(read)] ^= (byte)(1 << random.Next(8));
                proxy.Counts.Turned();
            }
            var delay = faults.LatencyMs + (faults.JitterMs > 0 ? random.NextDouble() * faults.JitterMs : 0);
            await pieces.WriteAsync((bytes, time.GetTimestamp() + (long)(delay * time.TimestampFrequency / 1_000)), cancellationToken);
        }
    }

    private async Task WriteAsync(ChannelReader<(byte[] Bytes, long Due)> pieces, Socket onto, FaultDirection way, CancellationToken cancellationToken)
    {
        try
        {
            while (await pieces.WaitToReadAsync(cancellationToken))
                while (pieces.TryRead(out var piece))
                {
                    await UntilAsync(piece.Due, cancellationToken);
                    await SendAsync(piece.Bytes, onto, way, cancellationToken);
                }
            onto.Shutdown(SocketShutdown.Send); // one way may end before the other
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            await _ended.CancelAsync();
        }
    }

    /// <summary>Sends one piece, in slices that keep to the bandwidth.</summary>
    private async Task SendAsync(ReadOnlyMemory<byte> bytes, Socket onto, FaultDirection way, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            var limit = (await PassableAsync(way, cancellationToken)).BytesPerSecond;
            var slice = limit == 0 ? bytes : bytes[..(int)Math.Min(bytes.Length, Math.Max(1, limit / 20))]; // 50 ms of it
            for (var left = slice; left.Length > 0;) left = left[await onto.SendAsync(left, cancellationToken)..];
            proxy.Counts.Passed(slice.Length);
            if (limit > 0) await Task.Delay(TimeSpan.FromSeconds((double)slice.Length / limit), time, cancellationToken);
            bytes = bytes[slice.Length..];
        }
    }

    /// <summary>Waits while nothing passes this way.</summary>
    /// <returns>What holds then.</returns>
    private async Task<ProxyFaults> PassableAsync(FaultDirection way, CancellationToken cancellationToken)
    {
        while (true)
        {
            var setting = proxy.Current;
            if (!setting.Faults.For(way).Blackhole) return setting.Faults.For(way);
            await setting.Replaced.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task UntilAsync(long due, CancellationToken cancellationToken)
    {
        var wait = time.GetElapsedTime(time.GetTimestamp(), due);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancellationToken);
    }
}
