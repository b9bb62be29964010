// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>When a follower tries again, and where.</summary>
public sealed class RetryTests : FollowerScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    private static readonly ParentAddress A = MemoryNetwork.Address("a"), B = MemoryNetwork.Address("b"), C = MemoryNetwork.Address("c");

    public RetryTests() : base(B) => _realm.Put(Shop, ("a", "1"));

    [Fact]
    public async Task A_hostile_drain_silences_no_one_for_longer_than_two_minutes()
    {
        _network.Script(A, async (peer, _) =>
        {
            await peer.ReadAsync(FrameType.Hello, Hello.Parser);
            await peer.SendAsync(FrameType.Drain, new Drain { NotBeforeMs = uint.MaxValue, Alternates = { "tls://nowhere:1", "no address" } });
        });
        await using var rig = Rig(A, B).Start(Shop);
        await Eventually.HoldsAsync(() => _network.LinksTo(A) is [{ IsLeft: true }], "the first is left");

        var took = await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop) is not null, TimeSpan.FromSeconds(125), "the second parent serves");

        Assert.InRange(took, TimeSpan.FromSeconds(119), TimeSpan.FromSeconds(122));
    }

    [Fact]
    public async Task Parents_that_send_each_others_followers_away_at_once_do_not_make_them_spin()
    {
        foreach (var parent in (ParentAddress[])[A, B])
            _network.Script(parent, async (peer, _) =>
            {
                await peer.ReadAsync(FrameType.Hello, Hello.Parser);
                await peer.SendAsync(FrameType.Drain, new Drain());
            });
        await using var rig = Rig(A, B).Start(Shop);

        await _clock.AdvanceInStepsAsync(TimeSpan.FromMinutes(5));

        Assert.InRange(_network.Dials, 8, 60);
    }

    [Fact]
    public async Task The_rate_of_retries_never_grows_and_ends_at_one_in_ten_seconds()
    {
        _network.StopListening(B);
        await using var rig = Rig(A, B).Start(Shop);

        var perMinute = new List<int>();
        for (var minute = 0; minute < 20; minute++)
        {
            var before = _network.Dials;
            for (var step = 0; step < 240; step++)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(250));
                await Task.Yield();
                if (step % 20 == 0) await Eventually.SettleAsync();
            }
            perMinute.Add(_network.Dials - before);
        }

        Assert.InRange(perMinute[0], 4, 40);
        Assert.All(perMinute.Skip(2), dials => Assert.InRange(dials, 0, 30)); // waits are drawn between 0 and 10 s
        Assert.InRange(perMinute.Skip(2).Average(), 6, 18);
    }

    [Fact]
    public void Waits_are_drawn_under_a_ceiling_that_doubles_and_that_only_a_long_connection_resets()
    {
        var options = Options(A, B);
        for (var seed = 0; seed < 200; seed++)
        {
            var rotation = new ParentRotation(options, new Random(seed));
            for (var failure = 0; failure < 12; failure++)
                Assert.InRange(rotation.Fail(TimeSpan.FromSeconds(59)).TotalMilliseconds, 0, Math.Min(10_000, 250 * Math.Pow(2, failure)));
            Assert.InRange(rotation.Fail(TimeSpan.FromSeconds(60)).TotalMilliseconds, 0, 250);
        }
    }

    [Fact]
    public void Each_failure_goes_to_the_next_parent_round_and_round()
    {
        var rotation = new ParentRotation(Options(A, B, C), new Random(1));
        var visited = new List<ParentAddress> { rotation.Current };
        for (var i = 0; i < 3; i++)
        {
            rotation.Fail(TimeSpan.Zero);
            visited.Add(rotation.Current);
        }

        Assert.Equal([A, B, C, A], visited);
    }

    [Fact]
    public void A_drain_without_an_alternate_of_the_own_list_goes_to_the_next()
    {
        var rotation = new ParentRotation(Options(A, B, C), new Random(1));

        Assert.Equal(TimeSpan.FromSeconds(5), rotation.Drain(TimeSpan.FromHours(1), ["tls://x:1", A.Address.OriginalString], TimeSpan.FromSeconds(5)));
        Assert.Equal(B, rotation.Current);
        Assert.Equal(TimeSpan.FromMinutes(2), rotation.Drain(TimeSpan.FromHours(1), [A.Address.OriginalString], TimeSpan.MaxValue));
        Assert.Equal(A, rotation.Current);
    }

    private static FollowerOptions Options(params ParentAddress[] parents) => new() { Parents = parents, Role = Role.Client, Instance = new Instance { Id = "i" } };

    private FollowerRig Rig(params ParentAddress[] parents) => new(_realm.Anchor, _network, _clock, parents);
}
