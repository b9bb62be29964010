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

/// <summary>A parent that lies: it is left, nothing of it is ever activated, and what is held goes on.</summary>
public sealed class ByzantineParentTests : FollowerScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart"), Other = NamespaceName.Parse("shop.other");
    private static readonly ParentAddress Liar = MemoryNetwork.Address("liar"), Honest = MemoryNetwork.Address("honest");

    public ByzantineParentTests() : base(Honest, "honest") { }

    [Fact]
    public async Task A_forged_head_is_left() => await FoundOutAsync(async peer =>
    {
        using var forger = new TestAuthority(_clock, realm: 2);
        var forged = forger.Put(Shop, ("a", "evil"));
        var head = forger.Sign(signed => signed.LogId = ByteString.CopyFrom(_realm.Anchor.LogId.ToArray()));
        await peer.SendAsync(FrameType.Update, Frames.Update(forged with { Head = head }));
    });

    [Fact]
    public async Task A_head_of_another_log_is_left() => await FoundOutAsync(async peer =>
    {
        using var elsewhere = new TestAuthority(_clock, realm: 2);
        await peer.SendAsync(FrameType.Update, Frames.Update(elsewhere.Put(Shop, ("a", "evil"))));
    });

    [Fact]
    public async Task A_forged_heartbeat_is_left() => await FoundOutAsync(async peer =>
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
    public async Task A_joined_proof_that_does_not_hold_is_left() => await FoundOutAsync(async peer =>
    {
        var joined = Joined();
        joined.Joined.Proof = ByteString.CopyFrom([.. joined.Joined.Proof.Span[..^1], (byte)(joined.Joined.Proof.Span[^1] ^ 1)]);
        await peer.SendAsync(FrameType.Freshness, joined);
    });

    [Fact]
    public async Task A_joined_proof_about_other_namespaces_than_come_with_it_is_left() => await FoundOutAsync(async peer =>
    {
        var joined = Joined();
        joined.Joined.NamespaceStates.RemoveAt(0);
        await peer.SendAsync(FrameType.Freshness, joined);
    });

    [Fact]
    public async Task A_joined_proof_of_an_older_state_under_a_new_head_is_left() => await FoundOutAsync(async peer =>
    {
        var old = _realm.Find(Shop)!;
        _realm.Quietly(authority => authority.Put(Shop, ("a", "2")));
        var joined = Joined();
        joined.Joined.NamespaceStates[joined.Joined.NamespaceStates.Select(state => NamespaceState(state).Name).ToList().IndexOf(Shop.Value)] = ByteString.CopyFrom(old.StateBytes.Span);
        await peer.SendAsync(FrameType.Freshness, joined);
    });

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
    /// <summary>As <see cref="LeftAsync"/>, and what it was left for is counted: an alert rests on it.</summary>
    private async Task FoundOutAsync(Func<RawPeer, Task> lie) => Assert.Equal(1, await LeftAsync(lie));

    private async Task<long> LeftAsync(Func<RawPeer, Task> lie)
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
        return Enum.GetValues<RefusalCode>().Sum(rig.Follower.Counts.HeadsRefused);
    }

    /// <summary>A good frame of joined proofs, of the namespace that is held and of another.</summary>
    private Freshness Joined()
    {
        _realm.Quietly(authority => authority.Put(Other, ("x", "1")));
        var joined = Core.Replicas.JoinedProofs.Of([_realm.Find(Shop)!, _realm.Find(Other)!]).Single();
        return new Freshness
        {
            SignedHead = ByteString.CopyFrom(joined.Head.Bytes.Span),
            Joined = new Heliograph.Protocol.Wire.JoinedProofs { Proof = ByteString.CopyFrom(joined.Proof.Span), NamespaceStates = { joined.States.Select(state => ByteString.CopyFrom(state.Span)) } },
        };
    }

    private static Core.Wire.NamespaceState NamespaceState(ByteString bytes) => Core.Wire.NamespaceState.Parser.ParseFrom(bytes);

    private FollowerRig Rig(params ParentAddress[] parents) => new(_realm.Anchor, _network, _clock, parents);
}
