// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Network;

/// <summary>Who opened a connection, as the listener knows it: what a client certificate would say.</summary>
/// <param name="Name">The machine's name.</param>
public sealed record NodeIdentity(string Name);

/// <summary>The machines' network: who listens, what the links are like, and every connection that is open.</summary>
public sealed class SimNetwork(SimScheduler scheduler, FaultMenu faults)
{
    private static readonly TimeSpan _dialDeadline = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<string, SimProcess> _up = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Func<IConnection, NodeIdentity, Task>> _listeners = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string From, string To), SimLink> _links = [];
    private readonly List<SimConnection> _connections = [];
    private readonly Random _random = scheduler.NewRandom("network");

    /// <summary>Every end of a connection that its process still holds, in the order of opening.</summary>
    public IReadOnlyList<SimConnection> Connections
    {
        get
        {
            _connections.RemoveAll(connection => !connection.IsOpen);
            return _connections;
        }
    }

    /// <summary>Links that something was sent over or that were asked for.</summary>
    public IReadOnlyCollection<SimLink> Links => _links.Values;

    /// <summary>The way from one machine to another.</summary>
    public SimLink Link(string from, string to)
    {
        if (!_links.TryGetValue((from, to), out var link))
            _links[(from, to)] = link = new SimLink(from, to) { Latency = _random.Between(TimeSpan.FromMilliseconds(0.2), TimeSpan.FromMilliseconds(40)) };
        return link;
    }

    /// <summary>A process has started on a machine: the network reaches it, and closes its connections when it dies.</summary>
    public void Attach(SimProcess process)
    {
        _up[process.Name] = process;
        process.Died += () => Detach(process);
    }

    /// <summary>Calls <paramref name="accept"/>, on the process, for every connection that is opened to its machine.</summary>
    /// <param name="process">Who listens.</param>
    /// <param name="accept">Serves the connection until it ends. What it throws other than <see cref="IOException"/> and cancellation fails the run.</param>
    public void Listen(SimProcess process, Func<IConnection, NodeIdentity, Task> accept) => _listeners[process.Name] = accept;

    /// <summary>Opens connections for a process. The host of an address is the machine's name.</summary>
    public IDialer DialerFor(SimProcess process) => new Dialer(this, process);

    /// <summary>Every link is whole, every connection that had died without a word is reset.</summary>
    public void Heal()
    {
        foreach (var link in _links.Values)
        {
            link.BytesPerSecond = null;
            link.Mend();
        }
        foreach (var connection in Connections.ToArray()) connection.HealOrReset();
    }

    private void Detach(SimProcess process)
    {
        if (_up.GetValueOrDefault(process.Name) == process)
        {
            _up.Remove(process.Name);
            _listeners.Remove(process.Name);
        }
        foreach (var connection in Connections.ToArray())
            if (connection.Owner == process) connection.OwnerDied(process.IsPowerCut);
    }

    private async ValueTask<IConnection> ConnectAsync(SimProcess from, ParentAddress parent, CancellationToken cancellationToken)
    {
        var to = parent.Address.Host;
        var (there, back) = (Link(from.Name, to), Link(to, from.Name));
        await Task.Delay(2 * (there.Latency + back.Latency), from.Time, cancellationToken); // TCP and TLS: two round trips
        if (there.IsCut || back.IsCut || !_up.TryGetValue(to, out var process))
        {
            await Task.Delay(_dialDeadline, from.Time, cancellationToken);
            throw new IOException($"No answer from {parent} within {_dialDeadline.TotalSeconds} s.");
        }
        if (!_listeners.TryGetValue(to, out var accept)) throw new IOException($"{parent} refused the connection.");
        var wire = Open(from, process, there, back);
        Serve(process, accept, wire.Other!, from.Identity);
        if (faults.Strikes(Fault.DuplicateConnection, 0.05)) Duplicate(wire, process, accept, there, back);
        return wire;
    }

    /// <summary>Two ends, and a stream each way.</summary>
    private SimConnection Open(SimProcess from, SimProcess to, SimLink there, SimLink back)
    {
        var slower = faults.Strikes(Fault.ReorderedConnections, 0.1) ? _random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1.5)) : TimeSpan.Zero;
        SimConnection? near = null, far = null;
        var up = new SimStream(scheduler, there, faults, _random) { HasNoReader = () => !far!.IsOpen, Slower = slower };
        var down = new SimStream(scheduler, back, faults, _random) { HasNoReader = () => !near!.IsOpen, Slower = slower };
        near = new SimConnection(scheduler, from, to.Name, up, down);
        far = new SimConnection(scheduler, to, from.Name, down, up);
        (near.Other, far.Other) = (far, near);
        _connections.Add(near);
        _connections.Add(far);
        return near;
    }

    private void Serve(SimProcess process, Func<IConnection, NodeIdentity, Task> accept, SimConnection connection, string from) =>
        process.Run(_ => _ = ServeAsync(accept, connection, from), null);

    /// <summary>What the follower sends reaches the listener once more, as from a middlebox that tries again; the answers go nowhere.</summary>
    private void Duplicate(SimConnection wire, SimProcess process, Func<IConnection, NodeIdentity, Task> accept, SimLink there, SimLink back)
    {
        var ghost = Open(wire.Owner, process, there, back);
        wire.Repeat(ghost);
        Serve(process, accept, ghost.Other!, wire.Owner.Identity);
    }

#pragma warning disable CA1031 // whatever escapes from a listener ends the run
    private async Task ServeAsync(Func<IConnection, NodeIdentity, Task> accept, SimConnection connection, string from)
    {
        try
        {
            await accept(connection, new NodeIdentity(from));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            scheduler.Tell(connection.Owner.Name, $"connection of {from} ended: {exception.GetType().Name}");
        }
        catch (Exception exception)
        {
            scheduler.Fail(new InvalidOperationException($"{connection.Owner.Name} failed while it served {from}.", exception));
        }
        connection.Abort();
    }
#pragma warning restore CA1031

    private sealed class Dialer(SimNetwork network, SimProcess process) : IDialer
    {
        public ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken) => network.ConnectAsync(process, parent, cancellationToken);
    }
}
