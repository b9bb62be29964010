// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Xunit;

namespace Heliograph.Conformance.Log;

/// <summary>Several callers at once.</summary>
public abstract partial class LogStoreConformance
{
    [Fact]
    public async Task Of_two_stores_that_append_on_the_same_tip_one_wins()
    {
        var other = await Fixture.ConnectAsync(Store, Cancel);
        for (var round = 0; round < 20; round++)
        {
            var tip = await TipAsync();
            var ours = TestChain.Batch(Fixture.LogId, tip, Token, $"ours-{round}");
            var theirs = TestChain.Batch(Fixture.LogId, tip, Token, $"theirs-{round}");

            AppendAnswer[] answers = await Task.WhenAll(Store.AppendAsync(ours, Cancel).AsTask(), other.AppendAsync(theirs, Cancel).AsTask());

            var won = Assert.Single(answers.OfType<AppendAnswer.Appended>());
            Assert.Equal(won.Tip, Assert.Single(answers.OfType<AppendAnswer.Moved>()).Current);
            Assert.Equal(won.Tip, await TipAsync());
        }
    }

    [Fact]
    public async Task Sixteen_appenders_that_retry_lose_and_double_nothing()
    {
        const int appenders = 16, each = 12;
        var second = await Fixture.ConnectAsync(Store, Cancel);

        await Task.WhenAll(Enumerable.Range(0, appenders).Select(who => Task.Run(() => AppendInsistentlyAsync(who % 2 == 0 ? Store : second, $"appender-{who}", each), Cancel)));

        var entries = (await PageAsync(after: 0)).Entries;
        Assert.Equal(Enumerable.Range(1, appenders * each).Select(i => (long)i), entries.Select(entry => entry.Revision.Sequence));
        Assert.Equal(
            Enumerable.Range(0, appenders).SelectMany(who => TestChain.RequestIds($"appender-{who}", each)).Order(StringComparer.Ordinal),
            entries.Select(entry => entry.Content.RequestId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reader_never_sees_a_gap_or_half_a_batch_while_the_log_grows()
    {
        const int batches = 40, size = 5;
        var writing = Task.Run(
            async () =>
            {
                for (var i = 0; i < batches; i++) await AppendAsync(TestChain.RequestIds($"batch-{i}", size));
            },
            Cancel);

        var (seen, previous) = (0L, Hash256.Zero);
        while (seen < batches * size)
        {
            var page = await PageAsync(after: seen, entriesMax: 7);
            Assert.Equal(0, page.Tip.Revision.Sequence % size);
            foreach (var entry in page.Entries)
            {
                Assert.Equal(++seen, entry.Revision.Sequence);
                Assert.Equal(previous, entry.PreviousHash);
                previous = entry.Hash;
            }
            if (writing.IsFaulted) await writing;
        }
        await writing;
    }

    [Fact]
    public async Task A_watch_wakes_after_an_append_until_it_is_disposed()
    {
        using var woken = new SemaphoreSlim(0);
        var endedCalls = 0;
        Store.Watch(() => endedCalls++).Dispose();
        using (Store.Watch(() => woken.Release()))
        {
            await AppendAsync("one");
            Assert.True(await woken.WaitAsync(EventDeadline, Cancel));
            await AppendAsync("two"); // again, not only once
            Assert.True(await woken.WaitAsync(EventDeadline, Cancel));
        }
        Assert.Equal(0, endedCalls);
    }

    [Fact]
    public async Task An_append_that_nobody_waits_for_any_more_is_of_unknown_outcome_and_is_found_by_its_request()
    {
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        AppendAnswer answer;
        using (Fixture.Stall(Store))
        {
            var append = Store.AppendAsync(TestChain.Batch(Fixture.LogId, LogTip.Empty, Token, "abandoned"), impatient.Token).AsTask();
            await impatient.CancelAsync();
            answer = await append.WaitAsync(EventDeadline, Cancel);
        }
        Assert.IsType<AppendAnswer.OutcomeUnknown>(answer);

        await AppendAfterAsync("abandoned"); // whatever came of it, the next append can tell
    }

    private async Task AppendInsistentlyAsync(ILogStore store, string prefix, int count)
    {
        var tip = LogTip.Empty;
        foreach (var requestId in TestChain.RequestIds(prefix, count))
        {
            while (true)
            {
                var answer = await store.AppendAsync(TestChain.Batch(Fixture.LogId, tip, Token, requestId), Cancel);
                if (answer is AppendAnswer.Appended done)
                {
                    tip = done.Tip;
                    break;
                }
                tip = Assert.IsType<AppendAnswer.Moved>(answer).Current;
            }
        }
    }
}
