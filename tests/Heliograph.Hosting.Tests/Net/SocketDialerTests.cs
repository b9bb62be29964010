// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using Heliograph.Platform.Net;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Time.Testing;

namespace Heliograph.Hosting.Tests.Net;

/// <summary>What the dialer does with plain sockets and with servers that do not answer. Its TLS is tested against the listener.</summary>
public sealed class SocketDialerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public SocketDialerTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        _listener.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Bytes_go_both_ways_until_the_other_side_ends()
    {
        await using var connection = await DialAsync($"tcp://127.0.0.1:{Port}");
        using var peer = await _listener.AcceptAsync(Cancel);

        await connection.WriteAsync("up"u8.ToArray(), Cancel);
        var buffer = new byte[16];
        Assert.Equal(2, await peer.ReceiveAsync(buffer, Cancel));
        await peer.SendAsync("down"u8.ToArray(), Cancel);
        Assert.Equal(4, await connection.ReadAsync(buffer, Cancel));
        peer.Shutdown(SocketShutdown.Send); // half-open: it may still read
        Assert.Equal(0, await connection.ReadAsync(buffer, Cancel));
        await connection.WriteAsync("last"u8.ToArray(), Cancel);
        Assert.Equal(4, await peer.ReceiveAsync(buffer, Cancel));
    }

    [Fact]
    public async Task A_unix_socket_is_dialled_by_its_path()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_directory.Join("s")));
        listener.Listen();
        await using var connection = await DialAsync($"unix://{_directory.Join("s")}");
        using var peer = await listener.AcceptAsync(Cancel);
        await connection.WriteAsync("up"u8.ToArray(), Cancel);
        Assert.Equal(2, await peer.ReceiveAsync(new byte[16], Cancel));
    }

    [Fact]
    public async Task Abort_fails_a_pending_read_and_everything_after_it()
    {
        await using var connection = await DialAsync($"tcp://localhost:{Port}");
        using var peer = await _listener.AcceptAsync(Cancel);
        var pending = connection.ReadAsync(new byte[1], Cancel).AsTask();
        Assert.False(pending.IsCompleted);

        connection.Abort();

        await Assert.ThrowsAnyAsync<IOException>(() => pending);
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.WriteAsync(new byte[1], Cancel));
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.ReadAsync(new byte[1], Cancel));
        await Assert.ThrowsAsync<SocketException>(async () => await peer.ReceiveAsync(new byte[1], Cancel)); // a reset, not an end
    }

    [Fact]
    public async Task A_reset_by_the_other_side_is_an_IOException()
    {
        await using var connection = await DialAsync($"tcp://127.0.0.1:{Port}");
        using (var peer = await _listener.AcceptAsync(Cancel)) peer.Close(0);
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.ReadAsync(new byte[1], Cancel));
    }

    [Fact]
    public async Task A_write_that_is_given_up_breaks_the_connection()
    {
        // Given a peer that reads nothing, and more bytes than all buffers hold
        await using var connection = await DialAsync($"tcp://127.0.0.1:{Port}");
        using var peer = await _listener.AcceptAsync(Cancel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var pending = connection.WriteAsync(new byte[64 << 20], patience.Token).AsTask();
        Assert.False(pending.IsCompleted);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.WriteAsync(new byte[1], Cancel));
    }

    [Fact]
    public async Task A_server_that_accepts_and_says_nothing_costs_ten_seconds_and_no_more()
    {
        // Given a TLS handshake that nobody answers
        using var authority = Platform.Pki.CertificateAuthority.Create("shop", _time);
        var dialer = new SocketDialer(new() { Authority = authority.Authority }, _time);
        var dialling = dialer.ConnectAsync(new(new($"tls://localhost:{Port}")), Cancel).AsTask();
        using var peer = await _listener.AcceptAsync(Cancel);
        await peer.ReceiveAsync(new byte[1], Cancel); // its hello has come: the handshake waits

        // When the deadline passes
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(dialling.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        // Then
        var failure = await Assert.ThrowsAsync<IOException>(() => dialling);
        Assert.Contains("no connection within 10 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_is_an_IOException_that_names_the_parent()
    {
        var port = Port;
        _listener.Dispose();
        var failure = await Assert.ThrowsAsync<IOException>(async () => await DialAsync($"tcp://127.0.0.1:{port}"));
        Assert.Contains($"tcp://127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(async () => await DialAsync($"unix://{_directory.Join("missing")}"));
    }

    [Theory]
    [InlineData("tcp://192.0.2.1:7444")]
    [InlineData("tls://localhost:7443")] // no authority is configured
    [InlineData("gopher://localhost:70")]
    public async Task What_may_not_be_dialled_is_refused_before_any_connection(string address) =>
        await Assert.ThrowsAsync<IOException>(async () => await DialAsync(address));

    [Fact]
    public async Task The_callers_cancellation_is_no_IOException() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await new SocketDialer(new(), _time).ConnectAsync(new(new($"tcp://127.0.0.1:{Port}")), new(canceled: true)));

    private ValueTask<IConnection> DialAsync(string address) => new SocketDialer(new(), _time).ConnectAsync(new(new(address)), Cancel);
}
