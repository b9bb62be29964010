// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;

namespace Heliograph.Agent.Boot;

/// <summary>A connection of which something was read already: whoever reads now begins with that.</summary>
internal sealed class ReplayedConnection(IConnection connection, ReadOnlyMemory<byte> read) : IConnection
{
    private ReadOnlyMemory<byte> _read = read;

    /// <inheritdoc/>
    public string Peer => connection.Peer;

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_read.IsEmpty) return connection.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(_read.Length, buffer.Length);
        _read[..count].CopyTo(buffer);
        _read = _read[count..];
        return new(count);
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => connection.WriteAsync(bytes, cancellationToken);

    /// <inheritdoc/>
    public void Abort() => connection.Abort();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
