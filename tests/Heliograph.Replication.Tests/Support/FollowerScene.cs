// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Time.Testing;

namespace Heliograph.Replication.Tests.Support;

/// <summary>What tests of followers begin with: a clock, a realm, the hub that serves it, and the wire in memory on which it is found.</summary>
public abstract class FollowerScene : IAsyncDisposable
{
    private protected readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private protected readonly MemoryNetwork _network = new();
    private protected readonly TestRealm _realm;
    private protected readonly HubRig _hub;

    /// <summary>Sets the scene.</summary>
    /// <param name="at">Where the hub listens.</param>
    /// <param name="id">What the hub says that it is.</param>
    protected FollowerScene(ParentAddress at, string id = "parent")
    {
        _realm = new TestRealm(_clock);
        _hub = new HubRig(_realm, _realm.Anchor, _clock, id: id);
        _network.Listen(at, _hub.Hub);
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _hub.DisposeAsync();
        _realm.Dispose();
        GC.SuppressFinalize(this);
    }
}
