// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Tests.Support;
using Xunit;

namespace Heliograph.Storage.Etcd.Tests.Faults;

/// <summary>Three real members, of which some are killed, paused or restarted under appends.</summary>
public sealed class MemberLossTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_befalls_one_member_nothing_is_lost_or_doubled()
    {
        await using var cluster = await EtcdTestCluster.StartAsync(3);
        await using var log = await TestLog.OpenAsync(cluster);
        var appended = new List<string>();

        // Given an author who goes on, while each member in turn is killed or paused, and comes back
        var stop = new CancellationTokenSource();
        var writing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var requestId = $"request-{appended.Count}";
                    await log.AppendSurelyAsync(requestId);
                    appended.Add(requestId);
                }
            },
            Cancel);
        foreach (var member in cluster.Members)
        {
            member.KillNow();
            await Task.Delay(1_500, Cancel);
            member.Start();
            await cluster.UntilWritableAsync();
            member.Pause();
            await Task.Delay(4_000, Cancel); // longer than a call waits, and than a leader of etcd may be silent
            member.Resume();
            await cluster.UntilWritableAsync();
        }
        await stop.CancelAsync();
        await writing;

        // Then the log holds each request once, in the order in which they were answered
        Assert.InRange(appended.Count, 50, int.MaxValue);
        Assert.Equal(appended, (await log.EntriesAsync()).Select(entry => entry.Content.RequestId));
        Assert.False(log.Store.Failed.IsCompleted);
    }

    [Fact]
    public async Task Without_a_quorum_nothing_is_promised_and_with_it_again_the_doubt_is_resolved()
    {
        await using var cluster = await EtcdTestCluster.StartAsync(3);
        await using var log = await TestLog.OpenAsync(cluster);
        await log.AppendAsync("before");
        var batch = TestChain.Batch(log.LogId, await log.TipAsync(), log.Token, "during");

        // Given two members lost
        cluster.Members[0].KillNow();
        cluster.Members[1].KillNow();

        // When appends, reads and renewals are tried
        for (var i = 0; i < 4; i++)
        {
            var answer = await log.Store.AppendAsync(batch, Cancel);
            Assert.True(answer is AppendAnswer.OutcomeUnknown or AppendAnswer.Unavailable, answer.ToString());
        }
        var read = await log.Store.ReadTipAsync(Cancel);
        Assert.True(read is StoreAnswer<LogTip>.OutcomeUnknown or StoreAnswer<LogTip>.Unavailable, read.ToString());
        Assert.IsType<LeadershipAnswer.OutcomeUnknown>(await log.Store.RenewAsync(log.Token, Cancel));

        // Then one more member is enough, and the request is there once
        cluster.Members[0].Start();
        await log.AppendSurelyAsync("during");
        await log.AppendSurelyAsync("after");
        Assert.Equal(["before", "during", "after"], (await log.EntriesAsync()).Select(entry => entry.Content.RequestId));
        cluster.Members[1].Start();
        await cluster.UntilWritableAsync();
    }

    [Fact]
    public async Task A_single_member_killed_at_any_time_loses_nothing_that_was_answered()
    {
        await using var cluster = await EtcdTestCluster.StartAsync(1);
        var logId = EtcdTestCluster.NewLogId();
        var appended = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            await using var log = await TestLog.OpenAsync(cluster, logId);
            var killing = Task.Run(
                async () =>
                {
                    await Task.Delay(200 + (137 * round), Cancel);
                    cluster.Members[0].KillNow();
                    await Task.Delay(300, Cancel);
                    cluster.Members[0].Start();
                },
                Cancel);
            for (var i = 0; i < 10 || !killing.IsCompleted; i++)
            {
                await log.AppendSurelyAsync($"round-{round}-{i}");
                appended.Add($"round-{round}-{i}");
            }
            await killing;
            Assert.Equal(appended, (await log.EntriesAsync()).Select(entry => entry.Content.RequestId));
        }
    }

    [Fact]
    public async Task A_member_that_was_set_back_is_not_believed()
    {
        await using var cluster = await EtcdTestCluster.StartAsync(1);
        await using var log = await TestLog.OpenAsync(cluster);
        await log.AppendAsync("kept");

        // Given a copy of the member's disk, and a change after it
        cluster.Members[0].KillNow();
        cluster.KeepDisk(0);
        cluster.Members[0].Start();
        await cluster.UntilWritableAsync();
        await log.AppendSurelyAsync("later");

        // When the member comes back with the older disk
        cluster.Members[0].KillNow();
        cluster.PutDiskBack(0);
        cluster.Members[0].Start();
        await cluster.UntilWritableAsync();

        // Then no read says that the change was never there
        for (var i = 0; i < 5; i++)
        {
            var read = await log.Store.ReadTipAsync(Cancel);
            Assert.True(read is StoreAnswer<LogTip>.OutcomeUnknown or StoreAnswer<LogTip>.Unavailable, read.ToString());
        }
    }
}
