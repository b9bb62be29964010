// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Tests.Support;
using Heliograph.Storage.Etcd.Wire;
using Heliograph.Storage.Etcd.Writing;
using Xunit;

namespace Heliograph.Storage.Etcd.Tests.Faults;

/// <summary>etcd's quota, its history, and what appends that never were leave behind.</summary>
public sealed class SpaceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_used_up_quota_refuses_appends_clearly_while_reads_go_on_and_ends_when_there_is_space()
    {
        await using var cluster = await EtcdTestCluster.StartAsync(1, "--quota-backend-bytes", (16 << 20).ToString(System.Globalization.CultureInfo.InvariantCulture));
        await using var log = await TestLog.OpenAsync(cluster);
        await log.AppendAsync("before");

        // Given a quota that others have used up
        var (raw, upkeep) = (cluster.Keys(cluster.Members[0]), cluster.Upkeep(cluster.Members[0]));
        var filler = ByteString.CopyFrom(new byte[1 << 20]);
        var full = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            for (var i = 0; i < 64; i++) await raw.PutAsync(new() { Key = ByteString.CopyFromUtf8($"filler-{i}"), Value = filler }, cancellationToken: Cancel);
        });
        Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);

        // Then an append says so and what to do, and everything that only reads goes on, also after a restart
        Assert.Contains("NOSPACE", Assert.IsType<AppendAnswer.Full>(await log.TryAppendAsync("refused")).Reason, StringComparison.Ordinal);
        Assert.Contains("NOSPACE", Assert.IsType<AppendAnswer.Full>(await log.Store.AppendAsync(new(await log.TipAsync(), log.Token, [TestChain.Entry(log.LogId, await log.TipAsync(), "large", 4 << 20)]), Cancel)).Reason, StringComparison.Ordinal);
        Assert.Single(await log.EntriesAsync());
        Assert.IsType<LeadershipAnswer.Held>(await log.Store.RenewAsync(log.Token, Cancel));
        await using var restarted = await cluster.OpenAsync(log.LogId);
        Assert.Equal(await log.TipAsync(), Assert.IsType<StoreAnswer<LogTip>.Done>(await restarted.ReadTipAsync(Cancel)).Value);

        // When an operator has made space
        var deleted = await raw.DeleteRangeAsync(new() { Key = ByteString.CopyFromUtf8("filler-"), RangeEnd = ByteString.CopyFromUtf8("filler.") }, cancellationToken: Cancel);
        await raw.CompactAsync(new() { Revision = deleted.Header.Revision, Physical = true }, cancellationToken: Cancel);
        await upkeep.DefragmentAsync(new(), cancellationToken: Cancel);
        foreach (var alarm in (await upkeep.AlarmAsync(new() { Action = AlarmRequest.Types.AlarmAction.Get }, cancellationToken: Cancel)).Alarms)
            await upkeep.AlarmAsync(new() { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberId = alarm.MemberId, Alarm = alarm.Alarm }, cancellationToken: Cancel);

        // Then appends go on
        await log.AppendAsync("after");
        Assert.Equal(["before", "after"], (await log.EntriesAsync()).Select(entry => entry.Content.RequestId));
    }

    [Fact]
    public async Task Compaction_while_reading_and_watching_harms_neither()
    {
        await using var log = await TestLog.OpenAsync(SharedEtcd.Cluster);
        await using var follower = await SharedEtcd.Cluster.OpenAsync(log.LogId);
        using var woken = new SemaphoreSlim(0);
        using var watch = follower.Watch(() => woken.Release());
        var raw = SharedEtcd.Cluster.Keys(SharedEtcd.Cluster.Members[0]);
        const int batches = 60;

        var seen = 0L;
        for (var i = 0; i < batches; i++)
        {
            await log.AppendAsync($"one-{i}", $"two-{i}");
            var now = (await raw.RangeAsync(new() { Key = ByteString.CopyFromUtf8("x") }, cancellationToken: Cancel)).Header.Revision;
            if (i % 5 == 4)
            {
                try { await raw.CompactAsync(new() { Revision = now, Physical = true }, cancellationToken: Cancel); }
                catch (RpcException exception) when (exception.Status.Detail.Contains("has been compacted", StringComparison.Ordinal)) { } // by another test, later
            }
            var page = Assert.IsType<StoreAnswer<EntryPage>.Done>(await follower.ReadAsync(seen, 7, 1 << 20, Cancel)).Value;
            seen += page.Entries.Count;
            Assert.Equal(2 * (i + 1), page.Tip.Revision.Sequence);
        }
        Assert.Equal(2 * batches, seen);
        while (await woken.WaitAsync(0, Cancel)) { }
        await log.AppendAsync("after-compaction");
        Assert.True(await woken.WaitAsync(TimeSpan.FromSeconds(4), Cancel)); // sooner than the poll that heals a dead watch
    }

    [Fact]
    public async Task The_leader_forgets_etcds_history_by_itself()
    {
        await using var log = await TestLog.OpenAsync(SharedEtcd.Cluster, upkeep: TimeSpan.FromMilliseconds(300));
        await log.AppendAsync("one");
        var (raw, key) = (SharedEtcd.Cluster.Keys(SharedEtcd.Cluster.Members[0]), new StoreKeys(log.LogId).Head);
        var past = (await raw.RangeAsync(new() { Key = key }, cancellationToken: Cancel)).Header.Revision;

        await EtcdTestCluster.UntilAsync(async () =>
        {
            await log.AppendAsync(Guid.NewGuid().ToString());
            try { await raw.RangeAsync(new() { Key = key, Revision = past }, cancellationToken: Cancel); }
            catch (RpcException exception) when (exception.Status.Detail.Contains("has been compacted", StringComparison.Ordinal)) { return true; }
            return false;
        });
        Assert.NotEmpty(await log.EntriesAsync());
    }

    [Fact]
    public async Task A_store_is_closed_while_its_upkeep_waits_for_an_answer()
    {
        var transport = new Holding();
        var log = await TestLog.OpenAsync(SharedEtcd.Cluster, transport: transport.Around, upkeep: TimeSpan.FromMilliseconds(50));
        transport.IsHolding = true;
        await transport.Held.WaitAsync(TimeSpan.FromSeconds(60), Cancel);

        await log.DisposeAsync(); // does not throw what became of that call
    }

    /// <summary>Keeps calls about keys for ever, if asked to; they end when they are cancelled.</summary>
    private sealed class Holding
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool IsHolding;

        public Task Held => _held.Task;

        public HttpMessageHandler Around(HttpMessageHandler inner) => new Handler(this, inner);

        private sealed class Handler(Holding owner, HttpMessageHandler inner) : DelegatingHandler(inner)
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                if (owner.IsHolding && request.RequestUri!.AbsolutePath.Contains(".KV/", StringComparison.Ordinal))
                {
                    owner._held.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }
                return await base.SendAsync(request, cancellationToken);
            }
        }
    }

    [Fact]
    public async Task Chunks_of_batches_that_never_came_are_swept_and_no_others()
    {
        await using var log = await TestLog.OpenAsync(SharedEtcd.Cluster);
        var (keys, raw) = (new StoreKeys(log.LogId), SharedEtcd.Cluster.Keys(SharedEtcd.Cluster.Members[0]));
        var tip = await log.TipAsync();
        var large = TestChain.Entry(log.LogId, tip, "large", 2 << 20);
        Assert.IsType<AppendAnswer.Appended>(await log.Store.AppendAsync(new(tip, log.Token, [large]), Cancel));

        // Given chunks of a batch that another took the place of, and of one that may still come
        var (dead, awaited) = (new BatchName(1, LogEntry.HashOf([1])), new BatchName(2, LogEntry.HashOf([2])));
        foreach (var batch in new[] { dead, awaited }) await raw.PutAsync(new() { Key = keys.Chunk(batch, 0), Value = ByteString.CopyFromUtf8("chunk") }, cancellationToken: Cancel);

        using var cluster = new Members.EtcdCluster(SharedEtcd.Cluster.Options(log.LogId), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        Assert.Equal(1, await new ChunkSweeper(cluster, keys).SweepAsync(Cancel));

        var left = (await raw.RangeAsync(new() { Key = keys.ChunksStart, RangeEnd = keys.ChunksEnd, KeysOnly = true }, cancellationToken: Cancel)).Kvs.Select(row => keys.BatchOf(row.Key)).Distinct();
        Assert.Equal([new BatchName(1, large.Hash), awaited], left);
        Assert.Equal(large.Hash, Assert.Single(await log.EntriesAsync()).Hash);
        Assert.IsType<StoreAnswer<ScrubReport>.Done>(await log.Store.ScrubAsync(Cancel));
    }

    [Fact]
    public async Task A_full_batch_of_sizeable_entries_is_appended_at_once_and_comes_back()
    {
        await using var log = await TestLog.OpenAsync(SharedEtcd.Cluster);
        var (entries, tip) = (new List<LogEntry>(), await log.TipAsync());
        var expected = tip;
        foreach (var requestId in TestChain.RequestIds("r", BatchLayout.EntriesMax))
        {
            entries.Add(TestChain.Entry(log.LogId, tip, requestId, entries.Count % 3 == 0 ? 300 << 10 : 100 << 10));
            tip = TestChain.TipOf(entries[^1]);
        }

        Assert.IsType<AppendAnswer.Appended>(await log.Store.AppendAsync(new(expected, log.Token, entries), Cancel));

        Assert.Equal(entries.Select(entry => entry.Hash), (await log.EntriesAsync()).Select(entry => entry.Hash));
        var one = TestChain.Batch(log.LogId, tip, log.Token, TestChain.RequestIds("too-many", BatchLayout.EntriesMax + 1));
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.Store.AppendAsync(one, Cancel));
    }
}
