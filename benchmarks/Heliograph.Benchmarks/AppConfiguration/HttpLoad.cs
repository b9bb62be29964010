// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Heliograph.Benchmarks.AppConfiguration;

/// <summary>What a load came to.</summary>
/// <param name="PerSecond">Requests answered a second.</param>
/// <param name="P50Ms">Half were answered within so long.</param>
/// <param name="P99Ms">All but one in a hundred were.</param>
internal sealed record LoadResult(double PerSecond, double P50Ms, double P99Ms, long Requests);

/// <summary>Connections that each send a request when the one before is answered, for a bounded time. An answer of another status ends the run.</summary>
/// <param name="address">Where to.</param>
/// <param name="connections">How many at once.</param>
internal sealed class HttpLoad(IPEndPoint address, int connections)
{
    private const int BufferBytes = 256 << 10; // the longest answer is a page of a hundred
    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(10);

    /// <summary>Runs the load.</summary>
    /// <param name="next">The next request, given the connection and its count of requests so far.</param>
    /// <param name="status">What every answer must be.</param>
    /// <param name="time">How long.</param>
    /// <param name="perSecond">Requests a second, over all connections; <see langword="null"/>: as many as are answered.</param>
    public async Task<LoadResult> RunAsync(Func<int, int, byte[]> next, int status, TimeSpan time, double? perSecond = null)
    {
        var started = Stopwatch.GetTimestamp();
        var end = started + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var interval = perSecond is { } rate ? connections / rate * Stopwatch.Frequency : 0;
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(index => Task.Run(() => ServeAsync(index, next, status, started, end, interval))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double[] sorted = [.. all.SelectMany(one => one).Select(ticks => (double)ticks / Stopwatch.Frequency * 1_000)];
        Array.Sort(sorted);
        return new(sorted.Length / seconds, Yardstick.Load.Percentiles.Of(sorted, 0.5), Yardstick.Load.Percentiles.Of(sorted, 0.99), sorted.Length);
    }

    /// <summary>One request, and the answer as text.</summary>
    public async Task<string> AskAsync(byte[] request)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(request);
        var buffer = new byte[BufferBytes];
        return System.Text.Encoding.UTF8.GetString(buffer, 0, await ReceiveAsync(socket, buffer, null));
    }

    private async Task<List<long>> ServeAsync(int index, Func<int, int, byte[]> next, int status, long started, long end, double interval)
    {
        using var socket = await ConnectAsync();
        var (buffer, latencies) = (new byte[BufferBytes], new List<long>(1 << 16));
        for (var count = 0; ; count++)
        {
            if (interval > 0) await UntilAsync(started + (long)((count + (double)index / connections) * interval));
            var sent = Stopwatch.GetTimestamp();
            if (sent >= end) return latencies;
            await socket.SendAsync(next(index, count));
            await ReceiveAsync(socket, buffer, status);
            latencies.Add(Stopwatch.GetTimestamp() - sent);
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)s_answerWithin.TotalMilliseconds };
        await socket.ConnectAsync(address);
        return socket;
    }

    private static async ValueTask UntilAsync(long moment)
    {
        var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), moment);
        if (wait > TimeSpan.FromMilliseconds(0.5)) await Task.Delay(wait);
    }

    /// <summary>Reads one answer, whole.</summary>
    private static async ValueTask<int> ReceiveAsync(Socket socket, byte[] buffer, int? status)
    {
        for (var (have, length) = (0, -1); ;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(have));
            if (count == 0) throw new IOException("The server closed a connection.");
            have += count;
            if (length < 0) length = LengthOf(buffer.AsSpan(0, have), status);
            if (length >= 0 && have >= length) return have;
        }
    }

    /// <summary>Bytes of the whole answer; -1 while its head is not there.</summary>
    private static int LengthOf(ReadOnlySpan<byte> answer, int? status)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return -1;
        if (!Utf8Parser.TryParse(answer[9..], out int code, out _)) throw new IOException("An answer is no HTTP.");
        if (status is not null && code != status) throw new IOException($"An answer was {code}, not {status}.");
        var at = answer[..head].IndexOf("Content-Length: "u8);
        return head + 4 + (at >= 0 && Utf8Parser.TryParse(answer[(at + 16)..], out int body, out _) ? body : 0);
    }
}
