// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Reading;

namespace Heliograph.Storage.Etcd.Writing;

/// <summary>Removes the chunks of batches that never came into the log.</summary>
/// <remarks>
/// Only of batches whose last sequence the log has passed: their transaction compares a tip that is gone, so it can never land any more. What is
/// dead stays dead, and so any node may sweep at any time.
/// </remarks>
internal sealed class ChunkSweeper(EtcdCluster cluster, StoreKeys keys)
{
    private const int KeysAtOnce = 1_000;

    /// <summary>Sweeps once.</summary>
    /// <returns>How many batches went.</returns>
    /// <exception cref="CallFailedException">etcd gave no answer.</exception>
    public async ValueTask<int> SweepAsync(CancellationToken cancellationToken)
    {
        var (from, swept, known) = (keys.ChunksStart, 0, new HashSet<BatchName>());
        while (true)
        {
            var read = await cluster.TransactAsync(Requests.Read(Requests.Key(keys.Head), Requests.Keys(from, keys.ChunksEnd, KeysAtOnce, keysOnly: true)), cancellationToken).OrThrowAsync();
            var (tip, chunks) = (LogReader.Tip(read.Found(0)), read.Responses[1].ResponseRange);
            foreach (var chunk in chunks.Kvs)
                if (keys.BatchOf(chunk.Key) is { } batch && known.Add(batch) && batch.LastSequence <= tip.Revision.Sequence && !await IsInLogAsync(batch, cancellationToken))
                {
                    await cluster.AskAsync(member => member.Keys.DeleteRangeAsync(new() { Key = keys.Chunk(batch, 0), RangeEnd = keys.Chunk(batch, ushort.MaxValue) }, cluster.Options(EtcdCluster.CallTimeout, cancellationToken)), null, cancellationToken).OrThrowAsync();
                    swept++;
                }
            if (!chunks.More || chunks.Kvs is not [.., var last]) return swept;
            from = Google.Protobuf.ByteString.CopyFrom([.. last.Key.Span, 0]);
        }
    }

    /// <summary>Whether the log's entry at the batch's last place is the batch's last entry.</summary>
    private async ValueTask<bool> IsInLogAsync(BatchName batch, CancellationToken cancellationToken)
    {
        var read = await cluster.RangeAsync(Requests.Key(keys.Entry(batch.LastSequence)), cancellationToken).OrThrowAsync();
        return read.Kvs is not [var row, ..] || EntryRecord.Decode(row.Value.Memory) is not { } record || record.ClaimedHash == batch.LastHash; // what cannot be read is not thrown away
    }
}
