// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Google.Protobuf;
using Heliograph.Core;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Storage.Etcd.Reading;

/// <summary>Reads the log, linearizably, and gives only what is dense, chained and ends at the tip.</summary>
internal sealed class LogReader(EtcdCluster cluster, StoreKeys keys, Hash256 logId)
{
    private const int FirstSliceEntries = 16, SliceEntriesMax = 128; // of at most 256 KiB each, for a range has no limit of bytes
    private const int SequenceBytes = 8;

    /// <summary>The newest entry's place.</summary>
    public async ValueTask<LogTip> ReadTipAsync(CancellationToken cancellationToken)
    {
        var head = Requests.Key(keys.Head);
        head.Serializable = Planted.SerializableReads;
        var read = await cluster.RangeAsync(head, cancellationToken).OrThrowAsync();
        return Tip(read.Kvs is [var found, ..] ? found : null);
    }

    /// <summary>A page, as the port has it.</summary>
    public async ValueTask<EntryPage> ReadAsync(long after, int entriesMax, long bytesMax, CancellationToken cancellationToken)
    {
        var (entries, bytes, verifier) = (new List<LogEntry>(), 0L, new ChainVerifier(logId));
        LogTip tip;
        for (var slice = FirstSliceEntries; ; slice = SliceEntriesMax)
        {
            var at = after + entries.Count;
            var limit = Math.Min(slice, entriesMax - entries.Count);
            var read = await cluster.TransactAsync(Requests.Read(Requests.Key(keys.Head), Requests.Keys(keys.Entry(at), keys.EntriesEnd, limit + 1)), cancellationToken).OrThrowAsync();
            tip = Tip(read.Found(0));
            if (at >= tip.Revision.Sequence) break;
            var rows = read.Responses[1].ResponseRange.Kvs;
            var from = at == 0 ? 0 : Anchor(rows, at, verifier);
            var isFull = false;
            for (var i = from; i < rows.Count && entries.Count < entriesMax && !isFull; i++)
            {
                var record = Record(rows[i], after + entries.Count + 1);
                var length = record is EntryRecord.Inline inline ? inline.Bytes.Length : ((EntryRecord.Chunked)record).Length;
                isFull = entries.Count > 0 && bytes + length > bytesMax;
                if (isFull) break;
                entries.Add(record is EntryRecord.Chunked chunked ? verifier.Accept(await JoinAsync(chunked, cancellationToken), chunked.Hash) : verifier.Accept(((EntryRecord.Inline)record).Bytes, null));
                bytes += length;
            }
            if (verifier.Sequence > tip.Revision.Sequence) throw new CorruptLogException($"There is an entry {verifier.Sequence} after the tip, {tip.Revision}.");
            if (verifier.Sequence == tip.Revision.Sequence && !verifier.IsAt(tip)) throw new CorruptLogException($"Entry {verifier.Sequence} is not the one that the tip names.");
            if (isFull || entries.Count >= entriesMax || verifier.Sequence == tip.Revision.Sequence) break;
            if (!read.Responses[1].ResponseRange.More) throw new CorruptLogException($"Entry {verifier.Sequence + 1} is missing.");
        }
        return new(entries, tip);
    }

    /// <summary>The entry that carries a request id: the entry itself must say so, too.</summary>
    public async ValueTask<long?> FindAsync(string requestId, CancellationToken cancellationToken)
    {
        var read = await cluster.RangeAsync(Requests.Key(keys.Operation(requestId)), cancellationToken).OrThrowAsync();
        if (read.Kvs is not [var operation, ..]) return null;
        var sequence = Sequence(operation);
        var page = await ReadAsync(sequence - 1, 1, 1, cancellationToken);
        if (page.Entries is not [var entry] || entry.Content.RequestId != requestId) throw new CorruptLogException($"The index of request ids names entry {sequence} for a request that is not in it.");
        return sequence;
    }

    /// <summary>Whether the index knows these entries, each at its place.</summary>
    public async ValueTask CheckIndexAsync(IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var some in entries.Chunk(BatchLayout.EntriesMax))
        {
            var read = await cluster.TransactAsync(Requests.Read(some.Select(entry => Requests.Key(keys.Operation(entry.Content.RequestId)))), cancellationToken).OrThrowAsync();
            for (var i = 0; i < some.Length; i++)
                if (read.Found(i) is not { } operation || Sequence(operation) != some[i].Revision.Sequence) throw new CorruptLogException($"The index of request ids does not know entry {some[i].Revision.Sequence}.");
        }
    }

    /// <summary>The tip in the head's value.</summary>
    public static LogTip Tip(KeyValue? head) => head is not null && HeadRecord.TryDecode(head.Value.Span, out var tip) ? tip : throw new CorruptLogException("The head of the log is damaged or missing.");

    /// <summary>The sequence in the value of a request id.</summary>
    public static long Sequence(KeyValue operation) =>
        operation.Value.Length == SequenceBytes && BinaryPrimitives.ReadInt64BigEndian(operation.Value.Span) is > 0 and var sequence ? sequence : throw new CorruptLogException("The index of request ids is damaged.");

    /// <summary>The value of a request id.</summary>
    public static ByteString SequenceValue(long sequence)
    {
        var bytes = new byte[SequenceBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, sequence);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>The first row is the entry before those that are wanted: they must follow it.</summary>
    private int Anchor(Google.Protobuf.Collections.RepeatedField<KeyValue> rows, long at, ChainVerifier verifier)
    {
        if (rows.Count == 0) throw new CorruptLogException($"Entry {at} is missing.");
        var hash = Record(rows[0], at).ClaimedHash;
        if (verifier.Sequence != at) verifier.StartAfter(at, hash);
        return 1;
    }

    private EntryRecord Record(KeyValue row, long expected)
    {
        if (keys.SequenceOf(row.Key) != expected) throw new CorruptLogException($"Entry {expected} is missing.");
        return EntryRecord.Decode(row.Value.Memory) ?? throw new CorruptLogException($"The record of entry {expected} is damaged.");
    }

    private async ValueTask<ReadOnlyMemory<byte>> JoinAsync(EntryRecord.Chunked record, CancellationToken cancellationToken)
    {
        var (first, last) = (record.Offset / BatchLayout.ChunkBytes, (record.Offset + record.Length - 1) / BatchLayout.ChunkBytes);
        if (last > ushort.MaxValue) throw new CorruptLogException("The record of a large entry is damaged.");
        var read = await cluster.RangeAsync(Requests.Keys(keys.Chunk(record.Batch, first), keys.Chunk(record.Batch, last + 1), 0), cancellationToken).OrThrowAsync();
        if (read.Kvs.Count != last - first + 1) throw new CorruptLogException($"Chunks of the batch up to entry {record.Batch.LastSequence} are missing.");
        var (joined, skip) = (new byte[record.Length], record.Offset - first * BatchLayout.ChunkBytes);
        var filled = 0;
        foreach (var chunk in read.Kvs)
        {
            var part = chunk.Value.Memory[Math.Min(skip, chunk.Value.Length)..];
            part = part[..Math.Min(part.Length, joined.Length - filled)];
            part.CopyTo(joined.AsMemory(filled));
            (filled, skip) = (filled + part.Length, 0);
        }
        return filled == joined.Length ? joined : throw new CorruptLogException($"Chunks of the batch up to entry {record.Batch.LastSequence} are cut.");
    }
}
