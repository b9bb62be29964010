// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Log;

/// <summary>How a store compares with the high-water mark, at start-up.</summary>
public enum HighWaterVerdict
{
    /// <summary>They agree.</summary>
    Level,

    /// <summary>The store holds the marked entry and more: it stopped between a commit and its mark. Normal; advance the mark.</summary>
    Ahead,

    /// <summary>The log is not empty and nothing marks it: it stopped before the first mark, or the file was removed. Nothing vouches for the end of the log.</summary>
    Unmarked,

    /// <summary>The marked entry was discarded when a later epoch began, and the log goes on in that one. Normal for an origin that did not run meanwhile; advance the mark. That recovery keys signed the end of its epoch is to be asked apart.</summary>
    Discarded,

    /// <summary>The store has lost entries that a head may have been signed for. Start read-only, and recover them.</summary>
    Behind,

    /// <summary>The store holds another entry at the marked revision: another history. Start read-only.</summary>
    Diverged,
}

/// <summary>Compares a store with the mark.</summary>
public static class HighWater
{
    /// <summary>The verdict.</summary>
    /// <param name="mark">The mark.</param>
    /// <param name="tip">The store's tip.</param>
    /// <param name="there">The entry that the store has at the mark's sequence, of whatever epoch; <see langword="default"/> if it has none there.</param>
    public static HighWaterVerdict Judge(LogTip mark, LogTip tip, LogTip there) =>
        mark.Revision.Sequence == 0 ? tip.Revision.Sequence == 0 ? HighWaterVerdict.Level : HighWaterVerdict.Unmarked
        : mark.Revision.IsAfter(tip.Revision) ? HighWaterVerdict.Behind
        : there.Revision == mark.Revision && there.Hash == mark.Hash ? tip.Revision.IsAfter(mark.Revision) ? HighWaterVerdict.Ahead : HighWaterVerdict.Level
        : IsDiscarded(mark.Revision, tip.Revision, there.Revision) ? HighWaterVerdict.Discarded
        : HighWaterVerdict.Diverged;

    /// <summary>The log is dense, so whatever it does not hold before its end was discarded by the epoch that stands there instead, or by one that began before.</summary>
    private static bool IsDiscarded(Revision mark, Revision tip, Revision there) =>
        mark.Epoch < tip.Epoch && (mark.Sequence > tip.Sequence || there.Epoch > mark.Epoch);
}
