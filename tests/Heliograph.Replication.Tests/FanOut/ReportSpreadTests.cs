// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.FanOut;

/// <summary>One change does not bring the reports of all subscribers at once.</summary>
public sealed class ReportSpreadTests : IAsyncDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    private static readonly ParentAddress A = MemoryNetwork.Address("a");

    private readonly FakeTimeProvider _clock = new();
    private readonly MemoryNetwork _network = new();
    private readonly TestRealm _realm;
    private readonly HubRig _hub;

    public ReportSpreadTests()
    {
        _realm = new TestRealm(_clock);
        _realm.Put(Shop, ("a", "1"));
        _hub = new HubRig(_realm, _realm.Anchor, _clock, new FanOutOptions { ServerId = "parent", ServerRole = "relay", ReportsPerSecondMax = 1 });
        _network.Listen(A, _hub.Hub);
    }

    [Fact]
    public async Task A_head_tells_how_far_to_spread_reports_and_so_does_the_one_after_most_have_left()
    {
        // Given five subscribers of a hub that takes one report a second
        await using var stays = await RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, "stays");
        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, $"i{i}")));

        // When heads come, then they tell of 5 s, and of 1 s when four have left
        Assert.Equal(5_000u, await NextSpreadAsync(stays));
        foreach (var other in others) await other.DisposeAsync();
        await Eventually.HoldsAsync(() => _hub.Hub.SubscriberCount == 1, "four have left");
        Assert.Equal(1_000u, await NextSpreadAsync(stays));
    }

    [Fact]
    public async Task With_few_subscribers_a_head_says_that_there_is_nothing_to_spread_rather_than_nothing()
    {
        await using var hub = new HubRig(_realm, _realm.Anchor, _clock);
        await using var only = await RawSubscriber.JoinAsync(hub.Hub, _realm.Anchor.LogId);

        Assert.Equal(1u, await NextSpreadAsync(only)); // 0 would leave an old, long spread in force
    }

    [Fact]
    public async Task A_follower_keeps_its_report_back_until_its_turn_and_no_longer()
    {
        // Given a follower that was told of 21 s
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, $"i{i}")));
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [A]).Start(Shop);
        await _clock.AdvanceUntilAsync(() => ReportedSequence() == 1, TimeSpan.FromSeconds(60), "its first report");
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(22)); // whatever else it had to say is said

        // When a setting changes, then it is applied at once and reported within the spread
        var changed = _realm.Put(Shop, ("a", "2"));
        await rig.HoldsAsync(changed);
        await Eventually.SettleAsync();
        Assert.Equal(1, ReportedSequence());
        var waited = await _clock.AdvanceUntilAsync(() => ReportedSequence() == changed.Revision.Sequence, TimeSpan.FromSeconds(22), "its report");
        Assert.InRange(waited, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(22));
        foreach (var other in others) await other.DisposeAsync();
    }

    private long ReportedSequence() => _hub.Reports.Snapshot().Namespaces is [{ Cohorts: [{ Revision: { } revision }] }] ? (long)revision.Sequence : 0;

    private async Task<uint> NextSpreadAsync(RawSubscriber subscriber)
    {
        _clock.Advance(TimeSpan.FromSeconds(10));
        var head = _realm.Beat();
        Freshness frame;
        do frame = await subscriber.Peer.ReadAsync(FrameType.Freshness, Freshness.Parser);
        while (!frame.SignedHead.Span.SequenceEqual(head.Bytes.Span));
        return frame.ReportIntervalMs;
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _realm.Dispose();
    }
}
