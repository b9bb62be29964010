// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Tests.Support;
using Heliograph.Storage.Etcd.Writing;
using Xunit;

namespace Heliograph.Storage.Etcd.Tests.Faults;

/// <summary>Who has lost the right to append appends nothing, whatever they believe and however late it arrives.</summary>
public sealed class FencingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_append_of_a_leader_that_slept_past_its_lease_is_refused_when_it_arrives()
    {
        var transport = new HarmfulTransport();
        await using var old = await TestLog.OpenAsync(SharedEtcd.Cluster, node: "node-a", leaseSeconds: 2, transport: transport.Around);
        await old.AppendAsync("before");
        var tip = await old.TipAsync();

        var batch = TestChain.Batch(old.LogId, tip, old.Token, "late");

        // Given an append of the leader's that does not get on
        Task<AppendAnswer> stuck;
        using (transport.Stall())
        {
            stuck = old.Store.AppendAsync(batch, Cancel).AsTask();

            // When its lease ends, another is elected and has appended
            await using var successor = await UntilElectedAsync(old.LogId);
            await successor.AppendAsync("timely");
        }

        // Then it is refused whenever it arrives: after the store gave up waiting, when it is tried again, and as the very same bytes out of the blue
        var answer = await stuck;
        Assert.True(answer is AppendAnswer.Deposed or AppendAnswer.OutcomeUnknown, answer.ToString());
        Assert.IsType<AppendAnswer.Deposed>(await old.Store.AppendAsync(batch, Cancel));
        var late = AppendTransaction.Of(batch, BatchLayout.Of(batch.Entries), new(old.LogId), EpochRecord.First, LogPhase.Live);
        Assert.False((await SharedEtcd.Cluster.Keys(SharedEtcd.Cluster.Members[0]).TxnAsync(late, cancellationToken: Cancel)).Succeeded);
        late.Compare.RemoveAt(3); // without the token's comparison the tip still refuses it
        Assert.False((await SharedEtcd.Cluster.Keys(SharedEtcd.Cluster.Members[0]).TxnAsync(late, cancellationToken: Cancel)).Succeeded);
        Assert.Equal(["before", "timely"], (await old.EntriesAsync()).Select(entry => entry.Content.RequestId));
    }

    [Fact]
    public async Task Who_does_not_renew_may_not_append_even_if_nobody_else_leads()
    {
        await using var log = await TestLog.OpenAsync(SharedEtcd.Cluster, leaseSeconds: 2);
        await log.AppendAsync("in-time");

        await EtcdTestCluster.UntilAsync(async () => await log.Store.FindLeaderAsync(Cancel) is StoreAnswer<EtcdLeader?>.Done { Value: null });

        Assert.IsType<AppendAnswer.Deposed>(await log.TryAppendAsync("too-late"));
        Assert.IsType<LeadershipAnswer.HeldByOther>(await log.Store.RenewAsync(log.Token, Cancel));
        Assert.Single(await log.EntriesAsync());
    }

    [Fact]
    public async Task Followers_hear_at_once_that_the_right_is_free_and_where_the_leader_takes_changes()
    {
        await using var leader = await TestLog.OpenAsync(SharedEtcd.Cluster);
        await using var follower = await SharedEtcd.Cluster.OpenAsync(leader.LogId);
        using var freed = new SemaphoreSlim(0);
        using var watch = follower.WatchLeadership(() => freed.Release());
        Assert.Equal(new EtcdLeader("node-a", ""), Assert.IsType<StoreAnswer<EtcdLeader?>.Done>(await follower.FindLeaderAsync(Cancel)).Value);
        await Task.Delay(500, Cancel); // the watch is set up: what it says from here on is news
        while (await freed.WaitAsync(0, Cancel)) { }

        await leader.Store.ResignAsync(leader.Token, Cancel);

        Assert.True(await freed.WaitAsync(TimeSpan.FromSeconds(2), Cancel));
        Assert.IsType<LeadershipAnswer.Held>(await follower.CampaignAsync("node-b", TimeSpan.FromSeconds(3), Cancel));
    }

    private static async Task<TestLog> UntilElectedAsync(Hash256 logId)
    {
        await using var waiting = await SharedEtcd.Cluster.OpenAsync(logId);
        await EtcdTestCluster.UntilAsync(async () => await waiting.FindLeaderAsync(Cancel) is StoreAnswer<EtcdLeader?>.Done { Value: null });
        return await TestLog.OpenAsync(SharedEtcd.Cluster, logId, "node-b");
    }
}
