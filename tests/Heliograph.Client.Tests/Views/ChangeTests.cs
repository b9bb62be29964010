// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Tests.Support;
using Heliograph.Core.Merkle;
using Heliograph.Replication.Replicas;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Views;

/// <summary>What an application hears of changes while it runs.</summary>
public sealed class ChangeTests : IAsyncLifetime
{
    private readonly TestRealm _realm = new(TimeProvider.System);
    private readonly HandDrivenReplica _replica = new(TimeProvider.System);
    private HeliographClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _client = Over(_replica, Options(TimeProvider.System, Basket));
        var starting = _client.StartAsync(Cancel);
        _replica.Receive(_realm.Put("shop.basket", ("A", "1"), ("B", "1")));
        await starting;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _realm.Dispose();
    }

    [Fact]
    public async Task A_changeset_is_one_event_with_old_and_new_revision_and_the_changed_keys()
    {
        var events = new List<NamespaceChangedEventArgs>();
        _client.Changed += (_, change) => events.Add(change);

        await _replica.ReceiveAsync(_realm.Put("shop.basket", [.. Enumerable.Range(0, 50).Select(i => ($"K{i}", (string?)"v"))]), _client);

        var change = Assert.Single(events);
        Assert.Equal((Basket, new Revision(1, 1), new Revision(1, 2)), (change.Name, change.OldRevision, change.NewRevision));
        Assert.Equal(50, change.ChangedKeys.Count);
        Assert.Equal("1", change.Previous?.GetString("A"));
        Assert.Equal("v", change.Current.GetString("K49"));
    }

    [Fact]
    public async Task A_listener_that_throws_stops_neither_the_others_nor_the_next_change()
    {
        var heard = new List<Revision>();
        _client.Changed += (_, _) => throw new InvalidOperationException("a bug of the application");
        _client.Changed += (_, change) => heard.Add(change.NewRevision);

        await _replica.ReceiveAsync(_realm.Put("shop.basket", ("A", "2")), _client);
        await _replica.ReceiveAsync(_realm.Put("shop.basket", ("A", "3")), _client);

        Assert.Equal([new Revision(1, 2), new Revision(1, 3)], heard);
    }

    [Fact]
    public async Task A_slow_listener_skips_revisions_and_ends_at_the_newest()
    {
        // Given a listener that is still busy with the first of three changes
        var (entered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var heard = new List<Revision>();
        _client.Changed += (_, change) =>
        {
            heard.Add(change.NewRevision);
            entered.TrySetResult();
            go.Task.Wait(Cancel);
        };
        _replica.Receive(_realm.Put("shop.basket", ("A", "2")));
        await entered.Task;
        _replica.Receive(_realm.Put("shop.basket", ("A", "3")));
        _replica.Receive(_realm.Put("shop.basket", ("A", "4")));

        // When it is done
        var told = _client.ToldAsync(new Revision(1, 4));
        go.SetResult();
        await told;

        // Then the one in between was joined with the last
        Assert.Equal([new Revision(1, 2), new Revision(1, 4)], heard);
    }

    [Fact]
    public async Task What_cannot_be_read_is_not_served_and_what_was_served_stays()
    {
        // Given a revision with a record that this version cannot read
        var key = Core.State.SettingRecord.KeyOf(SettingKey.Create("A"));
        _replica.Receive(_realm.Change("shop.basket", [MerkleChange.Set(key, new byte[] { 0xff, 0xff })]));

        // When a readable namespace after it shows that it was looked at
        using var shared = _client.Subscribe(Shared);
        _replica.Receive(_realm.Put("shop.shared", ("B", "2")));
        await _client.ServesAsync(Shared, new Revision(1, 3));

        // Then the revision before it is served, and the status says why
        var status = _client.GetStatus().Find(Basket)!;
        Assert.Equal(new Revision(1, 1), status.Revision);
        Assert.Contains("cannot read", status.Trouble, StringComparison.Ordinal);
        Assert.Equal("1", _client.GetNamespace(Basket)?.GetString("A"));

        // And the next readable one is served
        _replica.Receive(_realm.Put("shop.basket", ("A", "5")));
        await _client.ServesAsync(Basket, new Revision(1, 4));
        Assert.Null(_client.GetStatus().Find(Basket)!.Trouble);
    }

    [Fact]
    public async Task A_namespace_that_is_deleted_goes_on_being_served_and_the_status_says_so()
    {
        _replica.Gone(new NamespaceGone(Basket, "deleted", "its owner deleted it"));

        Assert.Equal("1", _client.GetNamespace(Basket)?.GetString("A"));
        Assert.Equal("deleted: its owner deleted it", _client.GetStatus().Find(Basket)!.Trouble);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_subscription_begins_and_ends_with_its_holders()
    {
        // Given two holders of a namespace that the options do not name
        var (one, two) = (_client.Subscribe(Shared), _client.Subscribe(Shared));
        Assert.Null(one.Current);
        _replica.Receive(_realm.Put("shop.shared", ("B", "2")));
        await _client.ServesAsync(Shared, new Revision(1, 2));
        Assert.Same(one.Current, two.Current);

        // When one of them ends, and then the other
        one.Dispose();
        one.Dispose();
        Assert.NotNull(_client.GetNamespace(Shared));
        two.Dispose();

        // Then nobody wants it any more, and views that were taken stay usable
        Assert.Null(_client.GetNamespace(Shared));
        Assert.Equal([Basket], _replica.Wanted);
        Assert.Equal("2", two.Current?.GetString("B"));

        // And who comes again finds what is still held
        using var again = _client.Subscribe(Shared);
        await _client.ServesAsync(Shared, new Revision(1, 2));
        Assert.Equal("2", again.Current?.GetString("B"));
    }
}
