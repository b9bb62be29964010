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

/// <summary>How sessions begin and end, and how long a follower waits.</summary>
public sealed class SessionTests : FollowerScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    private static readonly ParentAddress A = MemoryNetwork.Address("a"), B = MemoryNetwork.Address("b"), C = MemoryNetwork.Address("c");

    public SessionTests() : base(B) => _realm.Put(Shop, ("a", "1"));

    [Fact]
    public async Task The_hello_says_who_it_is_and_what_it_is_pinned_to()
    {
        var hello = new TaskCompletionSource<Hello>();
        _network.Script(A, async (peer, _) => hello.TrySetResult(await peer.WelcomeAsync(_realm.Anchor.LogId)));
        var options = new FollowerOptions { Parents = [A], Role = Role.Agent, Instance = new Instance { Id = "agent-9", Zone = "z1" }, BearerToken = "secret"u8.ToArray() };
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [A], options: options).Start();

        var said = await hello.Task.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1u, 1u, Role.Agent, "agent-9", "secret"), (said.ProtocolMin, said.ProtocolMax, said.Role, said.Instance.Id, said.BearerToken.ToStringUtf8()));
        Assert.Equal(_realm.Anchor.LogId.ToArray(), said.LogId.ToByteArray());
    }

    [Fact]
    public async Task A_parent_that_does_not_answer_the_hello_is_left_at_the_deadline()
    {
        _network.Script(A, (_, _) => Task.CompletedTask);
        await using var rig = Rig(A, B).Start(Shop);
        await Eventually.HoldsAsync(() => _network.LinksTo(A).Count == 1 && _network.LinksTo(A)[0].Upward.Count(FrameType.Hello) == 1, "the hello");

        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(9));
        Assert.Empty(_network.LinksTo(B));

        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop) is not null, TimeSpan.FromSeconds(19), "the other parent serves"); // before it were stale; the clock runs ahead of a busy machine
    }

    [Fact]
    public async Task A_connection_that_breaks_while_the_follower_is_told_to_stop_is_no_failure()
    {
        using var stop = new CancellationTokenSource();
        var dialer = new BreakingDialer();
        await using var rig = new FollowerRig(_realm.Anchor, dialer, _clock, [A]);
        var running = rig.Follower.RunAsync(stop.Token);
        await dialer.Dialled.Task.WaitAsync(TestContext.Current.CancellationToken);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Says that it broke where it was told to stop, as transports do.</summary>
    private sealed class BreakingDialer : IDialer
    {
        public TaskCompletionSource Dialled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken)
        {
            Dialled.TrySetResult();
            await Task.WhenAny(Task.Delay(Timeout.Infinite, cancellationToken));
            throw new IOException("The other side is gone.");
        }
    }

    [Fact]
    public async Task A_parent_that_answers_with_something_else_is_left() => await PassedOverAsync(async peer =>
    {
        await peer.ReadAsync(FrameType.Hello, Hello.Parser);
        await peer.SendAsync(FrameType.Freshness, Frames.Freshness(_realm.NewestHead!));
    });

    [Fact]
    public async Task A_parent_that_refuses_is_left() => await PassedOverAsync(async peer =>
    {
        await peer.ReadAsync(FrameType.Hello, Hello.Parser);
        await peer.SendAsync(FrameType.Refused, new Refused { Code = "protocol", Detail = "too old" });
    });

    [Fact]
    public async Task A_parent_that_chooses_a_version_that_was_not_offered_is_left() => await PassedOverAsync(async peer =>
    {
        await peer.ReadAsync(FrameType.Hello, Hello.Parser);
        await peer.SendAsync(FrameType.Welcome, new Welcome { Protocol = 2, LogId = ByteString.CopyFrom(_realm.Anchor.LogId.ToArray()) });
    });

    [Fact]
    public async Task A_parent_of_another_log_is_left_before_anything_is_said() => await PassedOverAsync(async peer =>
    {
        await peer.ReadAsync(FrameType.Hello, Hello.Parser);
        await peer.SendAsync(FrameType.Welcome, new Welcome { Protocol = 1, LogId = ByteString.CopyFrom(new byte[32]) });
        await Assert.ThrowsAsync<IOException>(() => peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser));
    });

    [Fact]
    public async Task A_hub_of_another_log_refuses_and_the_follower_goes_on_elsewhere()
    {
        using var otherRealm = new TestRealm(_clock, realm: 2);
        await using var other = new HubRig(otherRealm, otherRealm.Anchor, _clock);
        _network.Listen(A, other.Hub);
        await using var rig = Rig(A, B).Start(Shop);

        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop) is not null, TimeSpan.FromSeconds(5), "the right parent serves", TimeSpan.FromMilliseconds(100));

        Assert.Equal(1, _network.LinksTo(A)[0].Downward.Count(FrameType.Refused));
        Assert.Equal(0, _network.LinksTo(A)[0].Upward.Count(FrameType.Subscribe));
    }

    [Fact]
    public async Task A_dead_wire_is_noticed_and_left_for_another_parent()
    {
        // Given a follower of two parents whose wire to the first dies without a word
        await using var first = new HubRig(_realm, _realm.Anchor, _clock);
        _network.Listen(A, first.Hub);
        await using var rig = Rig(A, B).Start(Shop);
        await Eventually.HoldsAsync(() => rig.Follower.Find(Shop) is not null, "level");
        _network.LinksTo(A)[0].GoSilent();

        // When heartbeats do not come any more
        var version = _realm.Put(Shop, ("a", "2"));
        var took = await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop)!.Revision == version.Revision, TimeSpan.FromSeconds(60), "level by the other parent");

        Assert.InRange(took, TimeSpan.FromSeconds(29), TimeSpan.FromSeconds(35));
        Assert.Equal(B, rig.Follower.ConnectedParent);
    }

    [Fact]
    public async Task A_dead_wire_to_the_only_parent_is_left_for_a_new_one()
    {
        await using var rig = Rig(B).Start(Shop);
        await Eventually.HoldsAsync(() => rig.Follower.Find(Shop) is not null, "level");
        _network.LinksTo(B)[0].GoSilent();
        var version = _realm.Put(Shop, ("a", "2"));

        var took = await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop)!.Revision == version.Revision, TimeSpan.FromMinutes(3), "level again");

        Assert.InRange(took, TimeSpan.FromSeconds(118), TimeSpan.FromSeconds(125));
    }

    [Fact]
    public async Task A_drain_is_obeyed_and_goes_to_the_alternate_that_the_own_list_names()
    {
        // Given three parents, of which the first drains towards the third and a stranger
        await using var third = new HubRig(_realm, _realm.Anchor, _clock);
        _network.Listen(C, third.Hub);
        var stranger = MemoryNetwork.Address("stranger");
        _network.Script(stranger, (_, _) => throw new InvalidOperationException("The follower came to a stranger."));
        _network.Script(A, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.SendAsync(FrameType.Drain, new Drain { NotBeforeMs = 20_000, Alternates = { stranger.Address.OriginalString, C.Address.OriginalString } });
        });
        await using var rig = Rig(A, B, C).Start(Shop);
        await Eventually.HoldsAsync(() => _network.LinksTo(A) is [{ IsLeft: true }], "the first is left");

        // Then it waits as asked, and goes there
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(19));
        Assert.Null(rig.Follower.Find(Shop));
        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop) is not null, TimeSpan.FromSeconds(3), "the third parent serves");
        Assert.Equal(C, rig.Follower.ConnectedParent);
        Assert.Empty(_network.LinksTo(stranger));
    }

    [Fact]
    public async Task A_session_that_cannot_subscribe_is_given_up_and_begun_anew()
    {
        // Given a store that fails, once, in a way that it never should
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [B], store: new OnceBrokenStore()).Start(Shop);

        // Then the session does not live on without its subscriptions
        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop) is not null, TimeSpan.FromSeconds(5), "the next session subscribes", TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_subscription_that_nobody_answers_is_sent_again()
    {
        // Given a parent that lives, and loses the first subscription
        var subscriptions = 0;
        _network.Script(A, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            while (true)
            {
                await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
                if (++subscriptions > 1) await peer.SendAsync(FrameType.Update, Frames.Update(_realm.Find(Shop)!));
            }
        });
        await using var rig = Rig(A).Start(Shop);

        // Then it is asked again, and once it has answered, not before its word grows old
        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop) is not null, TimeSpan.FromSeconds(32), "the second subscription");
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(2, subscriptions);
    }

    [Fact]
    public async Task A_long_update_that_begins_where_the_follower_stands_is_not_begun_anew_for_what_was_refused_before()
    {
        // Given a parent whose deltas did not fit, so that the follower will say again where it stands
        var (held, later) = (_realm.Find(Shop)!, _realm.Put(Shop, ("a", "2")));
        var last = _realm.Put(Shop, ("a", "3"));
        var (subscriptions, isBegun, mayEnd) = (0, false, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _network.Script(A, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            await peer.SendAsync(FrameType.Update, Frames.Update(held));
            await peer.SendAsync(FrameType.Update, Frames.Update(last, later));
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            await peer.SendAsync(FrameType.Update, Frames.Update(last, later)); // on its way before the parent heard
            await peer.SendAsync(FrameType.Update, new Update(Frames.Update(last)) { Records = ByteString.Empty });
            isBegun = true;
            await mayEnd.Task;
            await peer.SendAsync(FrameType.UpdateChunk, new UpdateChunk { Namespace = Shop.Value, Records = Frames.Update(last).Records });
            while (true)
            {
                await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
                subscriptions++;
            }
        });
        await using var rig = Rig(A).Start(Shop);
        await Eventually.HoldsAsync(() => isBegun, "what fits has begun");

        // When it takes longer than that wait
        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(25));
        mayEnd.SetResult();

        // Then it arrives all the same
        await Eventually.HoldsAsync(() => rig.Follower.Find(Shop)!.Revision == last.Revision, "the whole of it");
        Assert.Equal(0, subscriptions);
    }

    [Fact]
    public void A_follower_needs_a_parent() => Assert.Throws<ArgumentException>(() => new FollowerRig(_realm.Anchor, _network, _clock, []));

    [Fact]
    public async Task A_slow_link_that_takes_minutes_for_a_snapshot_gets_through()
    {
        // Given 4 MiB over a link that passes 16 KiB a second, and another parent that beckons
        var large = NamespaceName.Parse("shop.large");
        var version = _realm.Put(large, [.. Enumerable.Range(0, 64).Select(i => ($"k{i}", (string?)new string((char)('a' + (i % 26)), 64 << 10)))]);
        await using var slow = new HubRig(_realm, _realm.Anchor, _clock, new Replication.FanOut.FanOutOptions { ServerId = "slow", ServerRole = "relay", SnapshotBytesPerSecondMin = 8 << 10 });
        _network.Listen(A, slow.Hub);
        _network.OnLink = (address, link) =>
        {
            if (address == A.Address) link.Downward.Allowance = 0;
        };
        await using var rig = Rig(A, B).Start(large);

        // When heartbeats go on meanwhile
        var seconds = 0;
        while (rig.Follower.Find(large) is null && seconds++ < 400)
        {
            foreach (var link in _network.LinksTo(A)) link.Downward.Allow(16 << 10);
            _clock.Advance(TimeSpan.FromSeconds(1));
            if (seconds % 10 == 0) _realm.Beat();
            await Eventually.SettleAsync();
        }

        // Then it arrives in one go
        Assert.InRange(seconds, 200, 320);
        Assert.Equal(version.StateRoot, rig.Follower.Find(large)!.StateRoot);
        Assert.Single(_network.LinksTo(A));
        Assert.Empty(_network.LinksTo(B));
    }

    private async Task PassedOverAsync(Func<RawPeer, Task> script)
    {
        _network.Script(A, (peer, _) => script(peer));
        await using var rig = Rig(A, B).Start(Shop);

        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop) is not null, TimeSpan.FromSeconds(5), "the next parent serves", TimeSpan.FromMilliseconds(100));

        Assert.Equal(B, rig.Follower.ConnectedParent);
        Assert.Equal(0, _network.LinksTo(A)[0].Upward.Count(FrameType.Subscribe));
    }

    private sealed class OnceBrokenStore : IReplicaStore
    {
        private readonly MemoryReplicaStore _kept = new();
        private bool _wasBroken;

        public ValueTask<StoredReplica?> LoadAsync(NamespaceName name, Func<NamespaceVersion, Core.Replicas.Refusal?> check, CancellationToken cancellationToken)
        {
            if (_wasBroken) return _kept.LoadAsync(name, check, cancellationToken);
            _wasBroken = true;
            throw new InvalidOperationException("A bug of the store.");
        }

        public ValueTask PersistAsync(NamespaceVersion? previous, NamespaceVersion next, CancellationToken cancellationToken) => _kept.PersistAsync(previous, next, cancellationToken);

        public ValueTask RemoveAsync(NamespaceName name, Core.Heads.SignedHead head, CancellationToken cancellationToken) => _kept.RemoveAsync(name, head, cancellationToken);

        public ValueTask<Core.Heads.RealmTrust> LoadTrustAsync(Core.Heads.RealmTrust pinned, CancellationToken cancellationToken) => _kept.LoadTrustAsync(pinned, cancellationToken);

        public ValueTask PersistTrustAsync(Core.Heads.RealmTrust trust, CancellationToken cancellationToken) => _kept.PersistTrustAsync(trust, cancellationToken);

        public ValueTask<IReadOnlyList<NamespaceName>> ListAsync(CancellationToken cancellationToken) => _kept.ListAsync(cancellationToken);
    }

    private FollowerRig Rig(params ParentAddress[] parents) => new(_realm.Anchor, _network, _clock, parents);
}
