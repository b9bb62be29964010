// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Heliograph.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>A parent that says what was once true, or holds back what is: nothing goes back in time, and nobody refuses for longer than he must.</summary>
public sealed class ReplayTests : FollowerScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart"), Other = NamespaceName.Parse("shop.other");
    private static readonly ParentAddress Liar = MemoryNetwork.Address("liar"), Honest = MemoryNetwork.Address("honest");

    public ReplayTests() : base(Honest, "honest") { }

    [Fact]
    public async Task A_replay_of_the_past_changes_nothing()
    {
        var past = _realm.Put(Shop, ("a", "past"));
        var held = _realm.Put(Shop, ("a", "present"));
        var frames = 0;
        _network.Script(Liar, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            await peer.SendAsync(FrameType.Update, Frames.Update(held));
            await peer.SendAsync(FrameType.Update, Frames.Update(past));
            await peer.SendAsync(FrameType.Freshness, Frames.Freshness(past.Head, past));
            frames++;
        });
        await using var rig = Rig(Liar, Honest).Start(Shop);
        await rig.HoldsAsync(held);
        await Eventually.HoldsAsync(() => frames == 1, "the replay");
        await Eventually.SettleAsync();

        Assert.Equal([held.Revision], rig.Changes.Select(version => version.Revision));
        Assert.Equal(held.Revision, rig.Follower.NewestHead!.Revision);
    }

    [Fact]
    public async Task A_refusal_is_over_when_what_is_held_is_proven_to_be_the_newest()
    {
        // Given a follower that was sent the past, and refused it
        var past = _realm.Put(Shop, ("a", "past"));
        var held = _realm.Put(Shop, ("a", "present"));
        var hasCaughtUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _network.Script(Honest, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            await peer.SendAsync(FrameType.Update, Frames.Update(held));
            await peer.SendAsync(FrameType.Update, Frames.Update(past));
            await hasCaughtUp.Task;
            await peer.SendAsync(FrameType.Freshness, Frames.Freshness(_realm.Beat(), held));
        });
        await using var rig = Rig(Honest).Start(Shop);
        await Eventually.HoldsAsync(() => rig.Follower.RefusedCount == 1, "the refusal");
        var changes = 0;
        using var watching = rig.Follower.OwnReport.Observe(() => changes++);

        // When the parent has caught up
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        hasCaughtUp.SetResult();

        // Then nothing is refused any more, and the report says so
        await Eventually.HoldsAsync(() => rig.Follower.RefusedCount == 0, "it is over");
        await Eventually.HoldsAsync(() => changes > 0, "the report has changed");
    }

    [Fact]
    public async Task What_a_liar_claims_to_be_newer_is_refused_no_longer_than_until_an_honest_parent_proves_what_is_held()
    {
        // Given a follower that was sent what another log says, under a revision far above its own
        using var elsewhere = new TestAuthority(_clock, realm: 2);
        var claimed = elsewhere.Put(Shop, ("a", "evil"));
        for (var i = 0; i < 50; i++) claimed = elsewhere.Put(Shop, ("a", $"evil {i}"));
        var held = _realm.Put(Shop, ("a", "1"));
        _network.Script(Liar, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            await peer.SendAsync(FrameType.Update, Frames.Update(held));
            await peer.SendAsync(FrameType.Update, Frames.Update(claimed));
        });
        await using var rig = Rig(Liar, Honest).Start(Shop);
        await Eventually.HoldsAsync(() => rig.Follower.RefusedCount == 1, "the refusal");

        await _clock.AdvanceUntilAsync(() => rig.Follower.RefusedCount == 0, TimeSpan.FromSeconds(20), "the honest parent's proof", TimeSpan.FromMilliseconds(250));

        Assert.Equal(held.Revision, rig.Follower.Find(Shop)!.Revision);
    }

    [Fact]
    public async Task A_long_update_kept_back_does_not_take_a_namespace_back_in_time()
    {
        // Given a parent that sends most of an old snapshot, then a new one whole, and then the rest of the old one
        var old = _realm.Put(Shop, ("a", "old"));
        var current = _realm.Put(Shop, ("a", "current"));
        var begun = Frames.Update(old);
        _network.Script(Liar, async (peer, connection) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            if (connection > 0) return;
            await peer.SendAsync(FrameType.Update, new Update(begun) { Records = ByteString.Empty });
            await peer.SendAsync(FrameType.Update, Frames.Update(current));
            await peer.SendAsync(FrameType.UpdateChunk, new UpdateChunk { Namespace = Shop.Value, Records = begun.Records });
            _clock.Advance(TimeSpan.FromSeconds(1));
            await peer.SendAsync(FrameType.Freshness, Frames.Freshness(_realm.Beat()));
        });

        await using var rig = Rig(Liar, Honest).Start(Shop);
        await Eventually.HoldsAsync(() => rig.Heads.Any(head => head.IssuedAt > current.Head.IssuedAt), "all of it");

        Assert.Equal(current.Revision, rig.Follower.Find(Shop)!.Revision);
        Assert.False(rig.WentBack);
    }

    [Fact]
    public async Task A_deletion_without_proof_changes_nothing()
    {
        var held = _realm.Put(Shop, ("a", "1"));
        _realm.Put(Other, ("x", "1"));
        using var elsewhere = new TestAuthority(_clock, realm: 2);
        var presence = ByteString.CopyFrom(_realm.Authority.Prove(Shop));
        var otherAbsence = ByteString.CopyFrom(_realm.Authority.Prove(NamespaceName.Parse("not.there")));
        var head = ByteString.CopyFrom(_realm.NewestHead!.Bytes.Span);
        Refused[] lies =
        [
            new() { Code = "deleted" },
            new() { Code = "deleted", SignedHead = head },
            new() { Code = "deleted", SignedHead = head, AbsenceProof = presence },
            new() { Code = "deleted", SignedHead = head, AbsenceProof = otherAbsence },
            new() { Code = "deleted", SignedHead = ByteString.CopyFrom(elsewhere.Head.Bytes.Span), AbsenceProof = ByteString.CopyFrom(elsewhere.Prove(Shop)) }, // true elsewhere
            new() { Code = "not_found" },
            new() { Code = "not_authorized" },
        ];
        await ToldAsync(held, lies, () => { });
    }

    [Fact]
    public async Task A_deletion_of_long_ago_changes_nothing()
    {
        // Given proofs of the time before the namespace was there, and of its absence under a head that has expired
        var before = (_realm.NewestHead!, _realm.Authority.Prove(Shop));
        var held = _realm.Put(Shop, ("a", "1"));
        var lie = new Refused { Code = "deleted", SignedHead = ByteString.CopyFrom(before.Item1.Bytes.Span), AbsenceProof = ByteString.CopyFrom(before.Item2) };

        await ToldAsync(held, [lie], () => { });
    }

    [Fact]
    public async Task A_deletion_under_an_expired_head_changes_nothing()
    {
        var held = _realm.Put(Shop, ("a", "1"));
        Refused? late = null;
        _realm.Quietly(authority =>
        {
            authority.Lifetime = TimeSpan.FromSeconds(1);
            var head = authority.Delete(Shop);
            late = new Refused { Code = "deleted", SignedHead = ByteString.CopyFrom(head.Bytes.Span), AbsenceProof = ByteString.CopyFrom(authority.Prove(Shop)) };
        });

        await ToldAsync(held, [late!], () => _clock.Advance(TimeSpan.FromSeconds(1)));
    }

    /// <summary>Tells a follower lies about a namespace that it holds; it keeps the parent and the namespace.</summary>
    private async Task ToldAsync(NamespaceVersion held, Refused[] lies, Action before)
    {
        _network.Script(Honest, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            await peer.SendAsync(FrameType.Update, Frames.Update(held));
            await peer.ReadAsync(FrameType.Status, Heliograph.Protocol.Wire.Status.Parser);
            before();
            foreach (var lie in lies) await peer.SendAsync(FrameType.Refused, new Refused(lie) { Namespace = Shop.Value });
        });
        var store = new MemoryReplicaStore();
        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [Honest], store).Start(Shop);
        await rig.HoldsAsync(held);
        await _clock.AdvanceUntilAsync(() => rig.Gone.Count == lies.Length, TimeSpan.FromSeconds(5), "all lies", TimeSpan.FromMilliseconds(100));

        Assert.DoesNotContain(rig.Gone, gone => gone.Code == "deleted");
        Assert.Equal(held.Revision, rig.Follower.Find(Shop)!.Revision);
        Assert.Equal(held.Revision, store.Stored(Shop)!.Revision);
    }

    private FollowerRig Rig(params ParentAddress[] parents) => new(_realm.Anchor, _network, _clock, parents);
}
