// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Faults;

namespace Heliograph.Simulation.ModelTests;

/// <summary>Each fault of the disk does what it says, and only that.</summary>
public sealed class DiskTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public void What_was_flushed_survives_a_power_cut_whatever_is_on()
    {
        foreach (var fault in new[] { Fault.LostWrites, Fault.PartOfWrites, Fault.TornWrite, Fault.RenameWithoutData, Fault.DirectoryEntryLost })
        {
            var world = new World(3, fault);
            var disk = world.Disk();
            world.Run(async () =>
            {
                await disk.WriteAsync("a", [Bytes("first")], Never);
                await disk.FlushAsync("a", Never);
                await disk.FlushDirectoryAsync("", Never);
            });
            disk.CutPower();
            Assert.Equal("first", Text(disk, "a"));
            Assert.Equal(0, world.Struck(fault));
        }
    }

    [Fact]
    public void Without_faults_a_power_cut_finds_everything_just_written()
    {
        var world = new World();
        var disk = world.Disk();
        WriteOver(world, disk, flush: false);
        disk.CutPower();
        Assert.Equal("second", Text(disk, "a"));
    }

    [Fact]
    public void Writes_that_were_not_flushed_are_lost()
    {
        var lost = Outcomes(Fault.LostWrites, (world, disk) => WriteOver(world, disk, flush: false));
        Assert.Equal(["", "second"], lost); // a new file: its name may outlive its bytes, or everything had been written
    }

    [Fact]
    public void A_random_part_of_the_writes_is_kept()
    {
        var kept = Outcomes(Fault.PartOfWrites, (world, disk) => world.Run(async () =>
        {
            await disk.WriteAsync("a", [new byte[3 * 512]], Never);
            await disk.FlushAsync("a", Never);
            await disk.FlushDirectoryAsync("", Never);
            await disk.WriteAtAsync("a", 0, Enumerable.Repeat((byte)'x', 3 * 512).ToArray(), Never);
        }), content => string.Concat(content.Chunk(512).Select(sector => sector[0] == 'x' ? 'x' : '-')));
        Assert.Contains("x-x", kept); // sectors in no order
        Assert.Contains("---", kept);
    }

    [Fact]
    public void The_last_write_is_torn_at_a_sector()
    {
        var torn = Outcomes(Fault.TornWrite, (world, disk) => world.Run(async () =>
        {
            await disk.WriteAsync("a", [], Never);
            await disk.FlushDirectoryAsync("", Never);
            await disk.AppendAsync("a", new byte[700], Never);
            await disk.AppendAsync("a", new byte[1_000], Never);
        }), content => $"{content.Length}");
        Assert.Equal(["1024", "1536", "1700", "700"], torn); // 700 bytes and a part of the second up to a sector's edge; 1,700 where it did not strike
    }

    [Fact]
    public void A_name_that_was_not_flushed_is_lost_and_the_older_file_is_back()
    {
        var seen = Outcomes(Fault.DirectoryEntryLost, Replace);
        Assert.Equal(["first", "second"], seen);
    }

    [Fact]
    public void A_rename_is_visible_and_its_data_is_not()
    {
        var seen = Outcomes(Fault.RenameWithoutData, (world, disk) =>
        {
            WriteOver(world, disk, flush: true, text: "first");
            world.Run(async () =>
            {
                await disk.WriteAsync("b", [Bytes("second")], Never);
                await disk.RenameAsync("b", "a", Never); // without a flush in front of it
            });
        });
        Assert.Equal(["", "second"], seen);
    }

    [Fact]
    public void A_flush_that_failed_is_forgotten_though_programs_still_see_the_bytes()
    {
        for (ulong seed = 0; seed < 2_000; seed++)
        {
            var world = new World(seed, Fault.FlushError, Fault.LostWrites);
            var disk = world.Disk();
            var failed = world.Run(async () =>
            {
                await disk.WriteAsync("a", [Bytes("first")], Never);
                await disk.FlushDirectoryAsync("", Never);
                try
                {
                    await disk.FlushAsync("a", Never);
                    return false;
                }
                catch (FileStoreException exception) when (exception.Fault == FileFault.Io)
                {
                    return true;
                }
            });
            if (!failed || world.Struck(Fault.FlushError) != 1) continue;
            Assert.Equal("first", Text(disk, "a"));
            world.Faults.Heal();
            world.Run(async () => await disk.FlushAsync("a", Never)); // there is nothing to flush any more, says the system
            disk.CutPower();
            Assert.Equal("", Text(disk, "a"));
            return;
        }
        Assert.Fail("No flush failed in 2,000 worlds.");
    }

    [Theory]
    [InlineData(FileFault.Full)]
    [InlineData(FileFault.ReadOnly)]
    public void A_full_or_read_only_disk_refuses_every_change_and_serves_reads(FileFault fault)
    {
        var world = new World(1, Fault.DiskFull, Fault.ReadOnlyDisk);
        var disk = world.Disk();
        WriteOver(world, disk, flush: true, text: "first");
        (disk.IsFull, disk.IsReadOnly) = (fault == FileFault.Full, fault == FileFault.ReadOnly);
        world.Run(async () =>
        {
            var refused = await Assert.ThrowsAsync<FileStoreException>(async () => await disk.WriteAsync("a", [Bytes("second")], Never));
            Assert.Equal(fault, refused.Fault);
            Assert.Equal(fault, (await Assert.ThrowsAsync<FileStoreException>(async () => await disk.RenameAsync("a", "b", Never))).Fault);
            using var content = await disk.OpenAsync("a", Never);
            Assert.Equal("first", Encoding.UTF8.GetString(content!.Bytes.Span));
        });
        Assert.Equal(2, world.Struck(Fault.DiskFull) + world.Struck(Fault.ReadOnlyDisk));
    }

    [Fact]
    public void Reads_fail_or_are_stale_now_and_then()
    {
        var (errors, stale) = (0, 0);
        var world = new World(1, Fault.ReadError, Fault.StaleRead);
        var disk = world.Disk();
        WriteOver(world, disk, flush: true, text: "first");
        world.Run(async () =>
        {
            await disk.WriteAtAsync("a", 0, Bytes("later"), Never);
            await disk.FlushAsync("a", Never);
            for (var i = 0; i < 500; i++)
            {
                try
                {
                    using var content = await disk.OpenAsync("a", Never);
                    if (Encoding.UTF8.GetString(content!.Bytes.Span) == "first") stale++;
                }
                catch (FileStoreException)
                {
                    errors++;
                }
            }
        });
        Assert.Equal((world.Struck(Fault.ReadError), world.Struck(Fault.StaleRead)), (errors, stale));
        Assert.True(errors > 0 && stale > 0);
    }

    [Fact]
    public void A_bit_flips_at_rest()
    {
        var world = new World();
        var disk = world.Disk();
        WriteOver(world, disk, flush: true, text: "first");
        Assert.Equal("a", disk.FlipBit());
        var flipped = disk.Peek("a")!.Value.ToArray().Zip(Bytes("first"), (now, before) => System.Numerics.BitOperations.PopCount((uint)(now ^ before))).Sum();
        Assert.Equal(1, flipped);
    }

    [Fact]
    public void An_older_image_brings_back_what_was()
    {
        var world = new World();
        var disk = world.Disk();
        WriteOver(world, disk, flush: true, text: "first");
        var image = disk.Image();
        WriteOver(world, disk, flush: true, text: "second");
        disk.Restore(image);
        Assert.Equal("first", Text(disk, "a"));
    }

    [Fact]
    public void A_crash_lands_on_either_side_of_an_effect()
    {
        var seen = new SortedSet<string>();
        for (ulong seed = 0; seed < 40; seed++)
        {
            var world = new World(seed);
            var host = world.Host("host", async (host, _) =>
            {
                await host.Disk.WriteAsync("a", [Bytes("done")], Never);
                await World.Forever();
            });
            world.RunFor(0.0001); // a write takes longer
            Assert.True(host.Process is not null);
            host.Kill();
            world.RunFor(1);
            seen.Add(host.Disk.Peek("a") is null ? "before" : "after");
        }
        Assert.Equal(["after", "before"], seen);
    }

    /// <summary>What a file holds after a power cut, over many worlds.</summary>
    private static SortedSet<string> Outcomes(Fault fault, Action<World, SimDisk> script, Func<byte[], string>? describe = null)
    {
        var outcomes = new SortedSet<string>(StringComparer.Ordinal);
        for (ulong seed = 0; seed < 60; seed++)
        {
            var world = new World(seed, fault);
            var disk = world.Disk();
            script(world, disk);
            disk.CutPower();
            outcomes.Add(describe is null ? Text(disk, "a") : describe(disk.Peek("a")!.Value.ToArray()));
        }
        return outcomes;
    }

    private static void Replace(World world, SimDisk disk)
    {
        WriteOver(world, disk, flush: true, text: "first");
        world.Run(async () =>
        {
            await disk.WriteAsync("b", [Bytes("second")], Never);
            await disk.FlushAsync("b", Never);
            await disk.RenameAsync("b", "a", Never);
        });
    }

    private static void WriteOver(World world, SimDisk disk, bool flush, string text = "second") => world.Run(async () =>
    {
        await disk.WriteAsync("a", [Bytes(text)], Never);
        if (!flush) return;
        await disk.FlushAsync("a", Never);
        await disk.FlushDirectoryAsync("", Never);
    });

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(SimDisk disk, string path) => disk.Peek(path) is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "(none)";
}
