// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Following;

/// <summary>A relay that is told to follow a prefix, or the realm: real followers and hubs over a wire in memory.</summary>
public sealed class PrefixInterestTests : IAsyncDisposable
{
    private static readonly NamespaceName Cart = NamespaceName.Parse("shop.cart"), Search = NamespaceName.Parse("shop.search"), Bank = NamespaceName.Parse("bank.api"), Shop = NamespaceName.Parse("shop");
    private static readonly ParentAddress Origin = MemoryNetwork.Address("origin"), Relay = MemoryNetwork.Address("relay");
    private static readonly NamespacePattern UnderShop = NamespacePattern.Parse("shop.*"), Everything = NamespacePattern.Parse("*");

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly MemoryNetwork _network = new();
    private readonly TestRealm _realm;
    private readonly HubRig _origin;

    public PrefixInterestTests()
    {
        _realm = new TestRealm(_clock);
        _origin = new HubRig(_realm, _realm.Anchor, _clock);
        _network.Listen(Origin, _origin.Hub);
    }

    [Fact]
    public async Task It_holds_all_under_the_prefix_and_nothing_else()
    {
        var (cart, search) = (_realm.Put(Cart, ("a", "1")), _realm.Put(Search, ("a", "2")));
        _realm.Put(Bank, ("a", "3"));
        _realm.Put(Shop, ("a", "4"));

        await using var rig = Following(UnderShop);
        await rig.HoldsAsync(cart);
        await rig.HoldsAsync(search);

        Assert.Equal([Cart, Search], rig.Follower.Versions.Keys);
        Assert.Equal(2, _realm.Wants);
    }

    [Fact]
    public async Task A_namespace_made_later_comes_by_itself()
    {
        await using var rig = Following(Everything);
        await rig.HoldsAsync(_realm.Put(Cart, ("a", "1")));

        await rig.HoldsAsync(_realm.Put(Bank, ("a", "1")));

        Assert.False(rig.WentBack);
        Assert.Single(_network.LinksTo(Origin));
    }

    [Fact]
    public async Task One_that_is_deleted_is_let_go_of_and_unsubscribed_after_the_linger_and_one_made_anew_is_followed_again()
    {
        // Given
        await using var rig = Following(UnderShop);
        var first = _realm.Put(Cart, ("a", "1"));
        await rig.HoldsAsync(first);

        // When it is deleted
        _realm.Delete(Cart);
        await Eventually.HoldsAsync(() => rig.Follower.Find(Cart) is null, "it is let go of");
        await _clock.AdvanceUntilAsync(() => _realm.Wants == 0, rig.Options.Linger + TimeSpan.FromSeconds(5), "it is not asked for any more");
        Assert.Empty(rig.Follower.Names.NamesAfter([UnderShop], null, 10));

        // Then one of the same name comes all the same, and is newer
        var second = _realm.Put(Cart, ("b", "2"));
        await rig.HoldsAsync(second);
        Assert.True(second.Revision.IsAfter(first.Revision));
        Assert.False(rig.WentBack);
    }

    [Fact]
    public async Task What_was_made_while_it_was_cut_off_is_found_when_it_is_back_and_what_was_deleted_goes()
    {
        await using var rig = Following(UnderShop);
        await rig.HoldsAsync(_realm.Put(Cart, ("a", "1")));
        _network.Kill(Origin);

        var search = _realm.Put(Search, ("a", "1"));
        _realm.Delete(Cart);
        _network.Listen(Origin, _origin.Hub);

        await _clock.AdvanceUntilAsync(() => rig.Follower.Find(Search)?.Revision == search.Revision && rig.Follower.Find(Cart) is null, TimeSpan.FromMinutes(2), "it knows what has changed");
    }

    [Fact]
    public async Task A_tier_below_follows_a_prefix_through_a_relay_that_was_told_nothing()
    {
        // Given a relay without any configured interest
        await using var relay = new FollowerRig(_realm.Anchor, _network, _clock, [Origin], role: Role.Relay, id: "relay").Start();
        await using var hub = new HubRig(relay.Follower, _realm.Anchor, _clock, id: "relay");
        _network.Listen(Relay, hub.Hub);
        var cart = _realm.Put(Cart, ("a", "1"));

        // When an agent below it follows a prefix, then it gets what is there, and what comes
        await using var agent = Following(UnderShop, Relay);
        await agent.HoldsAsync(cart);
        await agent.HoldsAsync(_realm.Put(Search, ("a", "1")));
        Assert.Equal([Cart, Search], relay.Follower.Versions.Keys);

        // And when it is gone, the relay asks for nothing any more
        await agent.StopAsync();
        await Eventually.HoldsAsync(() => hub.Hub.SubscriberCount == 0, "the agent is gone");
        await _clock.AdvanceUntilAsync(() => _realm is { Wants: 0, NameWants: 0 }, relay.Options.Linger + TimeSpan.FromSeconds(5), "the relay lets go");
    }

    [Fact]
    public async Task A_relay_that_is_asked_for_more_prefixes_than_a_stream_may_name_follows_the_realm_and_keeps_only_what_is_wanted()
    {
        // Given a relay, and two below it that want 65 prefixes together
        await using var relay = new FollowerRig(_realm.Anchor, _network, _clock, [Origin], role: Role.Relay, id: "relay").Start();
        await using var hub = new HubRig(relay.Follower, _realm.Anchor, _clock, id: "relay");
        _network.Listen(Relay, hub.Hub);
        await using var many = new FollowerRig(_realm.Anchor, _network, _clock, [Relay], role: Role.Relay, id: "many");
        using var wanted = many.Follower.WantUnder([.. Enumerable.Range(0, 64).Select(i => NamespacePattern.Parse($"p{i}.*"))]);
        many.Start();
        await using var one = Following(UnderShop, Relay);
        await Eventually.HoldsAsync(() => _realm.NameWants == 1 && hub.Hub.SubscriberCount == 2, "all are connected");

        // When namespaces are made, then each gets its own, on the same stream
        var (last, cart) = (_realm.Put(NamespaceName.Parse("p63.api"), ("a", "1")), _realm.Put(Cart, ("a", "1")));
        _realm.Put(Bank, ("a", "1"));
        await many.HoldsAsync(last);
        await one.HoldsAsync(cart);
        Assert.Equal([last.Name, Cart], relay.Follower.Names.NamesAfter([Everything], null, 10));
        Assert.Single(_network.LinksTo(Origin));
    }

    [Fact]
    public async Task More_names_than_one_answer_holds_come_page_by_page()
    {
        var last = NamespaceName.Parse("shop.n0699");
        for (var i = 0; i < 700; i++) _realm.Put(NamespaceName.Parse($"shop.n{i:d4}"), ("a", "1"));

        await using var rig = Following(UnderShop);
        await Eventually.HoldsAsync(() => rig.Follower.Versions.Count == 700 && rig.Follower.Find(last) is not null, "all of them are held");

        Assert.Equal(6, _network.LinksTo(Origin)[0].Downward.Count(FrameType.Names));
        Assert.Equal(6, _network.LinksTo(Origin)[0].Upward.Count(FrameType.Follow));
    }

    [Fact]
    public async Task What_it_may_not_read_is_not_named_until_it_may()
    {
        // Given
        _origin.Forbidden.Add(Search);
        await using var rig = Following(UnderShop);
        await rig.HoldsAsync(_realm.Put(Cart, ("a", "1")));
        var search = _realm.Put(Search, ("secret", "1"));
        await rig.HoldsAsync(_realm.Put(Cart, ("a", "2"))); // whatever was said of the other one has come before
        Assert.DoesNotContain(Search, rig.Follower.Names.NamesAfter([UnderShop], null, 10));
        Assert.DoesNotContain(rig.Gone, gone => gone.Name == Search); // it never asked

        // When the policy allows it
        _origin.Forbidden.Clear();
        _realm.Put(NamespaceName.Realm, ("roles/relay", "reader"));

        // Then it comes
        await rig.HoldsAsync(search);
    }

    [Fact]
    public async Task It_starts_with_all_it_held_when_nobody_answers_and_passes_the_names_on()
    {
        var store = new MemoryReplicaStore();
        var cart = _realm.Put(Cart, ("a", "1"));
        _realm.Put(Bank, ("a", "1"));
        await using (var before = Following(UnderShop, store: store)) await before.HoldsAsync(cart);
        _network.Kill(Origin);

        await using var rig = new FollowerRig(_realm.Anchor, _network, _clock, [Origin], store, Role.Relay, "relay");
        await rig.Follower.LoadAsync(TestContext.Current.CancellationToken);
        using var want = rig.Follower.WantUnder([UnderShop]);
        rig.Start();

        Assert.Equal(cart.StateRoot, rig.Follower.Find(Cart)?.StateRoot);
        Assert.Equal([Cart], rig.Follower.Names.NamesAfter([UnderShop], null, 10));
    }

    [Fact]
    public async Task A_parent_that_keeps_names_back_takes_nothing_away()
    {
        // Given a relay that follows a prefix, and then reaches a parent that says there is nothing
        await using var rig = Following(UnderShop);
        var cart = _realm.Put(Cart, ("a", "1"));
        await rig.HoldsAsync(cart);
        _network.Kill(Origin);
        var asked = new TaskCompletionSource<Subscribe>(TaskCreationOptions.RunContinuationsAsynchronously);
        _network.Listen(Origin, async (link, _) =>
        {
            var parent = new RawPeer(link.Server);
            await parent.WelcomeAsync(_realm.Anchor.LogId);
            await parent.ReadAsync(FrameType.Follow, Follow.Parser);
            await parent.SendAsync(FrameType.Names, new Names());
            asked.TrySetResult(await parent.ReadAsync(FrameType.Subscribe, Subscribe.Parser));
        });

        // Then it asks for what it knew of, and keeps it
        await _clock.AdvanceUntilAsync(() => asked.Task.IsCompleted, TimeSpan.FromMinutes(1), "it connects again");
        Assert.Contains((await asked.Task).Subscriptions, subscription => subscription.Namespace == Cart.Value && subscription.Cursor.ToRevision() == cart.Revision);
        Assert.NotNull(rig.Follower.Find(Cart));
    }

    [Theory]
    [InlineData("shop.cart")]
    [InlineData("heliograph.*")]
    [InlineData("Shop.*")]
    [InlineData("")]
    public async Task A_stream_that_follows_what_cannot_be_is_ended(string pattern)
    {
        await using var subscriber = await RawSubscriber.JoinAsync(_origin.Hub, _realm.Anchor.LogId);

        await subscriber.Peer.SendAsync(FrameType.Follow, new Follow { Patterns = { pattern } });

        await subscriber.Serving;
        Assert.Equal(0, _origin.Hub.SubscriberCount);
    }

    [Fact]
    public async Task More_prefixes_than_a_stream_may_follow_end_it()
    {
        await using var subscriber = await RawSubscriber.JoinAsync(_origin.Hub, _realm.Anchor.LogId);
        var follow = new Follow();
        follow.Patterns.AddRange(Enumerable.Range(0, 65).Select(i => $"p{i}.*"));

        await subscriber.Peer.SendAsync(FrameType.Follow, follow);

        await subscriber.Serving;
        Assert.Equal(0, _realm.NameWants);
    }

    private FollowerRig Following(NamespacePattern pattern, ParentAddress? parent = null, MemoryReplicaStore? store = null)
    {
        var rig = new FollowerRig(_realm.Anchor, _network, _clock, [parent ?? Origin], store, Role.Relay, "follower");
        rig.Follower.WantUnder([pattern]);
        return rig.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _origin.DisposeAsync();
        _realm.Dispose();
    }
}
