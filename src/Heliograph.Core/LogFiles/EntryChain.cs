// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;

namespace Heliograph.Core.LogFiles;

/// <summary>Follows a log entry by entry without applying it: each must be of this log, dense, and chained to the one before. A head then vouches for all of them at once.</summary>
/// <remarks>Not thread-safe. What is refused changes nothing.</remarks>
/// <param name="logId">Which log.</param>
/// <param name="tip">The entry that was taken last.</param>
public sealed class EntryChain(Hash256 logId, LogTip tip)
{
    /// <summary>The newest entry.</summary>
    public LogTip Tip { get; private set; } = tip;

    /// <summary>Takes the next entry, or says what is wrong with it.</summary>
    /// <param name="bytes">Kept, not copied.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="error">Why it does not follow.</param>
    public bool TryTake(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out LogEntry? entry, [NotNullWhen(false)] out string? error)
    {
        if (!LogEntry.TryParse(bytes, out entry, out error))
        {
            error = $"What should be entry {Tip.Revision.Next()} is none: {error}";
            return false;
        }
        error = new Hash256(entry.Content.LogId.Span) != logId ? $"Entry {entry.Revision} is of another log."
            : EpochStep.Fault(entry, Tip) is { } step ? $"Entry {entry.Revision} does not follow {Tip.Revision}: {step}"
            : entry.PreviousHash != Tip.Hash ? $"Entry {entry.Revision} is not chained to the one before it."
            : entry.Content.CommittedAtMs < Tip.CommittedAtMs ? $"Entry {entry.Revision} is older than the one before it."
            : null;
        if (error is not null)
        {
            entry = null;
            return false;
        }
        Tip = new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs);
        return true;
    }

    /// <summary>Why a head does not speak of exactly this tip; <see langword="null"/> if it does. Form and place only: its signature is <see cref="HeadVerifier"/>'s to judge.</summary>
    public string? FaultOf(SignedHead head) =>
        head.LogId != logId ? $"The head at {head.Revision} is of another log."
        : head.Revision != Tip.Revision ? $"The head is of {head.Revision}; the entries end at {Tip.Revision}."
        : head.EntryHash != Tip.Hash ? $"The head at {head.Revision} speaks of another entry than the one that is here: these are two histories."
        : null;
}
