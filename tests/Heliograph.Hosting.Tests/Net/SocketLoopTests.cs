// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Threading.Channels;
using Heliograph.Platform.Net.Polling;

namespace Heliograph.Hosting.Tests.Net;

/// <summary>Connections that a loop watches, with real sockets. Linux.</summary>
[SupportedOSPlatform("linux")]
public sealed class SocketLoopTests : IDisposable
{
    private readonly SocketLoop[] _loops = [new("test loop 0"), new("test loop 1")];
    private readonly Channel<LoopConnection> _accepted = Channel.CreateUnbounded<LoopConnection>(); // its readers go on in the pool: nothing here may hold a loop's thread up
    private LoopAcceptor? _acceptor;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everyone_hears_what_was_said_to_him_and_nobody_else_while_others_come_and_go(bool completesInline)
    {
        // Given many peers at once that say who they are, some of which break off in the middle
        var address = Listen(completesInline);
        var echoing = Task.Run(() => EchoAsync(400), Cancel);
        var peers = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 50; i++)
            {
                using var peer = await ConnectAsync(address);
                var said = new byte[random.Next(1, 200_000)];
                random.NextBytes(said);
                if (random.Next(4) == 0)
                {
                    await peer.SendAsync(said.AsMemory(0, said.Length / 2), Cancel);
                    peer.Close(0);
                    continue;
                }
                // Then the others get back exactly what they sent
                var sending = peer.SendAsync(said, Cancel).AsTask();
                var heard = new byte[said.Length];
                for (var at = 0; at < heard.Length;)
                {
                    var count = await peer.ReceiveAsync(heard.AsMemory(at), Cancel);
                    Assert.NotEqual(0, count);
                    at += count;
                }
                await sending;
                Assert.True(said.AsSpan().SequenceEqual(heard));
            }
        }, Cancel)).ToArray();

        await Task.WhenAll(peers);
        await echoing;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_that_is_given_up_can_be_made_again_and_loses_nothing(bool completesInline)
    {
        using var peer = await ConnectAsync(Listen(completesInline));
        await using var connection = await _accepted.Reader.ReadAsync(Cancel);
        var buffer = new byte[8];
        for (var i = 0; i < 100; i++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var reading = connection.ReadAsync(buffer, patience.Token).AsTask();
            var giving = patience.CancelAsync();
            var sending = peer.SendAsync(new[] { (byte)i }, Cancel); // at the same time: either may be first
            await giving;
            await sending;
            var count = 0;
            try
            {
                count = await reading;
            }
            catch (OperationCanceledException)
            {
                count = await connection.ReadAsync(buffer, Cancel);
            }
            Assert.Equal((1, (byte)i), (count, buffer[0]));
        }
    }

    [Fact]
    public async Task What_was_written_before_closing_arrives_however_slowly_it_is_read()
    {
        using var peer = await ConnectAsync(Listen(completesInline: true));
        var connection = await _accepted.Reader.ReadAsync(Cancel);
        var bytes = new byte[3 << 20];
        new Random(7).NextBytes(bytes);
        var writing = connection.WriteAsync(bytes, Cancel).AsTask();
        using var heard = new MemoryStream();
        var buffer = new byte[64 << 10];
        for (var count = 1; count > 0; heard.Write(buffer, 0, count))
        {
            count = await peer.ReceiveAsync(buffer, Cancel);
            if (heard.Length == 0)
            {
                await peer.SendAsync("not read by anyone"u8.ToArray(), Cancel); // unread bytes must not turn the goodbye into a reset
                _ = writing.ContinueWith(_ => connection.CloseAsync(TimeSpan.FromSeconds(30), TimeProvider.System), Cancel, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        Assert.True(bytes.AsSpan().SequenceEqual(heard.ToArray()));
    }

    [Fact]
    public async Task An_abort_at_any_moment_ends_reading_and_writing()
    {
        var address = Listen(completesInline: true);
        for (var i = 0; i < 100; i++)
        {
            using var peer = await ConnectAsync(address);
            var connection = await _accepted.Reader.ReadAsync(Cancel);
            var reading = Task.Run(async () => await connection.ReadAsync(new byte[1], Cancel), Cancel);
            var writing = Task.Run(async () => await connection.WriteAsync(new byte[8 << 20], Cancel), Cancel); // more than the kernel takes
            if (i % 2 == 0) await Task.Yield();
            connection.Abort();
            await Assert.ThrowsAnyAsync<IOException>(() => reading.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
            await Assert.ThrowsAnyAsync<IOException>(() => writing.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_loop_can_be_ended_by_a_reader_in_its_own_thread()
    {
        using var peer = await ConnectAsync(Listen(completesInline: true));
        await using var connection = await _accepted.Reader.ReadAsync(Cancel);
        var ending = EndAsync();
        await peer.SendAsync(new byte[1], Cancel);
        await ending.WaitAsync(TimeSpan.FromSeconds(20), Cancel);

        async Task EndAsync()
        {
            await connection.ReadAsync(new byte[1], Cancel);
            foreach (var loop in _loops) loop.Dispose();
        }
    }

    public void Dispose()
    {
        _acceptor?.Dispose();
        foreach (var loop in _loops) loop.Dispose();
    }

    private IPEndPoint Listen(bool completesInline)
    {
        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _acceptor = new LoopAcceptor(listening, _loops, new(512, 32 << 10, 64 << 10, completesInline), (connection, _) => _accepted.Writer.TryWrite(connection), _ => { });
        return (IPEndPoint)listening.LocalEndPoint!;
    }

    private async Task EchoAsync(int connections)
    {
        var serving = new List<Task>();
        for (var i = 0; i < connections; i++)
        {
            var connection = await _accepted.Reader.ReadAsync(Cancel);
            serving.Add(Task.Run(async () =>
            {
                var buffer = new byte[4 << 10];
                try
                {
                    for (int count; (count = await connection.ReadAsync(buffer, Cancel)) > 0;) await connection.WriteAsync(buffer.AsMemory(0, count).ToArray(), Cancel);
                }
                catch (IOException)
                {
                    // It broke off, as some do here.
                }
                await connection.DisposeAsync();
            }, Cancel));
        }
        await Task.WhenAll(serving);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, Cancel);
        return socket;
    }
}
