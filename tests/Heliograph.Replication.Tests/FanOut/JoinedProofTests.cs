// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Xunit;
using FreshnessFrame = Heliograph.Protocol.Wire.Freshness;
using JoinedProofs = Heliograph.Core.Replicas.JoinedProofs;

namespace Heliograph.Replication.Tests.FanOut;

/// <summary>Proofs on a stream of many namespaces travel joined, to those who take them so.</summary>
public sealed class JoinedProofTests : FollowerScene
{
    private static readonly ParentAddress Top = MemoryNetwork.Address("top"), Middle = MemoryNetwork.Address("middle");

    public JoinedProofTests() : base(Top) { }

    [Fact]
    public async Task A_stream_of_more_than_64_namespaces_gets_them_in_a_few_frames_and_a_narrower_one_each_alone()
    {
        // Given two streams, of 200 namespaces and of 64, in step
        var versions = Fill(200);
        await using var wide = await JoinAsync("wide", takesJoined: true);
        await using var narrow = await JoinAsync("narrow", takesJoined: true);
        await SubscribeAsync(wide, versions);
        await SubscribeAsync(narrow, versions[..64]);

        // When they ask for proofs of everything
        await wide.Peer.SendAsync(FrameType.ProofRequest, new ProofRequest());
        await narrow.Peer.SendAsync(FrameType.ProofRequest, new ProofRequest());
        await _clock.AdvanceUntilAsync(() => Proven(wide).Count >= 200 && Proven(narrow).Count >= 64, TimeSpan.FromSeconds(1), "the proofs", TimeSpan.FromMilliseconds(10));

        // Then each namespace is proven under the newest head, by far fewer bytes
        var frames = FreshnessOf(wide).Where(frame => frame.Joined is not null).ToList();
        Assert.All(versions, version => Assert.Contains(version.Name, Proven(wide)));
        Assert.InRange(frames.Count, 2, 4); // 128 and 72, gathered in one go or two
        Assert.All(frames, frame => Assert.Equal(_realm.NewestHead!.Bytes.ToArray(), frame.SignedHead.ToByteArray()));
        Assert.Equal(64, FreshnessOf(narrow).Count(frame => frame.Proofs.Count == 1));
        Assert.DoesNotContain(FreshnessOf(narrow), frame => frame.Joined is not null);
        Assert.InRange(frames.Sum(frame => frame.CalculateSize()) / 200, 1, FreshnessOf(narrow).Where(frame => frame.Proofs.Count == 1).Average(frame => frame.CalculateSize()) / 3);
    }

    [Fact]
    public async Task Whoever_does_not_say_that_it_takes_them_gets_each_alone()
    {
        var versions = Fill(100);
        await using var old = await JoinAsync("old", takesJoined: false);
        await SubscribeAsync(old, versions);

        await old.Peer.SendAsync(FrameType.ProofRequest, new ProofRequest());
        await _clock.AdvanceUntilAsync(() => Proven(old).Count >= 100, TimeSpan.FromSeconds(1), "the proofs", TimeSpan.FromMilliseconds(10));

        Assert.DoesNotContain(FreshnessOf(old), frame => frame.Joined is not null);
    }

    [Fact]
    public async Task A_namespace_behind_is_left_out_and_gets_its_update()
    {
        var versions = Fill(100);
        await using var wide = await JoinAsync("wide", takesJoined: true);
        await SubscribeAsync(wide, versions);

        _realm.Quietly(authority => authority.Put(versions[7].Name, ("a", "changed without a word"))); // the hub's version is behind the source's
        await wide.Peer.SendAsync(FrameType.ProofRequest, new ProofRequest());
        await _clock.AdvanceUntilAsync(() => Proven(wide).Count >= 99, TimeSpan.FromSeconds(1), "the other proofs", TimeSpan.FromMilliseconds(10));

        Assert.DoesNotContain(versions[7].Name, Proven(wide));
    }

    [Fact]
    public async Task They_keep_a_follower_fresh_through_a_tier_between_that_joins_them_anew()
    {
        // Given a follower of eighty namespaces below a relay that follows a hundred and twenty
        var versions = Fill(120);
        await using var relay = new FollowerRig(_realm.Anchor, _network, _clock, [Top], role: Role.Relay, id: "middle").Start([.. versions.Select(version => version.Name)]);
        await using var hub = new HubRig(relay.Follower, _realm.Anchor, _clock, id: "middle");
        _network.Listen(Middle, hub.Hub);
        await using var leaf = new FollowerRig(_realm.Anchor, _network, _clock, [Middle], id: "leaf").Start([.. versions[..80].Select(version => version.Name)]);
        foreach (var version in versions[..80]) await leaf.HoldsAsync(version);

        // When nothing changes for three minutes but the head
        for (var i = 0; i < 18; i++)
        {
            _realm.Beat();
            await _clock.AdvanceInStepsAsync(TimeSpan.FromSeconds(10));
        }

        // Then nothing is stale, and it was joined proofs that kept it so, on both links
        Assert.All(versions[..80], version => Assert.False(leaf.Follower.Freshness.IsStaleFor(version.Name)));
        Assert.All((ParentAddress[])[Top, Middle], at => Assert.Contains(_network.LinksTo(at).SelectMany(link => link.Downward.Frames), frame => frame.Type == FrameType.Freshness && FreshnessFrame.Parser.ParseFrom(frame.Message).Joined is not null));
        Assert.All(versions[..80], version => Assert.True(leaf.Follower.Find(version.Name)!.Head.IssuedAt > version.Head.IssuedAt));
    }

    private NamespaceVersion[] Fill(int count)
    {
        for (var i = 0; i < count; i++) _realm.Put(Name(i), ("a", $"{i}"));
        return [.. Enumerable.Range(0, count).Select(i => _realm.Find(Name(i))!)];
    }

    private static NamespaceName Name(int i) => NamespaceName.Parse($"shop.n{i}");

    private async Task<RawSubscriber> JoinAsync(string id, bool takesJoined)
    {
        var subscriber = RawSubscriber.Connect(_hub.Hub, id);
        var hello = RawPeer.HelloOf(_realm.Anchor.LogId, id);
        hello.TakesJoinedProofs = takesJoined;
        await subscriber.Peer.SendAsync(FrameType.Hello, hello);
        await subscriber.Peer.ReadAsync(FrameType.Welcome, Welcome.Parser);
        return subscriber;
    }

    /// <summary>Subscribes to all from nothing: until the updates have come, no proof is due.</summary>
    private static async Task SubscribeAsync(RawSubscriber subscriber, NamespaceVersion[] versions)
    {
        foreach (var version in versions) await subscriber.Peer.SubscribeAsync(version.Name);
        for (var i = 0; i < versions.Length; i++) await subscriber.Peer.ReadAsync(FrameType.Update, Update.Parser);
    }

    private static List<FreshnessFrame> FreshnessOf(RawSubscriber subscriber) =>
        [.. subscriber.Link.Downward.Frames.Where(frame => frame.Type == FrameType.Freshness).Select(frame => FreshnessFrame.Parser.ParseFrom(frame.Message))];

    /// <summary>Names that a stream was shown a good proof of, each checked against the head that came with it.</summary>
    private static HashSet<NamespaceName> Proven(RawSubscriber subscriber)
    {
        var proven = new HashSet<NamespaceName>();
        foreach (var frame in FreshnessOf(subscriber))
        {
            var root = new Hash256(Core.Wire.Head.Parser.ParseFrom(Core.Wire.SignedHead.Parser.ParseFrom(frame.SignedHead).Head).DirectoryRoot.Span);
            foreach (var alone in frame.Proofs) Check(alone.NamespaceState, alone.Proof.Memory);
            if (frame.Joined is not { } joined) continue;
            var states = joined.NamespaceStates.Select(state => state.Memory).ToList();
            Assert.True(JoinedProofs.TrySplit([.. joined.NamespaceStates.Select(NameOf)], states, joined.Proof.Span, out var apart, out var error), error);
            foreach (var (state, proof) in joined.NamespaceStates.Zip(apart)) Check(state, proof);

            void Check(ByteString state, ReadOnlyMemory<byte> proof)
            {
                Assert.True(MerkleProof.Parse(proof.Span).VerifiesMembership(root, System.Text.Encoding.UTF8.GetBytes(NameOf(state).Value), state.Span));
                proven.Add(NameOf(state));
            }
        }
        return proven;
    }

    private static NamespaceName NameOf(ByteString state) => NamespaceName.Parse(Core.Wire.NamespaceState.Parser.ParseFrom(state).Name);
}
