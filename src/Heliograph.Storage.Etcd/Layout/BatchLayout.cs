// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Log;

namespace Heliograph.Storage.Etcd.Layout;

/// <summary>How a batch is laid down: small entries in the transaction itself, large ones in chunks before it.</summary>
/// <remarks>etcd takes requests of 1.5 MiB and 128 operations by default. 60 entries are at most 121 operations, and 900 KiB of entries leave room for their keys.</remarks>
internal sealed class BatchLayout
{
    /// <summary>Most entries of a batch.</summary>
    public const int EntriesMax = 60;

    /// <summary>Largest entry that may stand in the transaction: 256 KiB.</summary>
    public const int InlineBytesMax = 256 << 10;

    /// <summary>Most bytes of entries in the transaction: 900 KiB. Beyond, the largest go into chunks.</summary>
    public const int TransactionBytesMax = 900 << 10;

    /// <summary>Largest chunk: 512 KiB.</summary>
    public const int ChunkBytes = 512 << 10;

    private BatchLayout(BatchName name, IReadOnlyList<EntryRecord> records, IReadOnlyList<ReadOnlyMemory<byte>> chunks) => (Name, Records, Chunks) = (name, records, chunks);

    /// <summary>The name under which chunks are kept.</summary>
    public BatchName Name { get; }

    /// <summary>A record for each entry, in order.</summary>
    public IReadOnlyList<EntryRecord> Records { get; }

    /// <summary>What is to be written before the transaction; often nothing.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chunks { get; }

    /// <summary>Lays a batch out.</summary>
    public static BatchLayout Of(IReadOnlyList<LogEntry> entries)
    {
        var name = new BatchName(entries[^1].Revision.Sequence, entries[^1].Hash);
        var inline = Inline(entries);
        var records = new EntryRecord[entries.Count];
        using var large = new MemoryStream();
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = inline[i] ? new EntryRecord.Inline(entries[i].Bytes) : new EntryRecord.Chunked(entries[i].Hash, name, checked((int)large.Length), entries[i].Bytes.Length);
            if (!inline[i]) large.Write(entries[i].Bytes.Span);
        }
        return new(name, records, Cut(large.ToArray()));
    }

    /// <summary>Which entries stand in the transaction: the smallest, as many as fit.</summary>
    private static bool[] Inline(IReadOnlyList<LogEntry> entries)
    {
        var inline = new bool[entries.Count];
        var bytes = 0;
        foreach (var i in Enumerable.Range(0, entries.Count).OrderBy(i => entries[i].Bytes.Length))
        {
            var length = entries[i].Bytes.Length;
            if (length > InlineBytesMax || bytes + length > TransactionBytesMax) break; // whatever comes after is no smaller
            bytes += length;
            inline[i] = true;
        }
        return inline;
    }

    private static List<ReadOnlyMemory<byte>> Cut(ReadOnlyMemory<byte> whole)
    {
        var chunks = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < whole.Length; at += ChunkBytes) chunks.Add(whole.Slice(at, Math.Min(ChunkBytes, whole.Length - at)));
        return chunks;
    }
}
