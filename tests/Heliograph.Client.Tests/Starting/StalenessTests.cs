// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Starting;

/// <summary>A client without news says so.</summary>
public sealed class StalenessTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly TestRealm _realm;
    private readonly HandDrivenReplica _replica;
    private readonly List<Staleness> _told = [];
    private HeliographClient _client = null!;

    public StalenessTests() => (_realm, _replica) = (new TestRealm(_time), new HandDrivenReplica(_time));

    public async ValueTask InitializeAsync()
    {
        _client = Over(_replica, Options(_time, Basket));
        _client.StalenessChanged += (_, change) =>
        {
            lock (_told) _told.Add(change.Staleness);
        };
        var starting = _client.StartAsync(Cancel);
        _replica.Receive(_realm.Put("shop.basket", ("A", "1")));
        await starting;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _realm.Dispose();
    }

    [Fact]
    public void It_is_stale_from_thirty_seconds_without_a_fresh_head_on()
    {
        var heardAt = _time.GetUtcNow();
        Assert.Equal(new Staleness(false, null, TimeSpan.Zero, _realm.NewestHead!.IssuedAt), _client.Staleness);

        _time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(_client.Staleness.IsStale);

        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(new Staleness(true, heardAt, TimeSpan.FromSeconds(30), _realm.NewestHead!.IssuedAt), _client.Staleness);
        Assert.True(_client.GetStatus().Find(Basket)!.IsStale);
        Assert.Equal(ViewOrigin.Live, _client.GetStatus().Find(Basket)!.Origin); // where it came from does not change
    }

    [Fact]
    public async Task Becoming_stale_and_fresh_again_is_told_once_each()
    {
        _time.Advance(TimeSpan.FromSeconds(30));
        await UntilToldAsync(1);

        _realm.Heartbeat();
        _replica.FreshHead(_realm.NewestHead!);
        await UntilToldAsync(2);
        _time.Advance(TimeSpan.FromSeconds(5));

        lock (_told) Assert.Equal([true, false], _told.Select(staleness => staleness.IsStale));
    }

    private async Task UntilToldAsync(int times)
    {
        while (true)
        {
            lock (_told)
                if (_told.Count >= times) return;
            _time.Advance(TimeSpan.FromSeconds(1)); // the look that comes once a second
            await Task.Delay(1, Cancel);
        }
    }
}
