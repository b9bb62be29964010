// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;

namespace Heliograph.Replication.Reports;

/// <summary>Sums what everyone below a tier reports, so that the tier above hears one voice: counts for the many, names for the exceptions.</summary>
/// <param name="serverId">This tier's id, put in front of each instance's path; empty: paths stay as they are.</param>
/// <remarks>
/// Thread-safe. Counts are exact; instances are named up to <see cref="InstancesMax"/> a namespace, exceptions first, and both only as far as a frame
/// carries: further instances are counted as left out, further cohorts summed into one without revision. Takes what <see cref="StatusIntake"/> has checked.
/// </remarks>
public sealed class ReportFold(string serverId) : IFleetSource
{
    /// <summary>Most instances named for one namespace; of the rest only the number travels.</summary>
    public const int InstancesMax = 1_000;

    private readonly Lock _sync = new();
    private readonly SortedDictionary<string, NamespaceReports> _reports = new(StringComparer.Ordinal);
    private ImmutableArray<Action> _observers = [];

    /// <summary>Takes a report of a subscriber: it replaces what that one said of the namespaces named. It is the fold's from here on, and not to be used again.</summary>
    public void Update(long subscriber, Status status)
    {
        lock (_sync)
        {
            foreach (var report in status.Namespaces)
            {
                if (report.Cohorts.Count == 0 && report.Instances.Count == 0)
                {
                    Forget(subscriber, report.Namespace);
                    continue;
                }
                if (!_reports.TryGetValue(report.Namespace, out var reports)) _reports[report.Namespace] = reports = new NamespaceReports(report.Namespace, serverId);
                reports.Put(subscriber, report);
            }
        }
        Tell();
    }

    /// <summary>A subscriber is gone, and everyone below it with it.</summary>
    public void Remove(long subscriber)
    {
        lock (_sync)
            foreach (var name in _reports.Keys.ToList()) Forget(subscriber, name);
        Tell();
    }

    /// <summary>A subscriber does not listen to a namespace any more: what it said of it is no longer true.</summary>
    public void Remove(long subscriber, string name)
    {
        lock (_sync) Forget(subscriber, name);
        Tell();
    }

    /// <inheritdoc/>
    public Status Snapshot()
    {
        lock (_sync)
        {
            var status = new Status();
            foreach (var reports in _reports.Values) status.Namespaces.Add(reports.Fold());
            return status;
        }
    }

    /// <inheritdoc/>
    public IDisposable Observe(Action changed)
    {
        lock (_sync) _observers = _observers.Add(changed);
        return new Following.Subscription(() =>
        {
            lock (_sync) _observers = _observers.Remove(changed);
        });
    }

    private void Forget(long subscriber, string name)
    {
        if (_reports.TryGetValue(name, out var reports) && reports.Remove(subscriber) && reports.IsEmpty) _reports.Remove(name);
    }

    private void Tell()
    {
        ImmutableArray<Action> observers;
        lock (_sync) observers = _observers;
        foreach (var observer in observers) observer();
    }
}
