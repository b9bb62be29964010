// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Tests.Support;

/// <summary>Keeps versions in memory, over restarts of followers; full when told so.</summary>
internal sealed class MemoryReplicaStore : IReplicaStore
{
    private readonly Lock _sync = new();
    private readonly SortedDictionary<NamespaceName, StoredReplica> _stored = [];

    public FileFault? Fault { get; set; }

    /// <summary>Persisted revisions in order.</summary>
    public List<(NamespaceName Name, Revision Revision)> Persisted { get; } = [];

    /// <summary>How often something was to be removed.</summary>
    public int Removals { get; private set; }

    public NamespaceVersion? Stored(NamespaceName name)
    {
        lock (_sync) return _stored.GetValueOrDefault(name)?.Version;
    }

    public ValueTask<StoredReplica?> LoadAsync(NamespaceName name, Func<NamespaceVersion, Refusal?> check, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            var stored = _stored.GetValueOrDefault(name);
            if (stored?.Version is { } version && check(version) is { } refusal) stored = new(null, stored.Floor, [refusal.Detail]);
            return new(stored);
        }
    }

    public ValueTask PersistAsync(NamespaceVersion? previous, NamespaceVersion next, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            if (Fault is { } fault) throw new FileStoreException(fault, "The test's disk does not take it.");
            var floor = _stored.TryGetValue(next.Name, out var before) ? before.Floor : Floor.None;
            if (next.Revision.IsBefore(floor.Revision)) throw new InvalidOperationException("A version below the floor was to be persisted.");
            _stored[next.Name] = new(next, floor.RaisedTo(Floor.Of(next)), []);
            Persisted.Add((next.Name, next.Revision));
        }
        return default;
    }

    public ValueTask RemoveAsync(NamespaceName name, SignedHead head, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            if (Fault is { } fault) throw new FileStoreException(fault, "The test's disk does not take it.");
            Removals++;
            if (_stored.TryGetValue(name, out var before)) _stored[name] = new(null, before.Floor with { HeadRevision = head.Revision }, []);
        }
        return default;
    }

    /// <summary>Roots and transitions as they were made durable last.</summary>
    public RealmTrust? Trust { get; private set; }

    public ValueTask<RealmTrust> LoadTrustAsync(RealmTrust pinned, CancellationToken cancellationToken)
    {
        lock (_sync) return new(Trust ?? pinned);
    }

    public ValueTask PersistTrustAsync(RealmTrust trust, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            if (Fault is { } fault) throw new FileStoreException(fault, "The test's disk does not take it.");
            Trust = trust;
        }
        return default;
    }

    public ValueTask<IReadOnlyList<NamespaceName>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_sync) return new([.. _stored.Where(stored => stored.Value.Version is not null).Select(stored => stored.Key)]);
    }
}
