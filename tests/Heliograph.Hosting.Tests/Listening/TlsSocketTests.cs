// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Net;
using Heliograph.Platform.Net.Polling;
using Heliograph.Platform.Net.Tls;
using Heliograph.Platform.Pki;
using Heliograph.Replication.Ports;
using static Heliograph.Hosting.Tests.Listening.TlsPeers;

namespace Heliograph.Hosting.Tests.Listening;

/// <summary>The TLS port where the native envelope is served by the loops: who is served by whom, and what a peer can do to it.</summary>
[SupportedOSPlatform("linux")]
public sealed class TlsSocketTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task The_native_envelope_is_served_without_Kestrel_and_both_versions_of_TLS_carry_it_both_ways(SslProtocols version)
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        using var agent = tier.Authority.Issue(SpiffeId.Agent("shop", "host-1"));
        await using var stream = await HandshakeAsync(tier, await ConnectAsync(tier), agent, version);
        var accepted = await tier.Acceptor.NextAsync();

        Assert.IsType<LoopConnection>(accepted.Connection);
        Assert.Equal(new("spiffe://shop/agent/host-1", PeerKind.Certificate), accepted.Peer);
        var (up, down) = (new byte[300_000], new byte[300_000]);
        new Random(1).NextBytes(up);
        new Random(2).NextBytes(down);
        var writing = Task.WhenAll(stream.WriteAsync(up, Cancel).AsTask(), accepted.Connection.WriteAsync(down, Cancel).AsTask()); // at once
        var heard = new byte[down.Length];
        var reading = stream.ReadExactlyAsync(heard, Cancel).AsTask();
        Assert.Equal(up, await accepted.Connection.ReadExactlyAsync(up.Length));
        await reading;
        await writing;
        Assert.True(down.AsSpan().SequenceEqual(heard));
    }

    [Fact]
    public async Task A_hello_that_comes_byte_by_byte_is_waited_for()
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        await using var stream = await HandshakeAsync(tier, new CrumblingStream(await ConnectAsync(tier)));
        var accepted = await tier.Acceptor.NextAsync();
        Assert.IsType<LoopConnection>(accepted.Connection);
        await stream.WriteAsync("up"u8.ToArray(), Cancel);
        Assert.Equal("up", await accepted.Connection.ReadTextAsync(2));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("half a hello")]
    [InlineData("a hello and nothing more")]
    public async Task Who_does_not_finish_the_handshake_is_cut_off_at_the_deadline(string said)
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        await using var peer = await ConnectAsync(tier);
        var hello = await HelloAsync(tier);
        await peer.WriteAsync(said switch { "nothing" => default, "half a hello" => hello.AsMemory(0, hello.Length / 2), _ => hello }, Cancel);
        if (said == "a hello and nothing more") Assert.NotEqual(0, await peer.ReadAsync(new byte[1], Cancel)); // the server's answer

        var end = ReadToEndAsync(peer);
        var isCut = false;
        for (var i = 0; i < 500 && !isCut; i++) // time goes on only once it has been accepted, which is not seen from here
        {
            tier.Time.Advance(TimeSpan.FromSeconds(1));
            isCut = await Task.WhenAny(end, Task.Delay(20, Cancel)) == end;
        }

        Assert.True(isCut);
        Assert.True(tier.Acceptor.IsEmpty);
    }

    [Theory]
    [InlineData("no TLS at all")]
    [InlineData("a hello that ends in the middle")]
    [InlineData("a native hello of nonsense")]
    [InlineData("a length beyond all bounds")]
    public async Task What_is_no_handshake_is_closed_and_serves_nobody(string said)
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        await using var peer = await ConnectAsync(tier);
        var hello = await HelloAsync(tier);
        byte[] bytes = said switch
        {
            "no TLS at all" => [.. "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8],
            "a hello that ends in the middle" => hello[..100],
            "a length beyond all bounds" => [22, 3, 1, 0xff, 0xff, .. hello.AsSpan(5)],
            _ => [.. hello, .. new byte[64]], // no client answers the server's flight with zeros
        };
        await peer.WriteAsync(bytes, Cancel);
        if (said == "a hello that ends in the middle") peer.Socket.Shutdown(SocketShutdown.Send);

        await ReadToEndAsync(peer);

        Assert.True(tier.Acceptor.IsEmpty);
        await using (await tier.DialAsync(tier.Tls)) await tier.Acceptor.NextAsync(); // and others are served
    }

    [Fact]
    public async Task Ending_says_goodbye_in_TLS_and_a_peers_goodbye_is_an_end()
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        await using var first = await HandshakeAsync(tier, await ConnectAsync(tier));
        var ofFirst = await tier.Acceptor.NextAsync();
        await first.WriteAsync("last"u8.ToArray(), Cancel);
        await first.ShutdownAsync(); // close_notify
        Assert.Equal("last", await ofFirst.Connection.ReadTextAsync(4));
        Assert.Equal(0, await ofFirst.Connection.ReadAsync(new byte[1], Cancel));
        await ofFirst.Connection.WriteTextAsync("still");
        await first.ReadExactlyAsync(new byte[5], Cancel);
        ofFirst.Done.SetResult();
        Assert.Equal(0, await first.ReadAsync(new byte[1], Cancel));
    }

    [Fact]
    public async Task A_peer_that_resets_breaks_the_read_and_every_write_after_it()
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        var peer = await ConnectAsync(tier);
        await using var stream = await HandshakeAsync(tier, peer);
        var accepted = await tier.Acceptor.NextAsync();
        var reading = accepted.Connection.ReadAsync(new byte[1], Cancel).AsTask();
        peer.Socket.Close(0);
        await Assert.ThrowsAnyAsync<IOException>(() => reading);
        await Assert.ThrowsAnyAsync<IOException>(async () => await accepted.Connection.WriteTextAsync("more"));
    }

    [Fact]
    public async Task A_record_that_was_changed_on_its_way_breaks_the_connection_and_is_never_read()
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        var wire = new ForgingStream(await ConnectAsync(tier));
        await using var stream = await HandshakeAsync(tier, wire);
        var accepted = await tier.Acceptor.NextAsync();
        await stream.WriteAsync("true"u8.ToArray(), Cancel);
        Assert.Equal("true", await accepted.Connection.ReadTextAsync(4));
        wire.IsForging = true;
        await stream.WriteAsync("true"u8.ToArray(), Cancel);
        await Assert.ThrowsAnyAsync<IOException>(async () => await accepted.Connection.ReadAsync(new byte[16], Cancel));
    }

    [Fact]
    public async Task A_write_that_is_given_up_breaks_the_connection_and_a_reader_that_comes_back_gets_all_of_one_that_is_not()
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        await using var slow = await tier.DialAsync(tier.Tls);
        var ofSlow = await tier.Acceptor.NextAsync();
        var bytes = new byte[4 << 20];
        new Random(3).NextBytes(bytes);
        var writing = ofSlow.Connection.WriteAsync(bytes, Cancel).AsTask();
        await using var gone = await tier.DialAsync(tier.Tls);
        var ofGone = await tier.Acceptor.NextAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var givenUp = ofGone.Connection.WriteAsync(bytes, patience.Token).AsTask();
        Assert.False(writing.IsCompleted || givenUp.IsCompleted);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        await Assert.ThrowsAnyAsync<IOException>(async () => await ofGone.Connection.WriteTextAsync("more"));
        Assert.Equal(bytes, await slow.ReadExactlyAsync(bytes.Length));
        await writing;
    }

    [Fact]
    public async Task Many_at_once_each_get_their_own()
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        var serving = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++) _ = EchoAsync((await tier.Acceptor.NextAsync()).Connection);
        }, Cancel);
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = Cancel }, async (index, _) =>
        {
            await using var connection = await tier.DialAsync(tier.Tls);
            var said = new byte[(index * 373) + 1];
            new Random(index).NextBytes(said);
            var writing = connection.WriteAsync(said, Cancel).AsTask();
            Assert.Equal(said, await connection.ReadExactlyAsync(said.Length));
            await writing;
        });
        await serving;
    }

    private static async Task EchoAsync(IConnection connection)
    {
        var buffer = new byte[10_000];
        try
        {
            for (int count; (count = await connection.ReadAsync(buffer, Cancel)) > 0;) await connection.WriteAsync(buffer.AsSpan(0, count).ToArray(), Cancel);
        }
        catch (IOException)
        {
            // the peer has what it wanted, and is gone
        }
    }
}
