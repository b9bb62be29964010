// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Xunit;

namespace Heliograph.Conformance.Log;

/// <summary>Appending, reading, finding.</summary>
public abstract partial class LogStoreConformance
{
    [Fact]
    public async Task An_empty_log_has_the_empty_tip_and_nothing_to_read()
    {
        await AssertHoldsAsync();
        Assert.Null(Done(await Store.FindRequestAsync("nobody", Cancel)));
    }

    [Fact]
    public async Task Entries_come_back_byte_for_byte_in_order_and_survive_a_restart()
    {
        var first = await AppendAsync("one");
        var second = await AppendAsync("two", "three", "four");
        LogEntry[] all = [.. first.Entries, .. second.Entries];

        await AssertHoldsAsync(all);
        await ReopenAsync();
        await AssertHoldsAsync(all);
        await AppendAsync("five");
        Assert.Equal(5, (await TipAsync()).Revision.Sequence);
    }

    [Fact]
    public async Task The_largest_entry_is_kept_and_read()
    {
        var entry = TestChain.Entry(Fixture.LogId, LogTip.Empty, "large", Limits.ChangesetBytesMax);
        Assert.True(entry.Bytes.Length > Limits.ChangesetBytesMax);

        Assert.IsType<AppendAnswer.Appended>(await Store.AppendAsync(new(LogTip.Empty, Token, [entry]), Cancel));

        await AssertHoldsAsync(entry);
        Assert.Equal(entry.Hash, Assert.Single((await PageAsync(0, entriesMax: 1, bytesMax: 1)).Entries).Hash);
    }

    [Fact]
    public async Task A_request_is_found_by_its_id()
    {
        await AppendAsync("one", "two");

        Assert.Equal(2, Done(await Store.FindRequestAsync("two", Cancel)));
        Assert.Null(Done(await Store.FindRequestAsync("Two", Cancel)));
    }

    [Fact]
    public async Task A_page_ends_at_its_number_of_entries()
    {
        await AppendAsync(TestChain.RequestIds("r", 10));

        Assert.Equal([3, 4, 5], (await PageAsync(after: 2, entriesMax: 3)).Entries.Select(entry => entry.Revision.Sequence));
        Assert.Equal([10], (await PageAsync(after: 9, entriesMax: 3)).Entries.Select(entry => entry.Revision.Sequence));
        foreach (var after in (long[])[10, 11, long.MaxValue])
        {
            var page = await PageAsync(after);
            Assert.Empty(page.Entries);
            Assert.Equal(10, page.Tip.Revision.Sequence);
        }
    }

    [Fact]
    public async Task A_page_ends_at_its_bytes_but_holds_one_entry_at_least()
    {
        var batch = await AppendAsync(TestChain.RequestIds("r", 10));
        var bytes = batch.Entries[0].Bytes.Length + batch.Entries[1].Bytes.Length;

        Assert.Equal(2, (await PageAsync(after: 0, bytesMax: bytes)).Entries.Count);
        Assert.Single((await PageAsync(after: 0, bytesMax: bytes - 1)).Entries);
        Assert.Single((await PageAsync(after: 0, bytesMax: 1)).Entries);
    }

    [Fact]
    public async Task An_append_on_another_tip_writes_nothing_and_says_where_the_log_is()
    {
        var batch = await AppendAsync("one", "two");
        var tip = await TipAsync();
        LogTip[] others = [LogTip.Empty, TestChain.TipOf(batch.Entries[0]), tip with { Revision = tip.Revision.Next() }, tip with { Hash = LogEntry.HashOf([1]) }];
        foreach (var other in others)
        {
            var moved = Assert.IsType<AppendAnswer.Moved>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, other, Token, "three", "four"), Cancel));
            Assert.Equal(tip, moved.Current);
        }

        await AssertHoldsAsync(batch.Entries);
        Assert.Null(Done(await Store.FindRequestAsync("three", Cancel)));
    }

    [Fact]
    public async Task A_batch_that_is_not_dense_and_chained_is_refused_as_a_bug()
    {
        var tip = LogTip.Empty;
        var (one, two) = (TestChain.Entry(Fixture.LogId, tip, "one"), TestChain.Entry(Fixture.LogId, TestChain.TipOf(TestChain.Entry(Fixture.LogId, tip, "one")), "two"));
        var three = TestChain.Entry(Fixture.LogId, TestChain.TipOf(two), "three");
        LogEntry[][] bad =
        [
            [],
            [two],
            [one, three],
            [two, one],
            [one, one],
            [one, TestChain.Entry(Fixture.LogId, TestChain.TipOf(one) with { Hash = Hash256.Zero }, "unchained")],
            [one, TestChain.Entry(Fixture.LogId, TestChain.TipOf(one), "one")],
            [TestChain.Entry(Fixture.LogId, tip, "")],
            [TestChain.Entry(Fixture.LogId, tip with { Revision = new(2, 0) }, "other-epoch")],
            [TestChain.Entry(LogEntry.HashOf([7]), tip, "other-log")],
        ];

        foreach (var entries in bad)
            await Assert.ThrowsAsync<ArgumentException>(async () => await Store.AppendAsync(new(tip, Token, entries), Cancel));
        await AssertHoldsAsync();
    }

    [Fact]
    public async Task A_request_id_has_one_effect_however_it_is_repeated()
    {
        var batch = await AppendAsync("one", "two");
        var tip = await TipAsync();
        AppendBatch[] repeats =
        [
            batch, // the very same, after its answer was lost
            TestChain.Batch(Fixture.LogId, tip, Token, "two"),
            TestChain.Batch(Fixture.LogId, tip, Token, "new", "two", "newer"), // nothing of it is written
            TestChain.Batch(Fixture.LogId, tip, new(Token.Value - 1), "two"), // deposed, and yet it learns that it succeeded
        ];
        foreach (var repeat in repeats)
        {
            var duplicate = Assert.IsType<AppendAnswer.Duplicate>(await Store.AppendAsync(repeat, Cancel));
            Assert.Equal(duplicate.RequestId == "one" ? 1 : 2, duplicate.Sequence);
        }

        await AssertHoldsAsync(batch.Entries);
        Assert.Null(Done(await Store.FindRequestAsync("new", Cancel)));
        await ReopenAsync();
        Assert.IsType<AppendAnswer.Duplicate>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, tip, Token, "one"), Cancel));
    }

    [Fact]
    public async Task A_log_goes_on_in_a_new_epoch_behind_its_tip_and_stays_there()
    {
        var before = await AppendAsync("one", "two");
        var tip = await TipAsync();
        var began = TestChain.EpochAfter(Fixture.LogId, tip, 2);
        var first = TestChain.Entry(Fixture.LogId, TestChain.TipOf(began), "first-of-the-epoch");
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.AppendAsync(new(tip, Token, [began, first]), Cancel)); // it stands alone
        Assert.IsType<AppendAnswer.Appended>(await Store.AppendAsync(new(tip, Token, [began]), Cancel));
        Assert.Equal((new Revision(2, 3), began.Hash), ((await TipAsync()).Revision, (await TipAsync()).Hash));
        Assert.IsType<AppendAnswer.Moved>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, tip, Token, "of-the-epoch-that-ended"), Cancel));
        Assert.IsType<AppendAnswer.Appended>(await Store.AppendAsync(new(TestChain.TipOf(began), Token, [first]), Cancel));

        await AssertHoldsAsync([.. before.Entries, began, first]);
        await ReopenAsync();
        await AssertHoldsAsync([.. before.Entries, began, first]);
        Assert.IsType<AppendAnswer.Appended>(await Store.AppendAsync(TestChain.Batch(Fixture.LogId, TestChain.TipOf(first), Token, "after-a-restart"), Cancel));
        Assert.Equal(new Revision(2, 5), (await TipAsync()).Revision);
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_it_began_does_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var batch = TestChain.Batch(Fixture.LogId, LogTip.Empty, Token, "one");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.AppendAsync(batch, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadTipAsync(cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CampaignAsync("node-a", Lease, cancelled.Token));

        await AssertHoldsAsync();
    }
}
