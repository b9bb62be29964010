// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Tests.Support;
using Heliograph.Core.Replicas;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Validation;

/// <summary>An application that is pinned to a revision.</summary>
public sealed class PinTests : IDisposable
{
    private readonly TestRealm _realm = new(TimeProvider.System);
    private readonly HandDrivenReplica _replica = new(TimeProvider.System);

    public void Dispose() => _realm.Dispose();

    [Fact]
    public async Task Nothing_newer_is_served_until_the_pin_is_taken_away_and_the_fleet_knows()
    {
        // Given a client that is pinned to what it serves
        await using var client = Over(_replica, Options(TimeProvider.System, Basket));
        var first = await StartAsync(client, ("A", "1"));
        client.Pin(Basket, first.Revision);
        var refused = new TaskCompletionSource<RevisionRefusal>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Refused += (_, refusal) => refused.TrySetResult(refusal.Refusal);

        // When something newer comes
        var second = _realm.Put("shop.basket", ("A", "2"));
        _replica.Receive(second);

        // Then it is held back
        Assert.Equal((second.Revision, "pinned"), (await refused.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel) is var told ? (told.Revision, told.Code) : default));
        Assert.Equal("1", client.GetNamespace(Basket)?.GetString("A"));
        Assert.Equal((first.Revision, "1.2 is held back: the application is pinned to 1.1."), (client.GetStatus().Find(Basket)!.PinnedTo, client.GetStatus().Find(Basket)!.Trouble));
        Assert.Equal([(Basket, second.Revision, RefusalCode.Pinned)], _replica.Refused);

        // And comes when it may
        var served = client.ServesAsync(Basket, second.Revision);
        client.Unpin(Basket);
        await served;
        Assert.Equal((null, null), (client.GetStatus().Find(Basket)!.PinnedTo, client.GetStatus().Find(Basket)!.Trouble));
    }

    [Fact]
    public async Task A_pin_to_an_earlier_revision_is_met_from_disk_and_where_it_is_not_kept_what_is_served_stays()
    {
        await using var client = Over(_replica, Options(TimeProvider.System, Basket));
        var first = await StartAsync(client, ("A", "1"));
        await _replica.ReceiveAsync(_realm.Put("shop.basket", ("A", "2")), client);
        await _replica.ReceiveAsync(_realm.Put("shop.basket", ("A", "3")), client);
        _replica.Earlier.Add(first);

        var served = client.ServesAsync(Basket, first.Revision);
        client.Pin(Basket, first.Revision);
        await served;
        Assert.Equal("1", client.GetNamespace(Basket)?.GetString("A"));

        served = client.ServesAsync(Basket, new Revision(1, 3));
        client.Unpin(Basket);
        await served;
        client.Pin(Basket, new Revision(1, 2)); // not kept
        while (client.GetStatus().Find(Basket)!.Trouble is null) await Task.Delay(1, Cancel);
        Assert.Equal("3", client.GetNamespace(Basket)?.GetString("A"));
        Assert.Contains("pinned to 1.2, which is not kept here; 1.3 is served on", client.GetStatus().Find(Basket)!.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_with_a_pin_that_cannot_be_met_fails_and_says_what_there_is()
    {
        var options = Options(TimeProvider.System, Basket);
        options.Pins[Basket] = new Revision(1, 1);
        options.StartupWait = TimeSpan.FromMilliseconds(100);
        _realm.Put("shop.basket", ("A", "1"));
        await using var client = Over(_replica, options);
        var starting = client.StartAsync(Cancel);
        _replica.Receive(_realm.Put("shop.basket", ("A", "2")));

        var error = await Assert.ThrowsAsync<HeliographUnavailableException>(() => starting);

        Assert.Contains("1.2 is held back: the application is pinned to 1.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_subscribed_to_cannot_be_pinned()
    {
        await using var client = Over(_replica, Options(TimeProvider.System, Basket));
        await StartAsync(client, ("A", "1"));
        Assert.Contains("'shop.shared' is not subscribed to", Assert.Throws<InvalidOperationException>(() => client.Pin(Shared, new Revision(1, 1))).Message, StringComparison.Ordinal);
    }

    private async Task<NamespaceVersion> StartAsync(HeliographClient client, params (string, string?)[] settings)
    {
        var starting = client.StartAsync(Cancel);
        var version = _realm.Put("shop.basket", settings);
        _replica.Receive(version);
        await starting;
        return version;
    }
}
