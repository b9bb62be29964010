// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Xunit;

namespace Heliograph.Cluster.Tests;

/// <summary>Sequencers are killed, paused and stopped under authors who never stop, and followers look on.</summary>
public sealed class FailOverTests(ITestOutputHelper output)
{
    private const string Namespace = "shop.cart";

    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(15); // what it takes is measured elsewhere: this machine may have more to do

    [Fact]
    public async Task Killed_and_paused_sequencers_are_replaced_and_no_acknowledged_change_is_lost_or_doubled()
    {
        // Given authors at every origin, and services that follow a relay of all three and each origin alone
        await using var rig = await ClusterRig.StartAsync();
        await rig.Origins[1].CreateAsync(Namespace);
        await rig.Origins[2].PutAsync("heliograph.realm", "roles/this-machine", """{"subject":"local*","role":"reader","namespaces":"*"}""", "readers");
        rig.StartService("behind-relay", await rig.StartRelayAsync("relay", [.. rig.Origins]), Namespace);
        for (var i = 0; i < 3; i++) rig.StartService($"at-{rig.Origins[i].Id}", rig.Origins[i].Sync, Namespace);
        await using var authors = new Authors(rig, Namespace, 6).Start();
        await authors.MoreAsync(30);

        // When the sequencer is killed, or sleeps past its lease, again and again
        for (var round = 0; round < 6; round++)
        {
            var sequencer = await rig.SequencerAsync();
            var began = Stopwatch.GetTimestamp();
            await (round % 3 == 2 ? sequencer.PauseAsync() : sequencer.KillAsync());
            var successor = await rig.SequencerAsync(butNot: sequencer);
            output.WriteLine($"{(round % 3 == 2 ? "paused" : "killed")} {sequencer.Id}; {successor.Id} took over after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
            Assert.True(Stopwatch.GetElapsedTime(began) < Generous);
            await authors.MoreAsync(20);
            await (round % 3 == 2 ? sequencer.ResumeAsync() : sequencer.StartAsync());
            await authors.MoreAsync(20);
        }
        await authors.StopAsync();

        // Then every acknowledged change stands once, where its author was told, and all origins have the same history
        await AssertOneHistoryAsync(rig, authors);
        output.WriteLine($"{authors.Acknowledged.Count} acknowledged, {authors.Repeated} repetitions, longest stall {authors.LongestStall.TotalMilliseconds:0} ms");

        // And nobody who follows went back, and all came to the end
        var last = authors.Acknowledged.Max(it => ClusterRig.SequenceOf(it.Revision));
        foreach (var service in new[] { "behind-relay", "at-o1", "at-o2", "at-o3" })
        {
            await ClusterRig.EventuallyAsync(() => Task.FromResult(rig.Ran(service).LastOrDefault() >= last), $"{service} runs {last}; it ran {rig.Ran(service).LastOrDefault()}");
            var ran = rig.Ran(service);
            Assert.Equal(ran.Order(), ran);
        }
    }

    [Fact]
    public async Task A_rolling_restart_refuses_nothing_and_hands_over_at_once()
    {
        await using var rig = await ClusterRig.StartAsync(members: 1);
        await rig.Origins[0].CreateAsync(Namespace);
        await using var authors = new Authors(rig, Namespace, 3).Start();
        await authors.MoreAsync(20);

        foreach (var origin in rig.Origins)
        {
            await origin.StopAsync();
            await rig.SequencerAsync(butNot: origin);
            await origin.StartAsync();
            await authors.MoreAsync(10);
        }
        await authors.StopAsync();

        await AssertOneHistoryAsync(rig, authors);
        output.WriteLine($"{authors.Acknowledged.Count} acknowledged, longest stall {authors.LongestStall.TotalMilliseconds:0} ms");
        Assert.True(authors.LongestStall < TimeSpan.FromSeconds(2.5), $"A hand-over does not wait for the lease to end; the longest stall was {authors.LongestStall}.");
    }

    [Fact]
    public async Task Without_a_quorum_of_etcd_reading_goes_on_and_nothing_is_promised()
    {
        await using var rig = await ClusterRig.StartAsync();
        await rig.Origins[0].CreateAsync(Namespace);
        await using var authors = new Authors(rig, Namespace, 3).Start();
        await authors.MoreAsync(20);

        // One member lost: changes go on
        rig.Etcd[0].KillNow();
        await authors.MoreAsync(20);

        // Two lost: no change is acknowledged, every origin still answers what it holds, and none says that it is the newest
        rig.Etcd[1].KillNow();
        await Task.Delay(2_000, TestContext.Current.CancellationToken);
        var before = authors.Acknowledged.Count;
        foreach (var origin in rig.Origins)
        {
            Assert.Equal(200, (await origin.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Namespace}/settings")).Status);
            Assert.Equal(503, (await origin.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{Namespace}/settings", null, ("Heliograph-Consistency", "linearizable"))).Status);
        }
        Assert.Equal(before, authors.Acknowledged.Count);

        // One back: they go on
        rig.Etcd[0].Start();
        await authors.MoreAsync(20);
        rig.Etcd[1].Start();
        await authors.MoreAsync(20);
        await authors.StopAsync();
        await AssertOneHistoryAsync(rig, authors);
    }

    private static async Task AssertOneHistoryAsync(ClusterRig rig, Authors authors)
    {
        Assert.Empty(authors.Refused);
        var histories = new List<List<(string Revision, string RequestId, string Hash)>>();
        foreach (var origin in rig.Origins) histories.Add(await origin.HistoryAsync(Namespace));
        Assert.Equal(histories[0], histories[1]);
        Assert.Equal(histories[0], histories[2]);
        Assert.Equal(histories[0].Count, histories[0].Select(entry => entry.RequestId).Distinct().Count());
        var stands = histories[0].ToDictionary(entry => entry.RequestId, entry => entry.Revision);
        Assert.All(authors.Acknowledged, it => Assert.Equal(it.Revision, stands.GetValueOrDefault(it.RequestId)));
    }
}
