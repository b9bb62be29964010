// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Heliograph.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>A parent that lies: it is left, nothing of it is ever activated, and what is held goes on.</summary>
public sealed class ByzantineParentTests : IAsyncDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart"), Other = NamespaceName.Parse("shop.other");
    private static readonly ParentAddress Liar = MemoryNetwork.Address("liar"), Honest = MemoryNetwork.Address("honest");

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly MemoryNetwork _network = new();
    private readonly TestRealm _realm;
    private readonly HubRig _hub;

    public ByzantineParentTests()
    {
        _realm = new TestRealm(_clock);
        _hub = new HubRig(_realm, _realm.Anchor, _clock, id: "honest");
        _network.Listen(Honest, _hub.Hub);
    }

    [Fact]
    public async Task A_forged_head_is_left() => await LeftAsync(async peer =>
    {
        using var forger = new TestAuthority(_clock, realm: 2);
        var forged = forger.Put(Shop, ("a", "evil"));
        var head = forger.Sign(signed => signed.LogId = ByteString.CopyFrom(_realm.Anchor.LogId.ToArray()));
        await peer.SendAsync(FrameType.Update, Frames.Update(forged with { Head = head }));
    });

    [Fact]
    public async Task A_head_of_another_log_is_left() => await LeftAsync(async peer =>
    {
        using var elsewhere = new TestAuthority(_clock, realm: 2);
        await peer.SendAsync(FrameType.Update, Frames.Update(elsewhere.Put(Shop, ("a", "evil"))));
    });

    [Fact]
    public async Task A_forged_heartbeat_is_left() => await LeftAsync(async peer =>
    {
        using var elsewhere = new TestAuthority(_clock, realm: 2);
        await peer.SendAsync(FrameType.Freshness, Frames.Freshness(elsewhere.Head));
    });

    [Fact]
    public async Task Old_content_spliced_under_a_new_head_is_left() => await LeftAsync(async peer =>
    {
        var old = _realm.Find(Shop)!;
        _realm.Quietly(authority => authority.Put(Other, ("x", "1")));
        await peer.SendAsync(FrameType.Update, Frames.Update(old with { Head = _realm.NewestHead! }));
    });

    [Fact]
    public async Task A_delta_that_leaves_out_a_change_is_left() => await LeftAsync(async peer =>
    {
        var held = _realm.Find(Shop)!;
        NamespaceVersion? next = null;
        _realm.Quietly(authority => next = authority.Put(Shop, ("a", "2"), ("b", "2")));
        var half = RecordStream.Encode([Heliograph.Core.Merkle.MerkleChange.Set(TestAuthority.KeyOf("a"), "2"u8.ToArray())]);
        await peer.SendAsync(FrameType.Update, new Update(Frames.Update(next!, held)) { Records = ByteString.CopyFrom(half), StreamBytes = (ulong)half.Length });
    });

    [Fact]
    public async Task Another_namespace_under_this_name_is_left() => await LeftAsync(async peer =>
    {
        NamespaceVersion? other = null;
        _realm.Quietly(authority => other = authority.Put(Other, ("a", "evil")));
        await peer.SendAsync(FrameType.Update, new Update(Frames.Update(other!)) { Namespace = Shop.Value });
    });

    [Fact]
    public async Task A_truncated_record_stream_is_left() => await LeftAsync(async peer =>
    {
        NamespaceVersion? next = null;
        _realm.Quietly(authority => next = authority.Put(Shop, ("a", "2")));
        var whole = Frames.Update(next!);
        await peer.SendAsync(FrameType.Update, new Update(whole) { Records = ByteString.CopyFrom(whole.Records.Span[..^1]), StreamBytes = whole.StreamBytes - 1 });
    });

    [Fact]
    public async Task More_records_than_were_announced_are_left() => await LeftAsync(async peer =>
    {
        NamespaceVersion? next = null;
        _realm.Quietly(authority => next = authority.Put(Shop, ("a", "2")));
        await peer.SendAsync(FrameType.Update, new Update(Frames.Update(next!)) { StreamBytes = 1 });
    });

    [Fact]
    public async Task A_chunk_at_the_wrong_offset_is_left() => await LeftAsync(async peer =>
    {
        NamespaceVersion? next = null;
        _realm.Quietly(authority => next = authority.Put(Shop, ("a", "2")));
        var whole = Frames.Update(next!);
        await peer.SendAsync(FrameType.Update, new Update(whole) { Records = ByteString.Empty });
        await peer.SendAsync(FrameType.UpdateChunk, new UpdateChunk { Namespace = Shop.Value, Offset = 1, Records = whole.Records });
    });

    [Theory]
    [InlineData("00000000")]
    [InlineData("7FFFFFFF11")]
    [InlineData("0000000311FFFF")]
    [InlineData("0000000513" + "12038080")]
    [InlineData("0000000511" + "0A02FFFE")] // a name that is not UTF-8
    [InlineData("0000000411" + "0A0141")] // a name outside the grammar
    public async Task Bytes_that_are_no_frames_are_left(string hex) => await LeftAsync(async peer => await peer.SendBytesAsync(Convert.FromHexString(hex)));

    [Fact]
    public async Task Equivocation_is_left() => await LeftAsync(async peer =>
    {
        var twin = _realm.Authority.Sign(head => head.EntryHash = ByteString.CopyFrom(new byte[32]));
        await peer.SendAsync(FrameType.Freshness, Frames.Freshness(twin));
    });

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

    [Fact]
    public async Task A_parent_that_always_sends_a_wrong_base_is_not_asked_faster_and_faster()
    {
        // Given a parent whose every answer is a delta that does not fit
        var held = _realm.Put(Shop, ("a", "1"));
        var later = _realm.Put(Shop, ("a", "2"));
        NamespaceVersion? last = null;
        _realm.Quietly(authority => last = authority.Put(Shop, ("a", "3")));
        _network.Script(Honest, async (peer, _) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            await peer.SendAsync(FrameType.Update, Frames.Update(held));
            while (true)
            {
                await peer.SendAsync(FrameType.Update, Frames.Update(last!, later)); // its base is not what is held
                await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            }
        });
        await using var rig = Rig(Honest).Start(Shop);
        await rig.HoldsAsync(held);

        await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(60));

        var asked = _network.LinksTo(Honest).Sum(link => link.Upward.Count(FrameType.Subscribe));
        Assert.InRange(asked, 3, 9); // at once, then after 2, 4, 8, 16, 32 s
        Assert.Equal(held.Revision, rig.Follower.Find(Shop)!.Revision);
    }

    [Fact]
    public async Task Whatever_a_wire_does_to_the_bytes_only_what_was_signed_is_seen()
    {
        // Given a wire that flips bits now and then, to the only parents there are
        var random = new Random(11);
        _network.Listen(Liar, _hub.Hub);
        var roots = new HashSet<Hash256> { _realm.Put(Shop, ("a", "0"), ("b", "0")).StateRoot };
        _network.OnLink = (_, link) => link.Downward.Alter = bytes =>
        {
            if (random.Next(4) != 0) return bytes;
            var altered = bytes.ToArray();
            altered[random.Next(altered.Length)] ^= (byte)(1 << random.Next(8));
            return altered;
        };
        await using var rig = Rig(Liar, Honest).Start(Shop);

        // When changes come for some minutes
        for (var i = 1; i <= 150; i++)
        {
            roots.Add(_realm.Put(Shop, ("a", $"{i}"), ("b", $"{i}")).StateRoot);
            await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(1));
        }

        // Then readers saw some of them, whole and in order, and nothing else
        Assert.NotEmpty(rig.Changes);
        Assert.All(rig.Changes, version => Assert.Contains(version.StateRoot, roots));
        Assert.False(rig.WentBack);
        Assert.True(rig.IsRunning);
        _network.OnLink = null;
        foreach (var link in _network.LinksTo(Liar).Concat(_network.LinksTo(Honest))) link.Cut();
        var last = _realm.Put(Shop, ("a", "end"), ("b", "end"));
        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Shop)?.Revision == last.Revision, TimeSpan.FromSeconds(120), "level again");
    }

    [Fact]
    public async Task Random_frames_end_the_session_or_are_ignored_and_never_the_follower()
    {
        var held = _realm.Put(Shop, ("a", "1"));
        var random = new Random(5);
        var sessions = 0;
        _network.Script(Honest, async (peer, connection) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            if (connection == 0) await peer.SendAsync(FrameType.Update, Frames.Update(held));
            sessions = connection;
            while (true)
            {
                var body = new byte[random.Next(60)];
                random.NextBytes(body);
                await peer.SendBytesAsync([0, 0, 0, (byte)(body.Length + 1), (byte)random.Next(16, 24), .. body]);
            }
        });
        await using var rig = Rig(Honest).Start(Shop);
        await rig.HoldsAsync(held);

        await _clock.AdvanceUntilAsync(() => sessions >= 40, TimeSpan.FromHours(2), "many sessions", TimeSpan.FromSeconds(15));

        Assert.True(rig.IsRunning);
        Assert.Equal(held.Revision, rig.Follower.Find(Shop)!.Revision);
        Assert.Single(rig.Changes);
    }

    /// <summary>The follower holds a version of an honest parent; then it meets the lie, leaves, and is level again by the honest parent.</summary>
    private async Task LeftAsync(Func<RawPeer, Task> lie)
    {
        var held = _realm.Put(Shop, ("a", "1"), ("b", "1"));
        var isTold = false;
        _network.Script(Liar, async (peer, connection) =>
        {
            await peer.WelcomeAsync(_realm.Anchor.LogId);
            await peer.ReadAsync(FrameType.Subscribe, Subscribe.Parser);
            if (connection > 0) return;
            await peer.SendAsync(FrameType.Update, Frames.Update(held));
            await lie(peer);
            isTold = true;
        });
        await using var rig = Rig(Liar, Honest).Start(Shop);
        await rig.HoldsAsync(held);
        await Eventually.HoldsAsync(() => isTold && rig.Follower.ConnectedParent != Liar, "the liar is left");
        Assert.Equal([held.Revision], rig.Changes.Select(version => version.Revision));

        await _clock.AdvanceUntilAsync(() => rig.Follower.ConnectedParent == Honest, TimeSpan.FromSeconds(5), "the honest parent");
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "honest")));
        Assert.Equal(2, rig.Changes[^1].Records.Count);
        Assert.False(rig.WentBack);
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

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _hub.DisposeAsync();
        _realm.Dispose();
    }
}
