// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>How far apart the clocks of a follower and of the origin are, as the follower can tell.</summary>
public sealed class ClockOffsetTests : FollowerScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    private static readonly ParentAddress A = MemoryNetwork.Address("a");

    public ClockOffsetTests() : base(A) { }

    [Theory]
    [InlineData(-45)]
    [InlineData(90)]
    [InlineData(0)]
    public async Task It_is_known_with_the_first_fresh_head_and_follows_each_one(int seconds)
    {
        var local = new FakeTimeProvider(_clock.GetUtcNow() + TimeSpan.FromSeconds(seconds));
        await using var rig = new FollowerRig(_realm.Anchor, _network, local, [A]);
        Assert.Null(rig.Follower.Freshness.ClockOffset);
        rig.Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        Assert.Equal(TimeSpan.FromSeconds(seconds), rig.Follower.Freshness.ClockOffset);

        // When the origin's clock goes on, and the local one stands
        _clock.Advance(TimeSpan.FromSeconds(10));
        _realm.Beat();
        await Heliograph.Replication.Tests.Support.Eventually.HoldsAsync(() => rig.Follower.Freshness.ClockOffset == TimeSpan.FromSeconds(seconds - 10), "the next head says so");
    }
}
