// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Time.Testing;

namespace Heliograph.Replication.Tests.Support;

/// <summary>What tests of subscribers begin with: a clock, a realm with a policy, and the hub that serves it.</summary>
public abstract class HubScene : IAsyncDisposable
{
    private protected readonly FakeTimeProvider _clock = new();
    private protected readonly TestRealm _realm;
    private protected readonly HubRig _hub;

    protected HubScene()
    {
        _realm = new TestRealm(_clock);
        _realm.Put(NamespaceName.Realm, ("policy", "1"));
        _hub = new HubRig(_realm, _realm.Anchor, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _realm.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<RawSubscriber> JoinAsync(string id = "raw", int capacityBytes = MemoryLink.CapacityBytes) => RawSubscriber.JoinAsync(_hub.Hub, _realm.Anchor.LogId, id, capacityBytes: capacityBytes);
}
