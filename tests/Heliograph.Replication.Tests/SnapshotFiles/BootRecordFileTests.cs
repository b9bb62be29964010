// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LastKnownGood;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Replication.Tests.SnapshotFiles;

public sealed class BootRecordFileTests
{
    private static readonly BootRecord Record = new("checkout", "boot-1", [new(StoreFixture.Shop, new(1, 9), 1, false, false)], [new(BootRun.SlotOf("checkout-1"), new string('0', 32), StoreFixture.Shop, new(1, 9))], []);

    private static CancellationToken Cancel => StoreFixture.Cancel;

    [Fact]
    public async Task What_was_saved_is_loaded_after_a_power_cut()
    {
        var files = new CrashableFileStore();
        await Open(files).SaveAsync(Record, Cancel);

        var loaded = await Open(files.AfterPowerCut(Loss.Everything)).LoadAsync("checkout", Cancel);

        Assert.Equal(Record.Encode(), loaded.Encode());
        Assert.Empty((await Open(files).LoadAsync("other", Cancel)).Trials);
    }

    [Fact]
    public async Task A_power_cut_at_any_step_leaves_the_old_record_or_the_new()
    {
        var newer = Record with { HostBoot = "boot-2" };
        for (var cut = 0; cut < 20; cut++)
        {
            var files = new CrashableFileStore();
            await Open(files).SaveAsync(Record, Cancel);
            files.CutAfter = files.Steps + cut;
            var saved = true;
            try
            {
                await Open(files).SaveAsync(newer, Cancel);
            }
            catch (PowerCutException)
            {
                saved = false;
            }
            foreach (var loss in (Loss[])[Loss.Everything, Loss.Nothing, Loss.Some])
            {
                var loaded = await Open(files.AfterPowerCut(loss, cut)).LoadAsync("checkout", Cancel);
                Assert.Contains(loaded.HostBoot, saved ? ["boot-2"] : new[] { "boot-1", "boot-2" });
            }
            if (saved) return;
        }
        Assert.Fail("The script is longer than the cuts.");
    }

    [Fact]
    public async Task A_damaged_or_unreadable_record_begins_anew()
    {
        var files = new CrashableFileStore();
        await Open(files).SaveAsync(Record, Cancel);
        var path = Assert.Single(files.Paths);
        files.Unreadable.Add(path);
        Assert.Empty((await Open(files).LoadAsync("checkout", Cancel)).Trials);

        files.Unreadable.Clear();
        files.Damage(path, bytes => bytes[..^1]);
        Assert.Empty((await Open(files).LoadAsync("checkout", Cancel)).Trials);
    }

    [Fact]
    public async Task A_disk_that_cannot_be_written_says_so()
    {
        var files = new CrashableFileStore { WriteFault = FileFault.ReadOnly };

        var fault = await Assert.ThrowsAsync<FileStoreException>(() => Open(files).SaveAsync(Record, Cancel).AsTask());

        Assert.Equal(FileFault.ReadOnly, fault.Fault);
    }

    private static BootRecordFile Open(CrashableFileStore files) => new(files, "", NullLogger.Instance);
}
