// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Tests.Support;

/// <summary>Listeners by address, and every connection ever made to them.</summary>
internal sealed class MemoryNetwork : IDialer, IAsyncDisposable
{
    private readonly Lock _sync = new();
    private readonly Dictionary<Uri, Func<MemoryLink, CancellationToken, Task>> _listeners = [];
    private readonly List<(Uri Address, MemoryLink Link)> _links = [];
    private readonly List<Task> _served = [];
    private readonly CancellationTokenSource _ended = new();
    private int _dials;

    /// <summary>Called with each new link before either end has it.</summary>
    public Action<Uri, MemoryLink>? OnLink { get; set; }

    /// <summary>Connections asked for, those that failed included.</summary>
    public int Dials => Volatile.Read(ref _dials);

    public static ParentAddress Address(string name) => new(new Uri($"tls://{name}:7401"));

    /// <summary>What a hub is to the followers that reach it here.</summary>
    public void Listen(ParentAddress address, FanOutHub hub, PeerIdentity? peer = null) =>
        Listen(address, (link, token) => ServeAsync(hub, link, peer ?? new PeerIdentity("local", PeerKind.Local), token));

    public void Listen(ParentAddress address, Func<MemoryLink, CancellationToken, Task> serve)
    {
        lock (_sync) _listeners[address.Address] = serve;
    }

    /// <summary>Nobody answers there any more; connections that exist go on.</summary>
    public void StopListening(ParentAddress address)
    {
        lock (_sync) _listeners.Remove(address.Address);
    }

    public IReadOnlyList<MemoryLink> LinksTo(ParentAddress address)
    {
        lock (_sync) return [.. _links.Where(link => link.Address == address.Address).Select(link => link.Link)];
    }

    /// <summary>Stops listening and cuts every connection.</summary>
    public void Kill(ParentAddress address)
    {
        StopListening(address);
        foreach (var link in LinksTo(address)) link.Cut();
    }

    public ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _dials);
        var link = new MemoryLink(parent.Address.Host);
        lock (_sync)
        {
            if (!_listeners.TryGetValue(parent.Address, out var serve)) throw new IOException($"Nobody listens at {parent.Address}.");
            _links.Add((parent.Address, link));
            OnLink?.Invoke(parent.Address, link);
            _served.Add(Task.Run(() => serve(link, _ended.Token), CancellationToken.None));
        }
        return new(link.Follower);
    }

    private static async Task ServeAsync(FanOutHub hub, MemoryLink link, PeerIdentity peer, CancellationToken cancellationToken)
    {
        await using var connection = link.Server;
        await hub.AcceptAsync(connection, peer, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        List<Task> served;
        lock (_sync)
        {
            foreach (var (_, link) in _links) link.Cut();
            served = [.. _served];
        }
        foreach (var task in served)
        {
            try
            {
                await task;
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // Scripted parents end like this.
            }
        }
        _ended.Dispose();
    }
}
