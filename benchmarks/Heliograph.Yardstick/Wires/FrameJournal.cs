// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace Heliograph.Yardstick.Wires;

/// <summary>Everything that one subscriber received, connection by connection, to be verified when nothing is measured any more.</summary>
/// <param name="budget">Bytes that all journals of a run may hold together.</param>
internal sealed class FrameJournal(FrameJournal.Budget budget)
{
    private readonly List<Connection> _connections = [];

    /// <summary>Bounds the memory of all journals.</summary>
    internal sealed class Budget(long bytesMax)
    {
        private long _left = bytesMax;

        /// <summary>Whether everything was kept.</summary>
        public bool IsExhausted => _left < 0;

        public bool TryTake(int bytes) => _left >= 0 && (_left -= bytes) >= 0;
    }

    /// <summary>What came on each connection, and when.</summary>
    public IEnumerable<IEnumerable<(DateTimeOffset At, ReadOnlyMemory<byte> Bytes)>> Connections => _connections.Select(connection => connection.Pieces());

    public void BeginConnection() => _connections.Add(new Connection());

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_connections.Count == 0) BeginConnection();
        if (budget.TryTake(bytes.Length)) _connections[^1].Append(bytes);
    }

    private sealed class Connection
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();
        private readonly List<(int End, DateTimeOffset At)> _ends = [];

        public void Append(ReadOnlySpan<byte> bytes)
        {
            _bytes.Write(bytes);
            _ends.Add((_bytes.WrittenCount, DateTimeOffset.UtcNow));
        }

        public IEnumerable<(DateTimeOffset At, ReadOnlyMemory<byte> Bytes)> Pieces()
        {
            var begin = 0;
            foreach (var (end, at) in _ends)
            {
                yield return (at, _bytes.WrittenMemory[begin..end]);
                begin = end;
            }
        }
    }
}
