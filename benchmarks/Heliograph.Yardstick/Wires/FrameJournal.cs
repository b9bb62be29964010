// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Wires;

/// <summary>Everything that one subscriber received, connection by connection, to be verified when nothing is measured any more.</summary>
/// <param name="budget">Bytes that all journals of a run may hold together.</param>
internal sealed class FrameJournal(FrameJournal.Budget budget)
{
    private readonly List<MemoryStream> _connections = [];

    /// <summary>Bounds the memory of all journals.</summary>
    internal sealed class Budget(long bytesMax)
    {
        private long _left = bytesMax;

        /// <summary>Whether everything was kept.</summary>
        public bool IsExhausted => _left < 0;

        public bool TryTake(int bytes) => _left >= 0 && (_left -= bytes) >= 0;
    }

    /// <summary>What came on each connection.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Connections => _connections.Select(stream => (ReadOnlyMemory<byte>)stream.GetBuffer().AsMemory(0, (int)stream.Length));

    public void BeginConnection() => _connections.Add(new MemoryStream());

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_connections.Count == 0) BeginConnection();
        if (budget.TryTake(bytes.Length)) _connections[^1].Write(bytes);
    }
}
