// SPDX-License-Identifier: Apache-2.0

namespace Heliograph.Core.Log;

/// <summary>What must hold of a batch whatever a store holds: a breach is a bug of the caller. Every adapter of the log port checks it first.</summary>
public static class BatchRules
{
    /// <summary>What is wrong with the batch for the log of that id, or <see langword="null"/>.</summary>
    public static string? Fault(AppendBatch batch, Hash256 logId)
    {
        if (batch.Entries.Count == 0) return "A batch holds at least one entry.";
        var tip = batch.Expected;
        var requestIds = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in batch.Entries)
        {
            if (EpochStep.Fault(entry, tip) is { } step) return $"Entry {entry.Revision} does not follow {tip.Revision}: {step}";
            if (EpochStep.IsBeginning(entry) && batch.Entries.Count > 1) return $"Entry {entry.Revision} begins an epoch, and is not alone in its batch.";
            if (entry.PreviousHash != tip.Hash) return $"Entry {entry.Revision} is not chained to the one before it.";
            if (entry.Content.CommittedAtMs < tip.CommittedAtMs) return $"Entry {entry.Revision} is older than the one before it.";
            if (new Hash256(entry.Content.LogId.Span) != logId) return $"Entry {entry.Revision} is of another log.";
            if (entry.Content.RequestId.Length == 0) return $"Entry {entry.Revision} has no request id.";
            if (!requestIds.Add(entry.Content.RequestId)) return $"Entry {entry.Revision} has the request id of another in its batch.";
            tip = new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);
        }
        return null;
    }
}
