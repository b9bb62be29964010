// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Platform.Files;
using Heliograph.Replication.Log;
using Heliograph.Replication.Ports;
using Heliograph.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests;

/// <summary>The file that remembers how far the log had got: its bytes, its slots, and what it says about a store.</summary>
public sealed class HighWaterFileTests : IDisposable
{
    private static readonly Hash256 LogId = LogEntry.HashOf("log"u8);

    private readonly ScratchDirectory _directory = new();

    private string FileName => _directory.File(HighWaterFile.DefaultPath);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_slot_has_the_bytes_that_the_reference_draws()
    {
        var mark = new HighWaterMark(Generation: 0x0102030405060708, LogId, new(new(3, 48_213), LogEntry.HashOf("entry"u8), 1_700_000_000_123));

        var slot = mark.Encode();

        Assert.Equal(512, slot.Length);
        Assert.Equal(
            "48454C494F2D4857" + "00000001" + "00000003" + "0102030405060708" + "000000000000BC55" + "0000018BCFE5687B"
            + "CC035DAC25876CE89A21D755A40F6861BB22B69CC3823C0445BCADB8E54E1E2D"
            + "BFFB127E7BD691167A2D364208E871B0A1A1991F8CC37EEB477AA1EDE9446975",
            Convert.ToHexString(slot[..104]));
        Assert.All(slot[104..508], octet => Assert.Equal(0, octet));
        Assert.Equal("29D6E5AE", Convert.ToHexString(slot[508..])); // CRC-32C, computed apart from this code
        Assert.True(HighWaterMark.TryDecode(slot, out var read));
        Assert.Equal(mark, read);
    }

    [Fact]
    public void No_flipped_bit_of_a_slot_is_overlooked()
    {
        var slot = new HighWaterMark(4, LogId, new(new(1, 9), LogEntry.HashOf("entry"u8), 5)).Encode();
        for (var bit = 0; bit < 8 * slot.Length; bit++)
        {
            slot[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(HighWaterMark.TryDecode(slot, out _), $"Bit {bit}.");
            slot[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.False(HighWaterMark.TryDecode(slot.AsSpan(0, 511), out _));
        Assert.False(HighWaterMark.TryDecode([.. slot, 0], out _));
        Assert.True(HighWaterMark.TryDecode(slot, out _));
    }

    [Fact]
    public async Task It_begins_empty_rises_never_falls_and_survives_a_restart()
    {
        using (var mark = Open())
        {
            Assert.Equal(LogTip.Empty, await mark.ReadAsync(Cancel));
            await mark.AdvanceAsync(Tip(5), Cancel);
            await mark.AdvanceAsync(Tip(7), Cancel);
            await mark.AdvanceAsync(Tip(6), Cancel);
            Assert.Equal(Tip(7), await mark.ReadAsync(Cancel));
        }

        using var again = Open();
        Assert.Equal(Tip(7), await again.ReadAsync(Cancel));
        await again.AdvanceAsync(new(new(2, 1), LogEntry.HashOf("next epoch"u8), 0), Cancel); // an epoch outweighs any sequence
        Assert.Equal(new Revision(2, 1), (await again.ReadAsync(Cancel)).Revision);
        Assert.Equal(HighWaterMark.FileBytes, new FileInfo(FileName).Length);
    }

    [Fact]
    public async Task A_file_whose_name_may_not_have_been_flushed_counts_only_when_it_was()
    {
        // Given a first start that could not flush the directory of the file that it made
        var files = new LameDirectoryStore(new DiskFileStore(_directory.Path)) { IsLame = true };
        using (var mark = new HighWaterFile(files, LogId)) await Assert.ThrowsAsync<FileStoreException>(async () => await mark.ReadAsync(Cancel));
        using var again = new HighWaterFile(files, LogId);
        Assert.Equal(LogTip.Empty, await again.ReadAsync(Cancel));

        // Then nothing is signed on it while that is so: the power could take the file with it
        await Assert.ThrowsAsync<FileStoreException>(async () => await again.AdvanceAsync(Tip(5), Cancel));
        files.IsLame = false;
        await again.AdvanceAsync(Tip(5), Cancel);
        await again.AdvanceAsync(Tip(6), Cancel);
        Assert.Equal(1, files.Flushed);
    }

    [Fact]
    public async Task A_damaged_slot_is_passed_over_and_written_next()
    {
        using (var mark = Open())
        {
            await mark.AdvanceAsync(Tip(5), Cancel);
            await mark.AdvanceAsync(Tip(6), Cancel); // the newest
        }
        var newest = await NewestSlotAsync();
        await FlipAsync(newest * HighWaterMark.SlotBytes + 30);

        using (var mark = Open())
        {
            Assert.Equal(Tip(5), await mark.ReadAsync(Cancel));
            await mark.AdvanceAsync(Tip(8), Cancel);
        }
        Assert.Equal(newest, await NewestSlotAsync()); // the whole slot was not touched
        using var again = Open();
        Assert.Equal(Tip(8), await again.ReadAsync(Cancel));
    }

    [Fact]
    public async Task With_both_slots_damaged_it_refuses_to_guess()
    {
        using (var mark = Open()) await mark.AdvanceAsync(Tip(5), Cancel);
        await FlipAsync(3);
        await FlipAsync(HighWaterMark.SlotBytes + 511);

        using var again = Open();
        var refused = await Assert.ThrowsAsync<InvalidDataException>(async () => await again.ReadAsync(Cancel));
        Assert.Contains("damaged", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await again.AdvanceAsync(Tip(9), Cancel));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(511)]
    [InlineData(600)]
    public async Task A_file_that_was_cut_is_refused_or_read_from_what_is_whole(int length)
    {
        using (var mark = Open()) await mark.AdvanceAsync(Tip(5), Cancel); // generation 2: the first slot
        using (var file = File.OpenWrite(FileName)) file.SetLength(length);

        using var again = Open();
        if (length < HighWaterMark.SlotBytes) await Assert.ThrowsAsync<InvalidDataException>(async () => await again.ReadAsync(Cancel));
        else Assert.Equal(Tip(5), await again.ReadAsync(Cancel));
    }

    [Fact]
    public async Task The_mark_of_another_log_is_refused()
    {
        using (var mark = Open()) await mark.AdvanceAsync(Tip(5), Cancel);
        using var other = new HighWaterFile(new DiskFileStore(_directory.Path), LogEntry.HashOf("other"u8));
        Assert.Contains("belongs to the log", (await Assert.ThrowsAsync<IOException>(async () => await other.ReadAsync(Cancel))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, HighWaterVerdict.Level)]
    [InlineData(0, 3, HighWaterVerdict.Unmarked)]
    [InlineData(5, 5, HighWaterVerdict.Level)]
    [InlineData(5, 6, HighWaterVerdict.Ahead)]
    [InlineData(5, 4, HighWaterVerdict.Behind)]
    [InlineData(5, 0, HighWaterVerdict.Behind)]
    public void A_store_is_judged_by_its_mark(long mark, long tip, HighWaterVerdict verdict) =>
        Assert.Equal(verdict, HighWater.Judge(Tip(mark), Tip(tip), tip >= mark && mark > 0 ? Tip(mark) : default));

    [Fact]
    public void Another_entry_at_the_mark_is_another_history()
    {
        Assert.Equal(HighWaterVerdict.Diverged, HighWater.Judge(Tip(5), Tip(9), Tip(5) with { Hash = Tip(6).Hash }));
        Assert.Equal(HighWaterVerdict.Diverged, HighWater.Judge(Tip(5), Tip(5) with { Hash = Tip(6).Hash }, Tip(5) with { Hash = Tip(6).Hash }));
    }

    /// <summary>Epoch 2 begins behind 1.5, at 2.6.</summary>
    [Theory]
    [InlineData(1, 9, 2, 7, 0, HighWaterVerdict.Discarded)] // beyond the end of what there is
    [InlineData(1, 6, 2, 7, 2, HighWaterVerdict.Discarded)] // where an entry of the new epoch stands now
    [InlineData(1, 5, 2, 7, 1, HighWaterVerdict.Ahead)] // the base itself
    [InlineData(1, 4, 2, 7, 1, HighWaterVerdict.Ahead)]
    [InlineData(2, 7, 2, 7, 2, HighWaterVerdict.Level)]
    [InlineData(2, 7, 2, 6, 0, HighWaterVerdict.Behind)]
    [InlineData(2, 3, 1, 9, 1, HighWaterVerdict.Behind)] // a log of the epoch that ended, at an origin of the new one
    [InlineData(2, 3, 3, 9, 1, HighWaterVerdict.Diverged)] // an entry of an earlier epoch, where one of the mark's was signed for
    public void What_an_epoch_has_discarded_is_not_missing(int markEpoch, long mark, int tipEpoch, long tip, int epochThere, HighWaterVerdict verdict) =>
        Assert.Equal(verdict, HighWater.Judge(Of(markEpoch, mark), Of(tipEpoch, tip), epochThere == 0 ? default : Of(epochThere, mark)));

    private static LogTip Of(int epoch, long sequence) => new(new(epoch, sequence), LogEntry.HashOf([(byte)epoch, (byte)sequence]), 1_000 + sequence);

    private static LogTip Tip(long sequence) => sequence == 0 ? LogTip.Empty : new(new(1, sequence), LogEntry.HashOf([(byte)sequence]), 1_000 + sequence);

    private HighWaterFile Open() => new(new DiskFileStore(_directory.Path), LogId);

    private async Task<int> NewestSlotAsync()
    {
        Assert.True(HighWaterMark.TryDecodeFile(await File.ReadAllBytesAsync(FileName, Cancel), out var mark, out _));
        return mark.Offset / HighWaterMark.SlotBytes;
    }

    private async Task FlipAsync(int place)
    {
        var bytes = await File.ReadAllBytesAsync(FileName, Cancel);
        bytes[place] ^= 0x10;
        await File.WriteAllBytesAsync(FileName, bytes, Cancel);
    }

    /// <summary>A disk whose directories cannot be flushed at times.</summary>
    private sealed class LameDirectoryStore(IFileStore inner) : IFileStore
    {
        public bool IsLame { get; set; }

        public int Flushed { get; private set; }

        public async ValueTask FlushDirectoryAsync(string directory, CancellationToken cancellationToken)
        {
            if (IsLame) throw new FileStoreException(FileFault.Io, "The directory cannot be flushed.");
            await inner.FlushDirectoryAsync(directory, cancellationToken);
            Flushed++;
        }

        public ValueTask<FileContent?> OpenAsync(string path, CancellationToken cancellationToken) => inner.OpenAsync(path, cancellationToken);

        public ValueTask WriteAsync(string path, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken) => inner.WriteAsync(path, parts, cancellationToken);

        public ValueTask AppendAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => inner.AppendAsync(path, bytes, cancellationToken);

        public ValueTask WriteAtAsync(string path, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => inner.WriteAtAsync(path, offset, bytes, cancellationToken);

        public ValueTask FlushAsync(string path, CancellationToken cancellationToken) => inner.FlushAsync(path, cancellationToken);

        public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) => inner.RenameAsync(from, to, cancellationToken);

        public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => inner.DeleteAsync(path, cancellationToken);

        public ValueTask CreateDirectoryAsync(string directory, CancellationToken cancellationToken) => inner.CreateDirectoryAsync(directory, cancellationToken);

        public ValueTask<IReadOnlyList<string>> ListAsync(string directory, CancellationToken cancellationToken) => inner.ListAsync(directory, cancellationToken);
    }
}
