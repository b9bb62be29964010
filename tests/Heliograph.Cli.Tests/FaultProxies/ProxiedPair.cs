// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using Heliograph.Cli.FaultProxies;
using Xunit;

namespace Heliograph.Cli.Tests.FaultProxies;

/// <summary>A proxy with a real socket on either side of it.</summary>
internal sealed class ProxiedPair : IAsyncDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);

    public ProxiedPair(ProxyFaults faults, int seed = 1, TimeProvider? time = null)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Proxy = new(new("127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port), seed, time ?? TimeProvider.System);
        Proxy.Set(faults);
        Proxy.Start(new(IPAddress.Loopback, 0));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public FaultProxy Proxy { get; }

    public Socket Client { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public Socket Server { get; private set; } = null!;

    public static async Task<ProxiedPair> ConnectAsync(ProxyFaults faults, int seed = 1, TimeProvider? time = null)
    {
        var pair = new ProxiedPair(faults, seed, time);
        await pair.Client.ConnectAsync(pair.Proxy.Endpoint, Cancel);
        pair.Server = await pair._listener.AcceptAsync(Cancel);
        pair.Server.NoDelay = true;
        return pair;
    }

    public static async Task<byte[]> ReadAsync(Socket socket, int bytes)
    {
        var (buffer, read) = (new byte[bytes], 0);
        while (read < bytes && await socket.ReceiveAsync(buffer.AsMemory(read), Cancel) is > 0 and var more) read += more;
        return buffer[..read];
    }

    /// <summary>Waits for the accept that a black hole held back.</summary>
    public async Task AcceptAsync() => Server = await _listener.AcceptAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        Client.Dispose();
        Server?.Dispose();
        _listener.Dispose();
    }
}
