// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Heliograph.Replication.Tests.SnapshotFiles;
using Heliograph.Replication.Tests.Support;
using Heliograph.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>Roots and transitions on their way: origin, relay, client over a wire in memory.</summary>
public sealed class TrustTests : IAsyncDisposable
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    private static readonly ParentAddress Origin = MemoryNetwork.Address("origin"), Relay = MemoryNetwork.Address("relay");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly MemoryNetwork _network = new();
    private readonly TestCeremony _ceremony = new();
    private readonly TestRealm _realm;
    private readonly TrustCell _trust;
    private readonly HubRig _hub;

    public TrustTests()
    {
        var anchor = _ceremony.First();
        _realm = new TestRealm(_clock, anchor: anchor);
        _realm.Authority.Signer = _ceremony.Signer("head-1");
        _trust = new TrustCell(anchor);
        _hub = new HubRig(_realm, anchor, _clock, id: "origin", trust: _trust);
        _network.Listen(Origin, _hub.Hub);
    }

    [Fact]
    public async Task A_root_goes_down_every_tier_before_the_first_head_under_it_and_is_kept()
    {
        var (relayStore, clientStore) = (new MemoryReplicaStore(), new MemoryReplicaStore());
        await using var relay = Rig(Origin, relayStore, Role.Relay).Start(Shop);
        await using var relayHub = new HubRig(relay.Follower, _trust.Anchor, _clock, id: "relay", trust: relay.Follower.Trust);
        _network.Listen(Relay, relayHub.Hub);
        await using var client = Rig(Relay, clientStore).Start(Shop);
        await HoldsAsync(client, _realm.Put(Shop, ("a", "1")));

        Rotate(["head-2"]);
        var version = _realm.Put(Shop, ("a", "2"));
        await HoldsAsync(client, version);

        Assert.Equal((2u, 2u), (relayStore.Trust!.Roots.Version, clientStore.Trust!.Roots.Version));
        Assert.Equal(_trust.Current.Roots.Later[0].Bytes.ToArray(), clientStore.Trust.Roots.Later[0].Bytes.ToArray()); // verbatim
        Assert.Single(_network.LinksTo(Relay)); // nobody left a parent over it
    }

    [Fact]
    public async Task Whoever_was_away_walks_every_version_and_starts_from_what_it_kept()
    {
        var store = new MemoryReplicaStore();
        await using (var before = Rig(Origin, store).Start(Shop)) await HoldsAsync(before, _realm.Put(Shop, ("a", "1")));
        Rotate(["head-1", "head-2"]);
        Rotate(["head-2"]);
        Rotate(["head-2", "head-3"]);
        Rotate(["head-3"]);
        var version = _realm.Put(Shop, ("a", "2"));

        await using var after = Rig(Origin, store);
        await after.Follower.LoadAsync(Cancel);
        Assert.Equal("1", TestAuthority.ValueOf(after.Follower.Find(Shop)!, "a"));
        after.Start(Shop);
        await HoldsAsync(after, version);

        Assert.Equal(5u, after.Follower.Trust.Current.Roots.Version);
        await using var again = Rig(Origin, store);
        await again.Follower.LoadAsync(Cancel); // its newest head is signed by a key that only version 5 names
        Assert.Equal("2", TestAuthority.ValueOf(again.Follower.Find(Shop)!, "a"));
    }

    [Fact]
    public async Task A_follower_that_knows_of_no_roots_is_sent_none_and_is_served_as_before()
    {
        Rotate(["head-1", "head-2"], switchTo: "head-1", under: 1);
        _realm.Put(Shop, ("a", "1"));
        await using var raw = await RawSubscriber.JoinAsync(_hub.Hub, _trust.Anchor.LogId, "old");

        Assert.Equal(FrameType.Freshness, (await raw.Peer.ReadAsync())!.Value.Type);
    }

    [Fact]
    public async Task A_root_that_cannot_be_made_durable_is_not_trusted_and_is_tried_again()
    {
        var store = new MemoryReplicaStore();
        await using var rig = Rig(Origin, store).Start(Shop);
        await HoldsAsync(rig, _realm.Put(Shop, ("a", "1")));
        store.Fault = FileFault.Full;

        Rotate(["head-2"]);
        _realm.Beat();
        await Eventually.HoldsAsync(() => _network.LinksTo(Origin)[0].Downward.Count(FrameType.Trust) == 1, "the root was sent");
        Assert.Equal(1u, rig.Follower.Trust.Current.Roots.Version);
        store.Fault = null;
        await _clock.AdvanceUntilAsync(() =>
        {
            _realm.Beat();
            return rig.Follower.Trust.Current.Roots.Version == 2;
        }, TimeSpan.FromSeconds(60), "the root is trusted");

        await HoldsAsync(rig, _realm.Put(Shop, ("a", "2")));
    }

    [Fact]
    public async Task A_parent_that_sends_a_forged_root_is_left_and_what_is_held_stays()
    {
        var (hostile, forged) = (MemoryNetwork.Address("hostile"), _ceremony.Next(_trust.Current.Roots, ["thief"], ["thief", "root-1"]));
        _network.Listen(hostile, async (link, token) =>
        {
            await link.Server.WriteAsync(Frame.Encode(FrameType.Welcome, new Welcome { Protocol = 1, ServerId = "liar", ServerRole = "relay", LogId = Google.Protobuf.ByteString.CopyFrom(_trust.Anchor.LogId.ToArray()) }), token);
            await link.Server.WriteAsync(Frame.Encode(FrameType.Trust, new Trust { Roots = { Google.Protobuf.ByteString.CopyFrom(forged.Bytes.Span) } }), token);
            await Task.Delay(Timeout.Infinite, token);
        });
        var store = new MemoryReplicaStore();
        await using var rig = new FollowerRig(_trust.Anchor, _network, _clock, [hostile, Origin], store).Start(Shop);

        await _clock.AdvanceUntilAsync(() => rig.Follower.ConnectedParent == Origin, TimeSpan.FromSeconds(5), "it turned to the other parent", TimeSpan.FromMilliseconds(100));

        Assert.Equal(1u, rig.Follower.Trust.Current.Roots.Version);
        Assert.Null(store.Trust);
        await HoldsAsync(rig, _realm.Put(Shop, ("a", "1")));
    }

    [Fact]
    public async Task An_epoch_that_has_ended_ends_for_everyone_below()
    {
        var store = new MemoryReplicaStore();
        await using var rig = Rig(Origin, store).Start(Shop);
        await HoldsAsync(rig, _realm.Put(Shop, ("a", "1")));
        var last = _realm.Put(Shop, ("a", "2"));
        await HoldsAsync(rig, last);

        Adopt(_ceremony.Transition(_trust.Current.Roots.LogId, 2, new(1, 1), ["rescue-1", "rescue-2"]));
        _realm.Quietly(authority => authority.BeginEpoch());
        var rewound = _realm.Put(Shop, ("a", "1"));
        await HoldsAsync(rig, rewound);

        Assert.Equal(2, store.Trust!.Epochs.Epoch);
        Assert.False(rig.WentBack);
        await using var again = Rig(Origin, store);
        await again.Follower.LoadAsync(Cancel);
        Assert.Equal(2, again.Follower.Trust.Current.Epochs.Epoch);
    }

    [Fact]
    public async Task The_files_are_kept_twice_and_one_that_is_damaged_is_passed_over()
    {
        Rotate(["head-2"]);
        Adopt(_ceremony.Transition(_trust.Current.Roots.LogId, 2, new(1, 1), ["rescue-1", "rescue-2"]));
        var (files, trust, pinned) = (new CrashableFileStore(), _trust.Current, RealmTrust.From(_trust.Anchor));
        using var store = await LastKnownGoodStore.OpenAsync(files, "", _clock, NullLogger.Instance, cancellationToken: Cancel);
        await store.PersistTrustAsync(trust, Cancel);

        var bytes = TrustRecord.Encode(trust);
        await files.WriteAsync("trust.roots", [bytes.AsMemory(0, bytes.Length - 1)], Cancel);
        var read = await store.LoadTrustAsync(pinned, Cancel);
        Assert.Equal((2u, 2), (read.Roots.Version, read.Epochs.Epoch));
        await files.WriteAsync("trust.roots.copy", [new byte[100]], Cancel);
        Assert.Equal(pinned, await store.LoadTrustAsync(pinned, Cancel));
        for (var bit = 0; bit < 8 * bytes.Length; bit += 3)
        {
            byte[] altered = [.. bytes];
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(TrustRecord.TryRestore(altered, pinned, out _, out var error));
            Assert.NotEmpty(error);
        }
    }

    [Fact]
    public void Where_the_kept_file_and_the_trust_file_disagree_the_trust_file_stands()
    {
        var right = _trust.Current.Roots.Extend(_ceremony.Next(_trust.Current.Roots, ["head-2"], ["root-1", "root-2"]).Bytes).Value!;
        Rotate(["thief"]); // thieves of two root keys

        Assert.False(TrustRecord.TryRestore(TrustRecord.Encode(_trust.Current), new(right, EpochHistory.Empty), out _, out var error));
        Assert.Contains("does not follow", error, StringComparison.Ordinal);
    }

    /// <summary>Changes that follow each other at once are joined after 10 ms, at every tier.</summary>
    private async Task HoldsAsync(FollowerRig rig, NamespaceVersion version) => await _clock.AdvanceUntilAsync(
        () => rig.Follower.Find(Shop) is { } held && held.Revision == version.Revision && held.Records.Root == version.StateRoot, TimeSpan.FromSeconds(30), $"{version.Revision}", TimeSpan.FromMilliseconds(100));

    private FollowerRig Rig(ParentAddress parent, MemoryReplicaStore store, Role role = Role.Client) =>
        new(_trust.Anchor, _network, _clock, [parent], store, role, role == Role.Relay ? "relay" : "instance-1");

    /// <summary>A new root, handed out by the origin, which signs with the last of its head keys from then on.</summary>
    private void Rotate(string[] headKeys, string? switchTo = null, uint under = 0)
    {
        var roots = _trust.Current.Roots.Extend(_ceremony.Next(_trust.Current.Roots, headKeys, ["root-1", "root-2"]).Bytes).Value!;
        _trust.Adopt(_trust.Current with { Roots = roots });
        _realm.Quietly(authority => (authority.Signer, authority.RootVersion) = (_ceremony.Signer(switchTo ?? headKeys[^1]), under == 0 ? roots.Version : under));
    }

    private void Adopt(Core.Heads.SignedTransition transition) =>
        _trust.Adopt(_trust.Current with { Epochs = _trust.Current.Epochs.Extend(_trust.Current.Roots, transition.Bytes).Value! });

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _hub.DisposeAsync();
        _realm.Dispose();
        _ceremony.Dispose();
    }
}
