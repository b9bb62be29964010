// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Log;

/// <summary>How the log goes from one epoch to the next: one entry, which repeats the transition, stands where the first discarded one stood, and is chained to the last that stays.</summary>
/// <remarks>Form and place only. That recovery keys signed the transition is <see cref="EpochHistory"/>'s to say: a head of the new epoch is worth nothing without it.</remarks>
public static class EpochStep
{
    /// <summary>Who authors these entries; no subject has a space in it.</summary>
    public const string Actor = "heliograph recovery";

    /// <summary>Whether an entry begins an epoch.</summary>
    public static bool IsBeginning(LogEntry entry) => entry.Content.BodyCase == Entry.BodyOneofCase.EpochBegun;

    /// <summary>The entry that begins a transition's epoch. The same transition gives the same bytes, wherever it is applied.</summary>
    /// <param name="transition">Its base must be <paramref name="tip"/>.</param>
    /// <param name="tip">The last entry that stays.</param>
    public static LogEntry Seal(SignedTransition transition, LogTip tip) => LogEntry.Seal(new Entry
    {
        LogId = transition.Content.LogId,
        Epoch = (uint)transition.Epoch,
        Sequence = (ulong)tip.Revision.Sequence + 1,
        PreviousHash = transition.Content.BaseHash,
        CommittedAtMs = Math.Max(transition.Content.IssuedAtMs, tip.CommittedAtMs),
        RequestId = $"epoch {transition.Epoch}", // no author's key has a space in it
        RequestDigest = ByteString.CopyFrom(SHA256.HashData(transition.TransitionBytes.Span)),
        Actor = Actor,
        Message = transition.Content.Reason,
        EpochBegun = new EpochBegun { Transition = ByteString.CopyFrom(transition.TransitionBytes.Span) },
    });

    /// <summary>The longest beginning of some entries that may be one batch: an entry that begins an epoch stands alone in its.</summary>
    /// <param name="entries">In order; at least one.</param>
    public static IReadOnlyList<LogEntry> BatchOf(IReadOnlyList<LogEntry> entries)
    {
        var next = 1; // where the one begins that must not come along
        if (!IsBeginning(entries[0]))
            while (next < entries.Count && !IsBeginning(entries[next])) next++;
        return next == entries.Count ? entries : [.. entries.Take(next)];
    }

    /// <summary>Why an entry does not follow a tip, by epoch and sequence; <see langword="null"/> if it does: as the next of the same epoch, or as the beginning of a later one whose base is exactly the tip.</summary>
    public static string? Fault(LogEntry entry, LogTip tip)
    {
        if (!IsBeginning(entry))
            return entry.Revision.Epoch != tip.Revision.Epoch ? $"it is of epoch {entry.Revision.Epoch}, the log is at epoch {tip.Revision.Epoch}."
                : entry.Revision.Sequence != tip.Revision.Sequence + 1 ? $"it does not follow sequence {tip.Revision.Sequence}."
                : null;
        if (!CanonicalMessage.TryParse(EpochTransition.Parser, entry.Content.EpochBegun.Transition.Span, SignedTransition.BytesMax, out var transition, out var error)) return error;
        return entry.Content.Namespace.Length > 0 ? "it begins an epoch, and names a namespace."
            : !transition.LogId.Span.SequenceEqual(entry.Content.LogId.Span) ? "its transition is of another log."
            : transition.Epoch != entry.Content.Epoch ? $"it is of epoch {entry.Revision.Epoch}, its transition of epoch {transition.Epoch}."
            : entry.Revision.Epoch <= tip.Revision.Epoch ? $"it begins epoch {entry.Revision.Epoch}; the log is at epoch {tip.Revision.Epoch}."
            : entry.Revision.Sequence != tip.Revision.Sequence + 1 ? $"it does not follow sequence {tip.Revision.Sequence}."
            : transition.BaseEpoch != (uint)tip.Revision.Epoch || transition.BaseSequence != (ulong)tip.Revision.Sequence || !transition.BaseHash.Span.SequenceEqual(tip.Hash.ToArray())
                ? $"its epoch begins after {transition.BaseEpoch}.{transition.BaseSequence}, and not after the entry that is in front of it."
            : null;
    }
}
