// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests;

/// <summary>Checkpoints and scrubbing.</summary>
public sealed class UpkeepTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    private string Database => _directory.File("log.db");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_write_ahead_log_stays_bounded_under_load()
    {
        const long limit = 256 << 10;
        await using var store = await TestStore.OpenAsync(Database, checkpointBytes: limit);
        for (var i = 0; i < 400; i++) await store.AppendAsync($"r-{i}"); // some 6 MiB of frames

        Assert.InRange(new FileInfo(Database + "-wal").Length, 1, 3 * limit);
        Assert.Equal(400, (await store.EntriesAsync()).Count);
    }

    [Fact]
    public async Task Idle_time_copies_the_write_ahead_log_and_once_a_day_gives_its_space_back()
    {
        var time = new FakeTimeProvider();
        await using var store = await TestStore.OpenAsync(Database, time: time);
        for (var i = 0; i < 100; i++) await store.AppendAsync($"r-{i}");
        var wal = new FileInfo(Database + "-wal");
        var before = new FileInfo(Database).Length;

        time.Advance(TimeSpan.FromSeconds(1));
        await SettleAsync(store);
        Assert.True(new FileInfo(Database).Length > before); // copied
        Assert.True(wal.Length > 0); // and kept for reuse

        await store.AppendAsync("next-day");
        time.Advance(TimeSpan.FromDays(1));
        await SettleAsync(store);
        wal.Refresh();
        Assert.Equal(0, wal.Length);
        Assert.Equal(101, (await store.EntriesAsync()).Count);
    }

    [Fact]
    public async Task A_scrub_finds_a_log_whole_and_keeps_its_pace()
    {
        // Given 3 MB of log
        var time = new FakeTimeProvider();
        await using var store = await TestStore.OpenAsync(Database, time: time);
        for (var i = 0; i < 3; i++)
        {
            var entry = TestChain.Entry(TestStore.LogId, await store.TipAsync(), $"r-{i}", valueBytes: 1 << 20);
            Assert.IsType<AppendAnswer.Appended>(await store.Store.AppendAsync(new(await store.TipAsync(), store.Token, [entry]), Cancel));
        }

        // When it is scrubbed
        var started = time.GetTimestamp();
        var scrub = store.Store.ScrubAsync(Cancel).AsTask();
        while (!scrub.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        // Then it took the time that 10 MB/s take
        var report = Assert.IsType<StoreAnswer<ScrubReport>.Done>(await scrub).Value;
        Assert.Equal(3, report.Entries);
        Assert.True(time.GetElapsedTime(started) >= TimeSpan.FromSeconds(report.Bytes / 10_000_000.0));
    }

    [Theory]
    [InlineData("UPDATE entry SET hash = zeroblob(32) WHERE seq = 2")]
    [InlineData("DELETE FROM op WHERE request_id = 'r-1'")]
    [InlineData("DELETE FROM entry WHERE seq = 3")]
    public async Task A_scrub_finds_what_nobody_has_read(string damage)
    {
        await using var store = await TestStore.OpenAsync(Database);
        await store.AppendAsync(TestChain.RequestIds("r", 5));
        TestStore.Tamper(Database, damage);

        Assert.IsType<StoreAnswer<ScrubReport>.Corrupt>(await store.Store.ScrubAsync(Cancel));
        Assert.True(store.Store.Failed.IsCompleted);
    }

    /// <summary>Waits until the writer has done what was queued before: jobs run in order.</summary>
    private static async Task SettleAsync(TestStore store) => Assert.IsType<LeadershipAnswer.Held>(await store.Store.RenewAsync(store.Token, Cancel));
}
