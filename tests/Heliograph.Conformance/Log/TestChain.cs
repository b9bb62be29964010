// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Wire;

namespace Heliograph.Conformance.Log;

/// <summary>Makes entries that follow one another.</summary>
public static class TestChain
{
    /// <summary>A batch of entries after <paramref name="tip"/>.</summary>
    /// <param name="logId">Their log.</param>
    /// <param name="tip">What the first of them follows.</param>
    /// <param name="token">The right to append.</param>
    /// <param name="requestIds">One entry for each.</param>
    public static AppendBatch Batch(Hash256 logId, LogTip tip, LeaderToken token, params ReadOnlySpan<string> requestIds)
    {
        var entries = new List<LogEntry>();
        var last = tip;
        foreach (var requestId in requestIds)
        {
            entries.Add(Entry(logId, last, requestId));
            last = TipOf(entries[^1]);
        }
        return new(tip, token, entries);
    }

    /// <summary>One entry after <paramref name="tip"/>.</summary>
    /// <param name="logId">Its log.</param>
    /// <param name="tip">What it follows.</param>
    /// <param name="requestId">Its request.</param>
    /// <param name="valueBytes">Size of the settings in it: a value of at most 1 MiB each.</param>
    public static LogEntry Entry(Hash256 logId, LogTip tip, string requestId, int valueBytes = 64)
    {
        var change = new ChangeSettings();
        for (var rest = valueBytes; rest > 0; rest -= Limits.ValueBytesMax)
        {
            var value = new byte[Math.Min(rest, Limits.ValueBytesMax)];
            value.AsSpan().Fill((byte)'a');
            change.Changes.Add(new SettingChange { Key = $"key-{change.Changes.Count:D3}", Put = new SettingValue { Value = ByteString.CopyFrom(value) } });
        }
        return LogEntry.Seal(new Entry
        {
            LogId = ByteString.CopyFrom(logId.ToArray()),
            Epoch = (uint)tip.Revision.Epoch,
            Sequence = (ulong)tip.Revision.Sequence + 1,
            PreviousHash = ByteString.CopyFrom(tip.Hash.ToArray()),
            CommittedAtMs = 1_700_000_000_000 + tip.Revision.Sequence,
            RequestId = requestId,
            RequestDigest = ByteString.CopyFrom(new byte[Hash256.SizeBytes]),
            Actor = "suite",
            Namespace = "suite.conformance",
            ChangeSettings = change,
        });
    }

    /// <summary>The entry that begins an epoch after <paramref name="tip"/>.</summary>
    public static LogEntry EpochAfter(Hash256 logId, LogTip tip, int epoch) => EpochStep.Seal(
        SignedTransition.Propose(new()
        {
            LogId = ByteString.CopyFrom(logId.ToArray()), Epoch = (uint)epoch, BaseEpoch = (uint)tip.Revision.Epoch, BaseSequence = (ulong)tip.Revision.Sequence,
            BaseHash = ByteString.CopyFrom(tip.Hash.ToArray()), IssuedAtMs = 1_700_000_000_000, Reason = "conformance",
        }),
        tip);

    /// <summary>The tip that a log has when <paramref name="entry"/> is its last.</summary>
    public static LogTip TipOf(LogEntry entry) => new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);

    /// <summary>Request ids <c>prefix-0</c> to <c>prefix-(count-1)</c>.</summary>
    public static string[] RequestIds(string prefix, int count) => [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i}"))];
}
