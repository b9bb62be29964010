// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using Heliograph.Hosting.Listening;

namespace Heliograph.Hosting.Tests.Sync;

/// <summary>What the acceptor sees of real sockets, plain and under TLS.</summary>
public sealed class AcceptedConnectionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    public async Task A_write_of_any_size_arrives_whole_and_in_order(string scheme)
    {
        await using var tier = await new TestTier().StartAsync($"{scheme}://127.0.0.1:0");
        await using var connection = await tier.DialAsync(Address(tier, scheme));
        var accepted = await tier.Acceptor.NextAsync();
        var bytes = new byte[(1 << 20) + 7];
        new Random(1).NextBytes(bytes);

        var writing = accepted.Connection.WriteAsync(bytes, Cancel).AsTask();
        var read = await connection.ReadExactlyAsync(bytes.Length);
        await writing;

        Assert.True(bytes.AsSpan().SequenceEqual(read));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    public async Task What_a_follower_writes_arrives_whole_however_much_is_read_at_once(string scheme)
    {
        await using var tier = await new TestTier().StartAsync($"{scheme}://127.0.0.1:0");
        await using var connection = await tier.DialAsync(Address(tier, scheme));
        var accepted = await tier.Acceptor.NextAsync();
        var bytes = new byte[(1 << 20) + 7];
        new Random(1).NextBytes(bytes);

        var writing = connection.WriteAsync(bytes, Cancel).AsTask();
        var read = await accepted.Connection.ReadExactlyAsync(bytes.Length);
        await writing;

        Assert.True(bytes.AsSpan().SequenceEqual(read));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    public async Task Who_does_not_read_makes_the_writer_wait_and_costs_no_more_than_the_buffers(string scheme)
    {
        // Given a peer that reads nothing
        await using var tier = await new TestTier().StartAsync($"{scheme}://127.0.0.1:0");
        await using var connection = await tier.DialAsync(Address(tier, scheme));
        var accepted = await tier.Acceptor.NextAsync();

        // When frames are written until a write has to wait
        var slice = new byte[16 << 10];
        long taken = 0;
        Task waiting;
        while (await StaysPendingAsync(waiting = accepted.Connection.WriteAsync(slice, Cancel).AsTask()) is false) taken += slice.Length;

        // Then no more was taken than both kernels and the pipe hold, and reading it lets the writer go on
        Assert.InRange(taken, slice.Length, 2 << 20);
        await connection.ReadExactlyAsync((int)taken + slice.Length);
        await waiting;
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    public async Task What_was_written_before_the_acceptor_is_done_still_arrives(string scheme)
    {
        await using var tier = await new TestTier().StartAsync($"{scheme}://127.0.0.1:0");
        await using var connection = await tier.DialAsync(Address(tier, scheme));
        var accepted = await tier.Acceptor.NextAsync();
        await accepted.Connection.WriteTextAsync("goodbye");
        accepted.Done.SetResult();
        Assert.Equal("goodbye", await connection.ReadTextAsync(7));
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task A_peer_that_ended_its_half_is_seen_and_can_still_be_written_to()
    {
        await using var tier = await new TestTier().StartAsync("tcp://127.0.0.1:0");
        using var peer = await ConnectAsync(tier);
        var accepted = await tier.Acceptor.NextAsync();
        await peer.SendAsync("last"u8.ToArray(), Cancel);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal("last", await accepted.Connection.ReadTextAsync(4)); // what came before the end
        Assert.Equal(0, await accepted.Connection.ReadAsync(new byte[1], Cancel));
        await accepted.Connection.WriteTextAsync("still");
        Assert.Equal(5, await peer.ReceiveAsync(new byte[16], Cancel));
    }

    [Fact]
    public async Task A_peer_that_resets_breaks_the_read_and_every_write_after_it()
    {
        await using var tier = await new TestTier().StartAsync("tcp://127.0.0.1:0");
        var peer = await ConnectAsync(tier);
        var accepted = await tier.Acceptor.NextAsync();
        var reading = accepted.Connection.ReadAsync(new byte[1], Cancel).AsTask();
        peer.Close(0);
        await Assert.ThrowsAnyAsync<IOException>(() => reading);
        await Assert.ThrowsAnyAsync<IOException>(async () => await accepted.Connection.WriteTextAsync("more"));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    public async Task Abort_fails_what_is_pending_here_and_ends_it_there(string scheme)
    {
        await using var tier = await new TestTier().StartAsync($"{scheme}://127.0.0.1:0");
        await using var connection = await tier.DialAsync(Address(tier, scheme));
        var accepted = await tier.Acceptor.NextAsync();
        var reading = accepted.Connection.ReadAsync(new byte[1], Cancel).AsTask();

        accepted.Connection.Abort();

        await Assert.ThrowsAnyAsync<IOException>(() => reading);
        await Assert.ThrowsAnyAsync<IOException>(async () => await accepted.Connection.WriteTextAsync("more"));
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task A_write_that_is_given_up_breaks_the_connection()
    {
        await using var tier = await new TestTier().StartAsync("tcp://127.0.0.1:0");
        await using var connection = await tier.DialAsync(Address(tier, "tcp"));
        var accepted = await tier.Acceptor.NextAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var pending = accepted.Connection.WriteAsync(new byte[16 << 20], patience.Token).AsTask();
        Assert.True(await StaysPendingAsync(pending));

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        await Assert.ThrowsAnyAsync<IOException>(async () => await accepted.Connection.WriteTextAsync("more"));
    }

    [Fact]
    public async Task An_acceptor_that_fails_costs_its_connection_and_nothing_else()
    {
        await using var tier = await new TestTier().StartAsync("tcp://127.0.0.1:0");
        await using var first = await tier.DialAsync(Address(tier, "tcp"));
        (await tier.Acceptor.NextAsync()).Done.SetException(new InvalidOperationException("planted"));
        Assert.True(await first.IsClosedAsync());
        await using var second = await tier.DialAsync(Address(tier, "tcp"));
        var accepted = await tier.Acceptor.NextAsync();
        await second.WriteTextAsync("up");
        Assert.Equal("up", await accepted.Connection.ReadTextAsync(2));
    }

    [Fact]
    public async Task Stopping_the_host_asks_every_connection_to_end()
    {
        await using var tier = await new TestTier().StartAsync("tcp://127.0.0.1:0", "tls://127.0.0.1:0");
        await using var native = await tier.DialAsync(Address(tier, "tcp"));
        var first = await tier.Acceptor.NextAsync();
        await using var grpc = await tier.DialAsync(tier.Grpc);
        var second = await tier.Acceptor.NextAsync();

        await tier.StopAsync();

        Assert.True(first.Token.IsCancellationRequested);
        Assert.True(second.Token.IsCancellationRequested);
    }

    /// <summary>Whether a write waits for the peer: it is given a second, which no write that has room needs.</summary>
    private static async Task<bool> StaysPendingAsync(Task write) => await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(1), Cancel)) != write;

    private static string Address(TestTier tier, string scheme) => scheme == "tls" ? tier.Tls : tier.Endpoints.Of(ListenProtocol.Sync).ToString();

    private static async Task<Socket> ConnectAsync(TestTier tier)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, tier.Endpoints.All[0].Address!.Port), Cancel);
        return socket;
    }
}
