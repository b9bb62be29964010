// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Heliograph.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>Namespaces that are deleted, or never were, and what a follower makes of being told so.</summary>
public sealed class DeletionTests : FollowerScene
{
    private static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    private static readonly ParentAddress A = MemoryNetwork.Address("a"), B = MemoryNetwork.Address("b");

    public DeletionTests() : base(A) { }

    [Fact]
    public async Task A_deletion_with_proof_takes_the_namespace_away_from_disk_too()
    {
        var store = new MemoryReplicaStore();
        await using var rig = Rig(store).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));

        _realm.Delete(Shop);

        await Eventually.HoldsAsync(() => rig.Gone.Count == 1, "the deletion");
        Assert.Equal("deleted", rig.Gone[0].Code);
        Assert.Null(rig.Follower.Find(Shop));
        Assert.Null(store.Stored(Shop));
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "anew"))); // and a new life may begin
    }

    [Fact]
    public async Task A_name_that_is_not_there_leaves_nothing_on_disk_however_often_it_is_asked_for()
    {
        var store = new MemoryReplicaStore();
        await using var rig = Rig(store).Start(Shop);

        await _clock.AdvanceUntilAsync(() => rig.Gone.Count >= 3, TimeSpan.FromMinutes(5), "it is asked for again and again", TimeSpan.FromSeconds(5));

        Assert.Equal(0, store.Removals);
    }

    [Fact]
    public async Task A_deleted_namespace_is_removed_from_disk_once_however_often_that_is_said()
    {
        var store = new MemoryReplicaStore();
        await using var rig = Rig(store).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        _realm.Delete(Shop);

        await _clock.AdvanceUntilAsync(() => rig.Gone.Count >= 3, TimeSpan.FromMinutes(5), "it is said again and again", TimeSpan.FromSeconds(5));

        Assert.Equal(1, store.Removals);
    }

    [Fact]
    public async Task A_deleted_namespace_does_not_come_back_from_a_parent_that_is_behind()
    {
        // Given a parent that stopped before the deletion
        var behind = new FrozenSource(_realm);
        await using var stale = new HubRig(behind, _realm.Anchor, _clock, id: "behind");
        _network.Listen(B, stale.Hub);
        await using var rig = Rig(parents: [A, B]).Start(Shop);
        await rig.HoldsAsync(_realm.Put(Shop, ("a", "1")));
        behind.Freeze(Shop);
        _realm.Delete(Shop);
        await Eventually.HoldsAsync(() => rig.Follower.Find(Shop) is null, "the deletion");

        // When the follower has to go there
        _network.Kill(A);
        await _clock.AdvanceUntilAsync(() => _network.LinksTo(B) is [var link] && link.Downward.Count(FrameType.Update) > 0, TimeSpan.FromSeconds(10), "what the parent still has");
        await Eventually.SettleAsync();

        // Then it stays deleted
        Assert.Null(rig.Follower.Find(Shop));
        Assert.Single(rig.Changes);
    }

    private FollowerRig Rig(IReplicaStore? store = null, IReadOnlyList<ParentAddress>? parents = null, Role role = Role.Client) =>
        new(_realm.Anchor, _network, _clock, parents ?? [A], store, role);
}
