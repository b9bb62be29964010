// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;

namespace Heliograph.Storage.Sqlite.Reading;

/// <summary>A stretch of the log that was found whole.</summary>
/// <param name="Sequence">The last one checked.</param>
/// <param name="Bytes">Size of its entries.</param>
/// <param name="Tip">The tip at that time.</param>
internal sealed record AuditedSlice(long Sequence, long Bytes, LogTip Tip);

/// <summary>Reads a stretch of the log and checks all there is to check: hashes, chain, head row, and the index of request ids.</summary>
internal static class LogAudit
{
    private const int SliceEntriesMax = 1_000;
    private const long SliceBytesMax = 1 << 20; // one transaction, and one step of the scrubber's pace

    /// <summary>Checks the next slice after <paramref name="after"/>.</summary>
    /// <exception cref="CorruptLogException">Something is damaged.</exception>
    public static AuditedSlice CheckSlice(this LogReader reader, long after, CancellationToken cancellationToken)
    {
        var page = reader.Read(after, SliceEntriesMax, SliceBytesMax, cancellationToken);
        var bytes = 0L;
        foreach (var entry in page.Entries)
        {
            bytes += entry.Bytes.Length;
            if (reader.Place(entry.Content.RequestId) != entry.Revision.Sequence)
                throw new CorruptLogException($"The index of request ids does not know entry {entry.Revision.Sequence}.");
        }
        return new(page.Entries.Count == 0 ? after : page.Entries[^1].Revision.Sequence, bytes, page.Tip);
    }

    /// <summary>What start-up checks: every page, the tip, and the last <paramref name="entriesMax"/> entries.</summary>
    /// <returns>How many entries, and the tip.</returns>
    /// <exception cref="CorruptLogException">Something is damaged.</exception>
    public static (long Entries, LogTip Tip) CheckTail(this LogReader reader, long entriesMax, CancellationToken cancellationToken)
    {
        if (reader.CheckPages() is { } fault) throw new CorruptLogException(fault);
        var tip = reader.ReadTip();
        reader.CheckCounts(tip.Revision.Sequence);
        var start = Math.Max(0, tip.Revision.Sequence - entriesMax);
        for (var at = start; at < tip.Revision.Sequence;) at = reader.CheckSlice(at, cancellationToken).Sequence;
        return (tip.Revision.Sequence - start, tip);
    }
}
