// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Log;

/// <summary>The newest entry of a log: its revision and hash. What an append is compared with, what a head is signed over.</summary>
/// <param name="Revision"><see cref="Revision.None"/> (with the epoch set, sequence 0) while the log is empty.</param>
/// <param name="Hash">Zero while the log is empty.</param>
/// <param name="CommittedAtMs">Unix milliseconds of the newest entry; 0 while the log is empty.</param>
public readonly record struct LogTip(Revision Revision, Hash256 Hash, long CommittedAtMs)
{
    /// <summary>The tip of a log of the first epoch that holds nothing.</summary>
    public static LogTip Empty => new(new Revision(1, 0), Hash256.Zero, 0);
}
