// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Heliograph.Cli.FaultProxies;

/// <summary>A TCP proxy that harms what it passes on, as it is told. What is random comes from the seed: the n-th connection meets the same dice.</summary>
/// <remarks>At most <see cref="ConnectionsMax"/> connections at once, further ones are reset; at most <see cref="ProxyConnection.BacklogBytesMax"/> bytes under way each way of each.</remarks>
internal sealed class FaultProxy : IAsyncDisposable
{
    public const int ConnectionsMax = 1_024;

    private readonly ConcurrentDictionary<long, ProxyConnection> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly DnsEndPoint _to;
    private readonly int _seed;
    private readonly TimeProvider _time;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private volatile Setting _setting = new(ProxyFaults.None);
    private long _accepted;

    /// <param name="to">What is behind it.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="time">Delays.</param>
    public FaultProxy(DnsEndPoint to, int seed, TimeProvider time) => (_to, _seed, _time) = (to, seed, time);

    /// <summary>What is done, and a wake-up for who waits for it to change.</summary>
    internal sealed record Setting(ProxyFaults Faults)
    {
        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>What holds now.</summary>
    internal Setting Current => _setting;

    /// <summary>Counts of everything done, for all connections.</summary>
    internal ProxyCounts Counts { get; } = new();

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_listener!.LocalEndPoint!;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public void Start(IPEndPoint listen)
    {
        _listener = new(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(listen);
        _listener.Listen(256);
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>From now on other faults hold, for connections that are open too.</summary>
    public void Set(ProxyFaults faults) => Interlocked.Exchange(ref _setting, new(faults)).Replaced.TrySetResult();

    /// <summary>Resets every connection, once.</summary>
    public void ResetAll()
    {
        foreach (var connection in _open.Values) connection.Reset();
    }

    public ProxyState State() => new($"{Endpoint}", $"{_to.Host}:{_to.Port}", _setting.Faults, _open.Count, Interlocked.Read(ref _accepted), Counts.Bytes, Counts.Corrupted, Counts.Resets);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener?.Dispose();
        await _accepting;
        foreach (var connection in _open.Values) connection.Reset();
        while (_open.Values.FirstOrDefault() is { } last) await last.Done;
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                continue; // the client was gone before it was taken
            }
            var number = Interlocked.Increment(ref _accepted);
            if (_open.Count >= ConnectionsMax)
            {
                ProxyConnection.CloseWithReset(client);
                continue;
            }
            var connection = new ProxyConnection(this, client, _to, unchecked((_seed * 1_000_003) + (int)number), _time);
            _open[number] = connection;
            _ = connection.RunAsync(() => _open.TryRemove(number, out _), _stop.Token);
        }
    }
}

/// <summary>Counts of everything done.</summary>
internal sealed class ProxyCounts
{
    private long _bytes, _corrupted, _resets;

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Corrupted => Interlocked.Read(ref _corrupted);

    public long Resets => Interlocked.Read(ref _resets);

    public void Passed(int bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Turned() => Interlocked.Increment(ref _corrupted);

    public void WasReset() => Interlocked.Increment(ref _resets);
}
