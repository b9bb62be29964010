// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;

namespace Heliograph.Storage.Etcd.Reading;

/// <summary>Accepts entries in order, each only if it is what was appended: it stands where it says, follows the one before, and is of this log.</summary>
internal sealed class ChainVerifier(Hash256 logId)
{
    private Hash256 _hash;
    private int _epoch = 1;
    private long _committedAtMs = long.MinValue;

    /// <summary>Sequence of the last entry accepted, or started after.</summary>
    public long Sequence { get; private set; }

    /// <summary>Begins after an entry of that hash.</summary>
    public void StartAfter(long sequence, Hash256 hash) => (Sequence, _hash) = (sequence, hash);

    /// <summary>Takes the next entry.</summary>
    /// <exception cref="CorruptLogException">It is not what was appended.</exception>
    public LogEntry Accept(ReadOnlyMemory<byte> bytes, Hash256? claimed)
    {
        var expected = Sequence + 1;
        if (!LogEntry.TryParse(bytes, out var entry, out var error)) throw new CorruptLogException($"Entry {expected} cannot be read. {error}");
        var fault = entry.Revision.Sequence != expected ? $"Under the key of entry {expected} is entry {entry.Revision}."
            : claimed is { } hash && entry.Hash != hash ? $"Entry {expected} has another hash than was written with it."
            : entry.PreviousHash != _hash ? $"Entry {expected} is not chained to the one before it."
            : new Hash256(entry.Content.LogId.Span) != logId ? $"Entry {expected} is of another log."
            : entry.Revision.Epoch < _epoch ? $"Entry {expected} is of an earlier epoch than the one before it."
            : entry.Content.CommittedAtMs < _committedAtMs ? $"Entry {expected} is older than the one before it."
            : null;
        if (fault is not null) throw new CorruptLogException(fault);
        (Sequence, _hash, _epoch, _committedAtMs) = (expected, entry.Hash, entry.Revision.Epoch, entry.Content.CommittedAtMs);
        return entry;
    }

    /// <summary>Whether the last entry accepted is the tip.</summary>
    public bool IsAt(LogTip tip) => Sequence == tip.Revision.Sequence && _hash == tip.Hash;
}
