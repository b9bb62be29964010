// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Tests.Support;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests;

/// <summary>After damage nothing goes on; after a full disk or a busy moment everything does.</summary>
public sealed class FailStopTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();
    private readonly StoreHarm _harm = new();

    private string Database => _directory.File("log.db");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _harm.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task After_an_io_error_what_waits_is_refused_and_so_is_everything_after()
    {
        // Given a store at work, with a second append waiting behind the first
        await using var store = await TestStore.OpenAsync(Database, _harm.Probe);
        await store.AppendAsync("before");
        var tip = await store.TipAsync();
        Task<AppendAnswer> hit, waiting;
        using (_harm.Stall())
        {
            hit = store.Store.AppendAsync(TestChain.Batch(TestStore.LogId, tip, store.Token, "hit"), Cancel).AsTask();
            waiting = store.Store.AppendAsync(TestChain.Batch(TestStore.LogId, tip, store.Token, "waiting"), Cancel).AsTask();

            // When the disk fails under the first
            _harm.HarmNext(Harm.LoseAnswer);
        }

        // Then the first is unknown, the second certainly not written, and the store has stopped
        Assert.IsType<AppendAnswer.OutcomeUnknown>(await hit);
        Assert.IsType<AppendAnswer.Unavailable>(await waiting);
        Assert.Contains("SQLite error 10", await store.Store.Failed.WaitAsync(Cancel), StringComparison.Ordinal);
        Assert.IsType<AppendAnswer.Unavailable>(await store.Store.AppendAsync(TestChain.Batch(TestStore.LogId, tip, store.Token, "after"), Cancel));
        Assert.IsType<StoreAnswer<LogTip>.Unavailable>(await store.Store.ReadTipAsync(Cancel));
        Assert.IsType<LeadershipAnswer.OutcomeUnknown>(await store.Store.CampaignAsync("node", TimeSpan.FromSeconds(1), Cancel));

        // And a new start knows which of them happened
        await store.DisposeAsync();
        await using var again = await TestStore.OpenAsync(Database);
        Assert.Equal(["before", "hit"], (await again.EntriesAsync()).Select(entry => entry.Content.RequestId));
    }

    [Fact]
    public async Task A_damaged_entry_stops_the_store()
    {
        await using var store = await TestStore.OpenAsync(Database);
        await store.AppendAsync("one", "two");
        TestStore.Tamper(Database, "UPDATE entry SET bytes = X'0A' WHERE seq = 1");

        Assert.IsType<StoreAnswer<EntryPage>.Corrupt>(await store.Store.ReadAsync(0, 10, 1 << 20, Cancel));

        Assert.Contains("Entry 1", await store.Store.Failed.WaitAsync(Cancel), StringComparison.Ordinal);
        Assert.IsType<AppendAnswer.Unavailable>(await store.Store.AppendAsync(TestChain.Batch(TestStore.LogId, LogTip.Empty, store.Token, "three"), Cancel));
    }

    [Fact]
    public async Task An_index_that_names_the_wrong_entry_is_corrupt_not_an_answer()
    {
        await using var store = await TestStore.OpenAsync(Database);
        await store.AppendAsync("one", "two");
        TestStore.Tamper(Database, "UPDATE op SET seq = 1 WHERE request_id = 'two'");

        Assert.IsType<StoreAnswer<long?>.Corrupt>(await store.Store.FindRequestAsync("two", Cancel));
    }

    [Fact]
    public async Task A_repeated_request_is_not_told_a_place_that_only_a_damaged_index_knows()
    {
        await using var store = await TestStore.OpenAsync(Database);
        await store.AppendAsync("one", "two");
        TestStore.Tamper(Database, "UPDATE op SET seq = 1 WHERE request_id = 'two'");

        Assert.IsType<AppendAnswer.OutcomeUnknown>(await store.TryAppendAsync("two"));
        Assert.True(store.Store.Failed.IsCompleted);
    }

    [Fact]
    public async Task When_the_queue_is_full_the_answer_is_not_now()
    {
        await using var store = await TestStore.OpenAsync(Database, _harm.Probe);
        var batch = TestChain.Batch(TestStore.LogId, LogTip.Empty, store.Token, "one");
        List<Task<AppendAnswer>> answers = [];
        using (_harm.Stall())
        {
            for (var i = 0; i < 300; i++) answers.Add(store.Store.AppendAsync(batch, Cancel).AsTask());
            Assert.All(answers.Where(answer => answer.IsCompleted), answer => Assert.IsType<AppendAnswer.Unavailable>(answer.Result));
        }

        var all = await Task.WhenAll(answers);
        Assert.InRange(all.OfType<AppendAnswer.Unavailable>().Count(), 300 - 257, 300 - 256); // 256 wait, and at most one is with the writer
        Assert.Single(all.OfType<AppendAnswer.Appended>());
        Assert.NotEmpty(all.OfType<AppendAnswer.Duplicate>());
    }

    [Fact]
    public async Task When_too_many_reads_wait_the_answer_is_not_now_and_the_others_are_served()
    {
        using var gate = new ManualResetEventSlim();
        await using var store = await TestStore.OpenAsync(Database, step =>
        {
            if (step == StoreStep.BeforeRead) gate.Wait();
        });
        var reads = Enumerable.Range(0, 300).Select(_ => store.Store.ReadTipAsync(Cancel).AsTask()).ToList();
        gate.Set();

        var answers = await Task.WhenAll(reads);
        Assert.Equal(300 - 256 - 4, answers.OfType<StoreAnswer<LogTip>.Unavailable>().Count()); // 4 connections, 256 waiting
        Assert.Equal(256 + 4, answers.OfType<StoreAnswer<LogTip>.Done>().Count());
    }

    [Fact]
    public async Task While_another_connection_writes_the_answer_is_not_now()
    {
        await using var store = await TestStore.OpenAsync(Database);
        await using (var intruder = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            await intruder.OpenAsync(Cancel);
            await using var transaction = intruder.BeginTransaction(deferred: false);
            Assert.IsType<AppendAnswer.Unavailable>(await store.TryAppendAsync("one"));
        }

        await store.AppendAsync("one");
    }

    [Fact]
    public async Task On_a_full_disk_nothing_is_written_reads_go_on_and_writes_resume()
    {
        // Given a disk with room for a few appends
        using var disk = new MountedDisk("1m");
        await using var store = await TestStore.OpenAsync(disk.File("log.db"));
        var acknowledged = new List<string>();
        AppendAnswer answer;
        do
        {
            var requestId = $"r-{acknowledged.Count}";
            answer = await store.TryAppendAsync(requestId);
            if (answer is AppendAnswer.Appended) acknowledged.Add(requestId);
        }
        while (answer is AppendAnswer.Appended);

        // Then it is refused as full, again and again, and what was acknowledged is there
        Assert.IsType<AppendAnswer.Full>(answer);
        Assert.IsType<AppendAnswer.Full>(await store.TryAppendAsync("refused"));
        Assert.Equal(acknowledged, (await store.EntriesAsync()).Select(entry => entry.Content.RequestId));
        Assert.False(store.Store.Failed.IsCompleted);

        // When there is space again, it goes on
        disk.Resize("16m");
        await store.AppendAsync("resumed");
        await store.DisposeAsync();
        await using var again = await TestStore.OpenAsync(disk.File("log.db"));
        Assert.Equal([.. acknowledged, "resumed"], (await again.EntriesAsync()).Select(entry => entry.Content.RequestId));
    }

    [Fact]
    public async Task Tokens_fence_even_where_the_lock_does_not_hold()
    {
        // Given two stores on one file, as on a file system whose locks are a fiction
        await using var old = await TestStore.OpenAsync(Database, isLockExclusive: false);
        await old.AppendAsync("one");
        await using var next = await TestStore.OpenAsync(Database, isLockExclusive: false);

        // Then the later token holds, and the compare is the database's, not a memory's
        Assert.IsType<AppendAnswer.Deposed>(await old.TryAppendAsync("late"));
        await next.AppendAsync("two");
        Assert.Equal(2, (await old.TipAsync()).Revision.Sequence);

        var tip = await next.TipAsync();
        var racing = await Task.WhenAll(
            next.Store.AppendAsync(TestChain.Batch(TestStore.LogId, tip, next.Token, "left"), Cancel).AsTask(),
            old.Store.AppendAsync(TestChain.Batch(TestStore.LogId, tip, next.Token, "right"), Cancel).AsTask());
        Assert.Single(racing.OfType<AppendAnswer.Appended>());
        Assert.Single(racing.OfType<AppendAnswer.Moved>());
    }

    [Fact]
    public async Task After_it_was_closed_it_answers_nothing()
    {
        var store = await TestStore.OpenAsync(Database);
        await store.DisposeAsync();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.Store.ReadTipAsync(Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.TryAppendAsync("one"));
    }
}
