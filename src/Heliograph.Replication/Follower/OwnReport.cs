// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Reports;

namespace Heliograph.Replication.Following;

/// <summary>What a follower that is an instance itself says of itself: what it has applied, what it refuses, whether it is stale.</summary>
public sealed class OwnReport : IFleetSource
{
    private readonly FollowerOptions _options;
    private readonly Holdings _holdings;
    private readonly InterestTable _interest;
    private readonly FreshnessMonitor _freshness;
    private readonly Lock _sync = new();
    private ImmutableArray<Action> _observers = [];
    private ImmutableDictionary<NamespaceName, ServedNamespace>? _served;
    private volatile Instance _instance;

    internal OwnReport(FollowerOptions options, Holdings holdings, InterestTable interest, FreshnessMonitor freshness) =>
        (_options, _holdings, _interest, _freshness, _instance) = (options, holdings, interest, freshness, options.Instance);

    /// <summary>Which configuration keys the instance's host sets for itself, from now on. Keys only: values stay where they are.</summary>
    public void OverrideLocally(IReadOnlyCollection<string> keys)
    {
        var instance = _options.Instance.Clone();
        instance.LocalOverrides.Add(keys);
        _instance = instance;
        Changed();
    }

    /// <summary>From now on the instance reports what its application is served, told by <see cref="Serve"/>, and not what it holds: that may be newer.</summary>
    public void ReportServed() => _served ??= ImmutableDictionary<NamespaceName, ServedNamespace>.Empty;

    /// <summary>The application is served this of a namespace, from now on.</summary>
    public void Serve(ServedNamespace served)
    {
        lock (_sync) _served = (_served ?? ImmutableDictionary<NamespaceName, ServedNamespace>.Empty).SetItem(served.Name, served);
        Changed();
    }

    /// <inheritdoc/>
    public Status Snapshot()
    {
        var status = new Status();
        var allServed = Volatile.Read(ref _served);
        foreach (var (name, version) in _holdings.Table.Versions)
        {
            if (!_interest.IsWanted(name)) continue; // lies on disk from earlier; nobody here runs it
            ServedNamespace? served = null;
            if (allServed?.TryGetValue(name, out served) == false) continue; // held, but the application does not run it yet
            var isStale = _freshness.Tell(name);
            var held = _holdings.Find(name);
            var instance = new InstanceStatus
            {
                Instance = _instance,
                Revision = (served?.Revision ?? version.Revision).ToWire(),
                StateRoot = served is null ? version.State.StateRoot : ByteString.CopyFrom(served.StateRoot.ToArray()),
                Stale = isStale,
                AppliedAtMs = served?.AppliedAtMs ?? held?.AppliedAtMs ?? 0,
                ServingStable = served?.IsStable == true,
                Path = "",
            };
            if (held?.Refused is { } refused) instance.Refusal = refused.ToWire();
            else if (served?.Refused is { } notServed)
                instance.Refusal = new Protocol.Wire.Refusal { Revision = notServed.Revision.ToWire(), Code = RefusalCodes.ToWire(notServed.Code), Detail = notServed.Detail };
            var cohort = new Cohort
            {
                Revision = instance.Revision,
                StateRoot = instance.StateRoot,
                Region = _options.Instance.Region,
                Ring = _options.Instance.Ring,
                Count = 1,
                Stale = isStale ? 1u : 0u,
                Refused = instance.Refusal is null ? 0u : 1u,
            };
            status.Namespaces.Add(new NamespaceStatus { Namespace = name.Value, Cohorts = { cohort }, Instances = { instance } });
        }
        return status;
    }

    /// <inheritdoc/>
    public IDisposable Observe(Action changed)
    {
        lock (_sync) _observers = _observers.Add(changed);
        return new Subscription(() =>
        {
            lock (_sync) _observers = _observers.Remove(changed);
        });
    }

    /// <summary>Something that the report holds has changed.</summary>
    internal void Changed()
    {
        ImmutableArray<Action> observers;
        lock (_sync) observers = _observers;
        foreach (var observer in observers) observer();
    }
}
