// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Heliograph.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>A connection that has reached its age, between a follower and a real hub: the same parent again, and nothing lost.</summary>
public sealed class RenewalTests : FollowerScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    private static readonly ParentAddress A = MemoryNetwork.Address("a"), B = MemoryNetwork.Address("b");

    private readonly CancellationTokenSource _old = new();
    private int _accepted;

    public RenewalTests() : base(B)
    {
        // The first connection to A grows old when the test says so; later ones never
        _network.Listen(A, async (link, token) =>
        {
            await using var connection = link.Server;
            var renewal = Interlocked.Increment(ref _accepted) == 1 ? _old.Token : CancellationToken.None;
            await _hub.Hub.AcceptAsync(connection, new PeerIdentity("f", PeerKind.Certificate), renewal, token);
        });
    }

    [Fact]
    public async Task It_comes_back_to_the_same_parent_at_once_resumes_and_counts_nothing_lost()
    {
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [A, B], null, Role.Client).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        _clock.Advance(TimeSpan.FromSeconds(5));
        _realm.Beat();
        var second = _realm.Put(Shop, ("a", "2"));
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        await rig.HoldsAsync(second);

        await _old.CancelAsync();
        await Eventually.HoldsAsync(() => _network.LinksTo(A).Count == 2 && rig.Follower.ConnectedParent == A, "a second connection to the same parent"); // the clock stands: it did not wait
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "3")));

        Assert.Empty(_network.LinksTo(B));
        Assert.Equal((2, 1, 0), (rig.Follower.Counts.Sessions, rig.Follower.Counts.Renewed, rig.Follower.Counts.Lost));
        Assert.Equal(1, _network.LinksTo(A)[0].Downward.Count(FrameType.Drain));
        Assert.False(rig.WentBack);
    }

    [Theory]
    [InlineData(0)] // at once, again and again: a parent that makes its followers spin
    [InlineData(30)] // and one that keeps what is new from them
    public async Task A_parent_that_asks_too_soon_or_brought_nothing_fresh_is_left(int lived)
    {
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [A, B], null, Role.Client).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        if (lived > 0)
        {
            _network.LinksTo(A)[0].Cut(); // and so to B, which is cut off in its turn: the next session with A begins with a head that is known
            await _clock.AdvanceUntilAsync(() => rig.Follower.ConnectedParent == B, TimeSpan.FromSeconds(10), "B");
            Interlocked.Exchange(ref _accepted, 0);
            _network.LinksTo(B)[^1].Cut();
            await _clock.AdvanceUntilAsync(() => rig.Follower.ConnectedParent == A, TimeSpan.FromSeconds(10), "A again");
            await Eventually.SettleAsync();
            _clock.Advance(TimeSpan.FromSeconds(lived - 10));
        }
        var before = rig.Follower.Counts.Lost;

        await _old.CancelAsync();

        await _clock.AdvanceUntilAsync(() => rig.Follower.ConnectedParent == B, TimeSpan.FromSeconds(10), "B");
        Assert.Equal((0, before + 1), (rig.Follower.Counts.Renewed, rig.Follower.Counts.Lost));
    }
}
