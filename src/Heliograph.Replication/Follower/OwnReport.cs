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

    internal OwnReport(FollowerOptions options, Holdings holdings, InterestTable interest, FreshnessMonitor freshness) =>
        (_options, _holdings, _interest, _freshness) = (options, holdings, interest, freshness);

    /// <summary>Whether the instance serves the last stable revision instead of the newest. Set by the host that decided so.</summary>
    public bool IsServingStable { get; set; }

    /// <inheritdoc/>
    public Status Snapshot()
    {
        var status = new Status();
        foreach (var (name, version) in _holdings.Table.Versions)
        {
            if (!_interest.IsWanted(name)) continue; // lies on disk from earlier; nobody here runs it
            var isStale = _freshness.Tell(name);
            var held = _holdings.Find(name);
            var instance = new InstanceStatus
            {
                Instance = _options.Instance,
                Revision = version.Revision.ToWire(),
                StateRoot = version.State.StateRoot,
                Stale = isStale,
                AppliedAtMs = held?.AppliedAtMs ?? 0,
                ServingStable = IsServingStable,
                Path = "",
            };
            if (held?.Refused is { } refused)
                instance.Refusal = new Protocol.Wire.Refusal { Revision = refused.Revision.ToWire(), Code = RefusalCodes.ToWire(refused.Refusal.Code), Detail = refused.Refusal.Detail };
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
