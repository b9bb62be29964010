// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;

namespace Heliograph.Replication.Entries;

/// <summary>An origin's log as a source of entries: what its store holds, up to what it has signed.</summary>
/// <param name="sequencer">Says what is signed.</param>
/// <param name="store">Holds the entries.</param>
public sealed class SequencedEntries(Sequencer sequencer, ILogStore store) : IEntrySource
{
    private const int EntriesMax = 4_096;

    /// <inheritdoc/>
    public SignedHead? NewestHead => sequencer.Current.Head;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(long after, long upTo, long bytesMax, CancellationToken cancellationToken) =>
        upTo <= after ? [] : await store.ReadAsync(after, (int)Math.Min(EntriesMax, upTo - after), bytesMax, cancellationToken) switch
        {
            StoreAnswer<EntryPage>.Done(var page) => [.. page.Entries.Select(entry => entry.Bytes)],
            StoreAnswer<EntryPage>.Unavailable(var reason, _) => throw new IOException($"The log cannot be read now: {reason}"),
            StoreAnswer<EntryPage>.Corrupt(var reason) => throw new IOException($"The log is damaged: {reason}"),
            StoreAnswer<EntryPage>.OutcomeUnknown(var reason) => throw new IOException($"The log did not answer: {reason}"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
