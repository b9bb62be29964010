// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Replication.Log;
using Heliograph.Replication.Tests.SnapshotFiles;
using Xunit;

namespace Heliograph.Replication.Tests.Log;

/// <summary>How far the log had got is known after any crash: what was said to be marked is found again.</summary>
public sealed class HighWaterPowerCutTests
{
    private static readonly Hash256 LogId = LogEntry.HashOf("log"u8);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mark_that_was_made_after_a_kill_at_whatever_step_outlives_a_power_cut()
    {
        var whole = new CrashableFileStore();
        await MarkAsync(whole, 5, 6);
        Assert.InRange(whole.Steps, 8, 12);

        for (var kill = 0; kill <= whole.Steps; kill++)
        {
            // Given a process that was killed: what it wrote is in the page cache, and in the directory that programs see, flushed or not
            var files = new CrashableFileStore { CutAfter = kill };
            await Record.ExceptionAsync(() => MarkAsync(files, 5, 6));
            files.CutAfter = null;

            // When another one marks on that, and then the power goes
            await MarkAsync(files, 7);
            using var found = new HighWaterFile(files.AfterPowerCut(Loss.Everything), LogId);

            // Then the mark is there
            Assert.True((await found.ReadAsync(Cancel)).Revision == new Revision(1, 7), $"Killed after {kill} ({files.Log[Math.Max(0, kill - 1)]}).");
        }
    }

    private static async Task MarkAsync(CrashableFileStore files, params long[] sequences)
    {
        using var mark = new HighWaterFile(files, LogId);
        await mark.ReadAsync(Cancel);
        foreach (var sequence in sequences) await mark.AdvanceAsync(new(new(1, sequence), LogEntry.HashOf("entry"u8), 0), Cancel);
    }
}
