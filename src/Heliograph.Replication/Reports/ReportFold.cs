// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;

namespace Heliograph.Replication.Reports;

/// <summary>Sums what everyone below a tier reports, so that the tier above hears one voice: counts for the many, names for the exceptions.</summary>
/// <param name="serverId">This tier's id, put in front of each instance's path.</param>
/// <remarks>Thread-safe. Counts are exact; instances are named up to <see cref="InstancesMax"/> a namespace, exceptions first.</remarks>
public sealed class ReportFold(string serverId) : IFleetSource
{
    /// <summary>Most instances named for one namespace; of the rest only the number travels.</summary>
    public const int InstancesMax = 1_000;

    private readonly Lock _sync = new();
    private readonly SortedDictionary<string, SortedDictionary<long, NamespaceStatus>> _reports = new(StringComparer.Ordinal);
    private ImmutableArray<Action> _observers = [];
    private Status? _folded;

    /// <summary>Takes a report of a subscriber: it replaces what that one said of the namespaces named.</summary>
    public void Update(long subscriber, Status status)
    {
        lock (_sync)
        {
            foreach (var report in status.Namespaces)
            {
                if (report.Cohorts.Count == 0 && report.Instances.Count == 0) Forget(subscriber, report.Namespace);
                else Of(report.Namespace)[subscriber] = report;
            }
            _folded = null;
        }
        Tell();
    }

    /// <summary>A subscriber is gone, and everyone below it with it.</summary>
    public void Remove(long subscriber)
    {
        lock (_sync)
        {
            foreach (var name in _reports.Keys.ToList()) Forget(subscriber, name);
            _folded = null;
        }
        Tell();
    }

    /// <inheritdoc/>
    public Status Snapshot()
    {
        lock (_sync)
        {
            if (_folded is not null) return _folded;
            var status = new Status();
            foreach (var (name, reports) in _reports) status.Namespaces.Add(Fold(name, reports.Values));
            return _folded = status;
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

    private NamespaceStatus Fold(string name, IEnumerable<NamespaceStatus> reports)
    {
        var folded = new NamespaceStatus { Namespace = name };
        var cohorts = new SortedDictionary<(Revision Revision, Hash256 Root, string Region, string Ring), Cohort>();
        var instances = new List<InstanceStatus>();
        foreach (var report in reports)
        {
            foreach (var cohort in report.Cohorts) Add(cohorts, cohort);
            instances.AddRange(report.Instances);
            folded.InstancesLeftOut += report.InstancesLeftOut;
        }
        folded.Cohorts.AddRange(cohorts.Values);
        var newest = cohorts.Count == 0 ? Revision.None : cohorts.Keys.Last().Revision;
        instances.Sort((left, right) => Compare(left, right, newest));
        foreach (var instance in instances.Take(InstancesMax)) folded.Instances.Add(Below(instance));
        folded.InstancesLeftOut += (ulong)Math.Max(0, instances.Count - InstancesMax);
        return folded;
    }

    private static void Add(SortedDictionary<(Revision, Hash256, string, string), Cohort> cohorts, Cohort cohort)
    {
        var key = (cohort.Revision.ToRevision(), Root(cohort.StateRoot), cohort.Region, cohort.Ring);
        if (!cohorts.TryGetValue(key, out var sum))
        {
            cohorts[key] = cohort.Clone();
            return;
        }
        sum.Count += cohort.Count;
        sum.Stale += cohort.Stale;
        sum.Refused += cohort.Refused;
    }

    private InstanceStatus Below(InstanceStatus instance)
    {
        var named = instance.Clone();
        named.Path = named.Path.Length == 0 ? serverId : $"{serverId}/{named.Path}";
        return named;
    }

    private static int Compare(InstanceStatus left, InstanceStatus right, Revision newest)
    {
        var byException = IsException(right, newest).CompareTo(IsException(left, newest));
        return byException != 0 ? byException : string.CompareOrdinal(left.Instance?.Id, right.Instance?.Id);
    }

    private static bool IsException(InstanceStatus instance, Revision newest) =>
        instance.Refusal is not null || instance.Stale || instance.ServingStable || instance.Revision.ToRevision() != newest;

    private static Hash256 Root(ByteString bytes) => bytes.Length == Hash256.SizeBytes ? new(bytes.Span) : Hash256.Zero;

    private SortedDictionary<long, NamespaceStatus> Of(string name) =>
        _reports.TryGetValue(name, out var reports) ? reports : _reports[name] = [];

    private void Forget(long subscriber, string name)
    {
        if (_reports.TryGetValue(name, out var reports) && reports.Remove(subscriber) && reports.Count == 0) _reports.Remove(name);
    }

    private void Tell()
    {
        ImmutableArray<Action> observers;
        lock (_sync) observers = _observers;
        foreach (var observer in observers) observer();
    }
}
