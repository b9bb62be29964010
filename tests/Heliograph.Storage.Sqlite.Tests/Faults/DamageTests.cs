// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Platform.Files;
using Heliograph.Replication.Log;
using Heliograph.Storage.Sqlite.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>Flips bits of what is stored. The outcome is the same answer or a refusal, never another answer.</summary>
public sealed class DamageTests : IDisposable
{
    private const int Entries = 60, RandomFlips = 500;

    private readonly ScratchDirectory _original = new(ScratchDirectory.InMemory), _damaged = new(ScratchDirectory.InMemory);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _original.Dispose();
        _damaged.Dispose();
    }

    /// <summary>Every byte of the database's header, which says how to read the rest, and many of the rest: page headers, cells, overflow, free space.</summary>
    [Fact]
    public async Task A_flipped_bit_in_the_database_changes_no_answer()
    {
        await CreateAsync(isClosed: true);
        await FlipAsync("log.db", headerBytes: 100, mustBeNoticed: 100);
    }

    /// <summary>SQLite itself drops everything from the flipped frame on, and is content.</summary>
    [Fact]
    public async Task A_flipped_bit_in_the_write_ahead_log_changes_no_answer()
    {
        await CreateAsync(isClosed: false);
        await FlipAsync("log.db-wal", headerBytes: 32, mustBeNoticed: 400);
    }

    [Fact]
    public async Task A_write_ahead_log_that_was_cut_or_removed_is_found_out_by_the_mark()
    {
        await CreateAsync(isClosed: false);
        var whole = new FileInfo(_original.File("log.db-wal")).Length;
        foreach (var length in (long[])[0, 1, whole / 2, whole - 4_096, whole - 1])
        {
            Reset();
            using (var wal = File.OpenWrite(_damaged.File("log.db-wal"))) wal.SetLength(length);
            var outcome = await AskAsync();
            Assert.True(outcome.IsRefused, $"Cut to {length} bytes: {outcome.Answer}");
        }
        Reset();
        File.Delete(_damaged.File("log.db-wal"));
        Assert.True((await AskAsync()).IsRefused);
    }

    [Fact]
    public async Task A_database_that_was_cut_is_refused()
    {
        await CreateAsync(isClosed: true);
        var whole = new FileInfo(_original.File("log.db")).Length;
        foreach (var length in (long[])[0, 1, 100, 4_096, whole / 2, whole - 4_096, whole - 1])
        {
            Reset();
            using (var database = File.OpenWrite(_damaged.File("log.db"))) database.SetLength(length);
            var outcome = await AskAsync();
            Assert.True(outcome.IsRefused, $"Cut to {length} bytes: {outcome.Answer}");
        }
    }

    private async Task FlipAsync(string file, int headerBytes, int mustBeNoticed)
    {
        Reset();
        var expected = await AskAsync();
        Assert.False(expected.IsRefused, expected.Answer);
        var (random, size) = (new Random(7), (int)new FileInfo(_original.File(file)).Length);
        int[] places = [.. Enumerable.Range(0, headerBytes), .. Enumerable.Range(0, RandomFlips).Select(_ => random.Next(headerBytes, size))];
        var noticed = 0;
        foreach (var place in places)
        {
            Reset();
            var bytes = await File.ReadAllBytesAsync(_damaged.File(file), Cancel);
            bytes[place] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(_damaged.File(file), bytes, Cancel);

            var outcome = await AskAsync();

            if (outcome.IsRefused) noticed++;
            else Assert.True(outcome.Answer == expected.Answer, $"Byte {place} of {file}: another answer was given.");
        }
        Console.WriteLine($"Bits flipped in {file}: {places.Length}, of which {noticed} were refused and {places.Length - noticed} changed nothing.");
        Assert.True(noticed >= mustBeNoticed, $"Only {noticed} flips were noticed: the test does not reach what matters.");
    }

    /// <summary>Makes a log and its mark, and keeps its files: as after a clean end, or as after a kill, when the write-ahead log holds everything.</summary>
    private async Task CreateAsync(bool isClosed)
    {
        using var live = new ScratchDirectory(ScratchDirectory.InMemory);
        var store = await TestStore.OpenAsync(live.File("log.db"));
        await using (store)
        {
            for (var i = 0; i < Entries; i++)
            {
                var entry = TestChain.Entry(TestStore.LogId, await store.TipAsync(), $"r-{i}", valueBytes: i % 20 == 0 ? 20_000 : 200);
                Assert.IsType<AppendAnswer.Appended>(await store.Store.AppendAsync(new(await store.TipAsync(), store.Token, [entry]), Cancel));
            }
            using var mark = new HighWaterFile(new DiskFileStore(live.Path), TestStore.LogId);
            await mark.AdvanceAsync(await store.TipAsync(), Cancel);
            if (!isClosed) Copy(live, _original);
        }
        if (isClosed) Copy(live, _original);
    }

    private void Reset() => Copy(_original, _damaged);

    /// <summary>Starts as an origin does and asks everything that can be asked.</summary>
    private async Task<(bool IsRefused, string Answer)> AskAsync()
    {
        try
        {
            await using var store = await SqliteLogStore.OpenAsync(
                new() { Path = _damaged.File("log.db"), LogId = TestStore.LogId }, TimeProvider.System, NullLogger.Instance, Cancel);
            using var file = new HighWaterFile(new DiskFileStore(_damaged.Path), TestStore.LogId);
            var mark = await file.ReadAsync(Cancel);
            if (await store.ReadAsync(0, 1_000, long.MaxValue, Cancel) is not StoreAnswer<EntryPage>.Done(var page)) return (true, "corrupt entries");
            var at = page.Entries.Where(entry => entry.Revision.Sequence == mark.Revision.Sequence).Select(entry => new LogTip(entry.Revision, entry.Hash, entry.Content.CommittedAtMs)).FirstOrDefault();
            if (HighWater.Judge(mark, page.Tip, at) is not HighWaterVerdict.Level and var verdict) return (true, verdict.ToString());

            var answers = new List<string> { page.Tip.ToString() };
            answers.AddRange(page.Entries.Select(entry => Convert.ToHexString(entry.Bytes.Span)));
            foreach (var requestId in TestChain.RequestIds("r", Entries + 1)) // one of them was never used
            {
                if (await store.FindRequestAsync(requestId, Cancel) is not StoreAnswer<long?>.Done(var found)) return (true, "corrupt index");
                answers.Add(found.ToString() ?? "none");
            }
            if (await store.CampaignAsync("node", TimeSpan.FromSeconds(1), Cancel) is not LeadershipAnswer.Held(var token)) return (true, "corrupt leader");
            answers.Add(token.ToString());
            return (false, string.Join('\n', answers));
        }
        catch (Exception refused) when (refused is SqliteLogStoreException or InvalidDataException)
        {
            return (true, refused.Message);
        }
    }

    private static void Copy(ScratchDirectory from, ScratchDirectory to)
    {
        foreach (var file in Directory.EnumerateFiles(to.Path)) File.Delete(file);
        foreach (var name in (string[])["log.db", "log.db-wal", "head.hw"])
            if (File.Exists(from.File(name))) File.Copy(from.File(name), to.File(name));
    }
}
