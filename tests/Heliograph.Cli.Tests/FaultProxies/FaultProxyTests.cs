// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using System.Numerics;
using Heliograph.Cli.FaultProxies;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Cli.Tests.FaultProxies;

/// <summary>Over real sockets; only the clock is a test's own.</summary>
public sealed class FaultProxyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_faults_everything_passes_as_it_is_and_one_way_may_end_before_the_other()
    {
        await using var pair = await ProxiedPair.ConnectAsync(ProxyFaults.None);
        var sent = new byte[3 << 20];
        new Random(1).NextBytes(sent);

        var reading = ProxiedPair.ReadAsync(pair.Server, sent.Length);
        for (ReadOnlyMemory<byte> left = sent; left.Length > 0;) left = left[await pair.Client.SendAsync(left, Cancel)..];
        Assert.Equal(sent, await reading);
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await ProxiedPair.ReadAsync(pair.Server, 1));
        await pair.Server.SendAsync("late answer"u8.ToArray(), Cancel);

        Assert.Equal("late answer"u8.ToArray(), await ProxiedPair.ReadAsync(pair.Client, 11));
        Assert.Equal(sent.Length + 11, pair.Proxy.State().Bytes);
    }

    [Theory]
    [InlineData(400, 0)]
    [InlineData(100, 300)]
    public async Task Latency_and_jitter_hold_bytes_back_as_long_as_they_say(double latency, double jitter)
    {
        var clock = new FakeTimeProvider();
        await using var pair = await ProxiedPair.ConnectAsync(ProxyFaults.None with { LatencyMs = latency, JitterMs = jitter }, time: clock);

        await pair.Client.SendAsync("x"u8.ToArray(), Cancel);
        var waited = await UntilAsync(ProxiedPair.ReadAsync(pair.Server, 1), clock, TimeSpan.FromMilliseconds(10));

        Assert.True(waited >= latency, $"It came after {waited} ms."); // how much later depends on this machine
    }

    [Fact]
    public async Task Bandwidth_is_not_exceeded()
    {
        var clock = new FakeTimeProvider();
        await using var pair = await ProxiedPair.ConnectAsync(ProxyFaults.None with { BytesPerSecond = 1_000 }, time: clock);

        await pair.Client.SendAsync(new byte[5_000], Cancel);
        var waited = await UntilAsync(ProxiedPair.ReadAsync(pair.Server, 5_000), clock, TimeSpan.FromMilliseconds(25));

        Assert.True(waited >= 4_900, $"5,000 bytes at 1,000 a second took {waited} ms.");
    }

    [Fact]
    public async Task A_one_way_black_hole_holds_back_one_way_and_loses_nothing()
    {
        await using var pair = await ProxiedPair.ConnectAsync(ProxyFaults.None);
        pair.Proxy.Set(ProxyFaults.None with { Blackhole = true, Direction = FaultDirection.Up });

        await pair.Client.SendAsync("up"u8.ToArray(), Cancel);
        var arriving = ProxiedPair.ReadAsync(pair.Server, 2);
        for (var i = 0; i < 100; i++) // the other way is open all the while
        {
            await pair.Server.SendAsync("down"u8.ToArray(), Cancel);
            Assert.Equal("down"u8.ToArray(), await ProxiedPair.ReadAsync(pair.Client, 4));
        }
        Assert.False(arriving.IsCompleted);
        pair.Proxy.Set(ProxyFaults.None);

        Assert.Equal("up"u8.ToArray(), await arriving);
    }

    [Fact]
    public async Task A_black_hole_takes_new_connections_and_lets_none_through_until_it_ends()
    {
        await using var pair = new ProxiedPair(ProxyFaults.None with { Blackhole = true });
        await pair.Client.ConnectAsync(pair.Proxy.Endpoint, Cancel);
        var accepting = pair.AcceptAsync();
        await pair.Client.SendAsync("hello"u8.ToArray(), Cancel);
        Assert.False(accepting.IsCompleted);

        pair.Proxy.Set(ProxyFaults.None);
        await accepting;

        Assert.Equal("hello"u8.ToArray(), await ProxiedPair.ReadAsync(pair.Server, 5));
    }

    [Fact]
    public async Task One_bit_is_turned_in_each_piece_and_the_seed_says_which()
    {
        var first = await CorruptedAsync(seed: 7);
        var second = await CorruptedAsync(seed: 7);
        var other = await CorruptedAsync(seed: 8);

        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public async Task A_reset_reaches_both_sides()
    {
        await using var pair = await ProxiedPair.ConnectAsync(ProxyFaults.None with { Reset = 1, Direction = FaultDirection.Down });
        await pair.Client.SendAsync("up"u8.ToArray(), Cancel);
        Assert.Equal("up"u8.ToArray(), await ProxiedPair.ReadAsync(pair.Server, 2));

        await pair.Server.SendAsync("down"u8.ToArray(), Cancel);

        await AssertResetAsync(pair.Client);
        await AssertResetAsync(pair.Server);
        Assert.Equal(1, pair.Proxy.State().Resets);
    }

    [Fact]
    public async Task All_connections_are_reset_at_once_and_new_ones_are_taken()
    {
        await using var pair = await ProxiedPair.ConnectAsync(ProxyFaults.None);
        await pair.Client.SendAsync("up"u8.ToArray(), Cancel);
        await ProxiedPair.ReadAsync(pair.Server, 2);

        pair.Proxy.ResetAll();

        await AssertResetAsync(pair.Client);
        using var next = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await next.ConnectAsync(pair.Proxy.Endpoint, Cancel);
        await pair.AcceptAsync();
        await next.SendAsync("on"u8.ToArray(), Cancel);
        Assert.Equal("on"u8.ToArray(), await ProxiedPair.ReadAsync(pair.Server, 2));
        Assert.Equal(2, pair.Proxy.State().Accepted);
    }

    private static async Task<byte[]> CorruptedAsync(int seed)
    {
        await using var pair = await ProxiedPair.ConnectAsync(ProxyFaults.None with { Corrupt = 1 }, seed);
        var seen = new List<byte>();
        for (var i = 0; i < 8; i++) // each is read before the next is sent: a piece of its own
        {
            await pair.Client.SendAsync(new byte[64], Cancel);
            var piece = await ProxiedPair.ReadAsync(pair.Server, 64);
            Assert.Equal(1, piece.Sum(octet => BitOperations.PopCount(octet)));
            seen.AddRange(piece);
        }
        Assert.Equal(8, pair.Proxy.State().Corrupted);
        return [.. seen];
    }

    private static async Task AssertResetAsync(Socket socket)
    {
        var exception = await Assert.ThrowsAsync<SocketException>(() => ProxiedPair.ReadAsync(socket, 1));
        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
    }

    /// <summary>Lets the test's clock go on until it is done.</summary>
    /// <returns>Milliseconds of that clock.</returns>
    private static async Task<double> UntilAsync(Task done, FakeTimeProvider clock, TimeSpan step)
    {
        var began = clock.GetTimestamp();
        while (!done.IsCompleted)
        {
            Cancel.ThrowIfCancellationRequested();
            await Task.WhenAny(done, Task.Delay(1, Cancel)); // the sockets are real: they need a moment of the machine's own time
            if (!done.IsCompleted) clock.Advance(step);
        }
        await done;
        return clock.GetElapsedTime(began).TotalMilliseconds;
    }
}
