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
    /// <param name="hashAtMark">Hash of the store's entry at the mark's revision; zero if it has none there.</param>
    public static HighWaterVerdict Judge(LogTip mark, LogTip tip, Hash256 hashAtMark) =>
        mark.Revision.Sequence == 0 ? tip.Revision.Sequence == 0 ? HighWaterVerdict.Level : HighWaterVerdict.Unmarked
        : mark.Revision.IsAfter(tip.Revision) ? HighWaterVerdict.Behind
        : hashAtMark != mark.Hash ? HighWaterVerdict.Diverged
        : tip.Revision.IsAfter(mark.Revision) ? HighWaterVerdict.Ahead
        : HighWaterVerdict.Level;
}
