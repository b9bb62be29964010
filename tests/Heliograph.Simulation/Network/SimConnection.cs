// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Network;

/// <summary>One end of a connection between two simulated machines.</summary>
public sealed class SimConnection : IConnection
{
    private readonly SimScheduler _scheduler;
    private readonly SimStream _out, _in;
    private SimConnection? _ghost;
    private bool _isClosed;

    internal SimConnection(SimScheduler scheduler, SimProcess owner, string peer, SimStream output, SimStream input)
    {
        (_scheduler, Owner, Peer, _out, _in) = (scheduler, owner, peer, output, input);
        _out.SenderLost = why => Break($"The connection to {peer} broke: {why}.");
    }

    /// <inheritdoc/>
    public string Peer { get; }

    /// <summary>The process that holds this end.</summary>
    public SimProcess Owner { get; }

    /// <summary>Whether this end still can be used.</summary>
    public bool IsOpen => !_isClosed;

    /// <summary>Bytes that this end has written and the other has not read.</summary>
    public long BytesUnread => _out.Outstanding;

    /// <summary>The other end.</summary>
    internal SimConnection? Other { get; set; }

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _in.ReadAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _out.WriteAsync(bytes, cancellationToken);
    }

    /// <inheritdoc/>
    public void Abort()
    {
        if (_isClosed) return;
        Break($"The connection to {Peer} was aborted.");
        TellOther();
    }

    /// <summary>Both ends learn that the connection is reset.</summary>
    public void Reset()
    {
        Break($"The connection to {Peer} was reset.");
        Other?.Break("The connection was reset by the peer.");
    }

    /// <summary>From now on nothing arrives in either direction, and nobody is told.</summary>
    public void HalfOpen()
    {
        _out.Die();
        _in.Die();
    }

    /// <summary>This end's process gets nothing to read for so long.</summary>
    public void StallReader(TimeSpan duration) => _in.StallReader(duration);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_isClosed) return default;
        _isClosed = true;
        _out.End();
        Break($"The connection to {Peer} is closed.");
        return default;
    }

    /// <summary>The process is gone. Its system closes the connection, unless it went with the process.</summary>
    internal void OwnerDied(bool isPowerCut)
    {
        if (_isClosed) return;
        Break("The process has ended.");
        if (!isPowerCut) TellOther();
    }

    /// <summary>The network is whole again: what was slow is not, and keep-alives find out what nobody was told.</summary>
    internal void HealOrReset()
    {
        _ghost?.Reset(); // nothing is repeated any more
        (_ghost, _out.Duplicate) = (null, null);
        if (_out.IsDead || !Other!.IsOpen) Reset();
        else _out.Heal();
    }

    /// <summary>What this end writes goes to another connection as well, whose answers nobody reads.</summary>
    internal void Repeat(SimConnection ghost)
    {
        (_ghost, _out.Duplicate, ghost._in.IsSink) = (ghost, ghost._out, true);
    }

    private void TellOther()
    {
        if (!_out.CanTell) return; // the reset is lost on the way; the other end finds out when it writes
        _scheduler.After(_out.Latency, () => Other?.Break("The connection was reset by the peer."));
    }

    private void Break(string why)
    {
        _isClosed = true;
        var failure = new IOException(why);
        _out.BreakWriter(failure);
        _in.BreakReader(failure);
        _ghost?.Reset();
    }
}
