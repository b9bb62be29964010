// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;

namespace Heliograph.Replication.Reports;

/// <summary>Sums what everyone below a tier reports, so that the tier above hears one voice: counts for the many, names for the exceptions.</summary>
/// <param name="serverId">This tier's id, put in front of each instance's path.</param>
/// <remarks>
/// Thread-safe. Counts are exact; instances are named up to <see cref="InstancesMax"/> a namespace, exceptions first, and both only as far as a frame
/// carries: further instances are counted as left out, further cohorts summed into one without revision. Takes what <see cref="StatusIntake"/> has checked.
/// </remarks>
public sealed class ReportFold(string serverId) : IFleetSource
{
    /// <summary>Most instances named for one namespace; of the rest only the number travels.</summary>
    public const int InstancesMax = 1_000;

    private const int CohortsBytesMax = 256 << 10, InstancesBytesMax = 512 << 10; // both fit into a frame

    private readonly Lock _sync = new();
    private readonly SortedDictionary<string, Reports> _reports = new(StringComparer.Ordinal);
    private ImmutableArray<Action> _observers = [];

    /// <summary>What is said of one namespace, by subscriber, and the fold of it while nothing has changed.</summary>
    private sealed class Reports
    {
        public SortedDictionary<long, NamespaceStatus> BySubscriber { get; } = [];

        public NamespaceStatus? Folded { get; set; }
    }

    /// <summary>Takes a report of a subscriber: it replaces what that one said of the namespaces named.</summary>
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
                if (!_reports.TryGetValue(report.Namespace, out var reports)) _reports[report.Namespace] = reports = new Reports();
                reports.BySubscriber[subscriber] = report;
                reports.Folded = null;
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
            foreach (var (name, reports) in _reports) status.Namespaces.Add(reports.Folded ??= Fold(name, reports.BySubscriber.Values));
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
        AddCohorts(folded, cohorts);
        var newest = cohorts.Count == 0 ? Revision.None : cohorts.Keys.Last().Revision;
        instances.Sort((left, right) => Compare(left, right, newest));
        AddInstances(folded, instances);
        return folded;
    }

    /// <summary>The newest revisions as far as there is room; the rest in one sum, so that counts stay exact.</summary>
    private static void AddCohorts(NamespaceStatus folded, SortedDictionary<(Revision, Hash256, string, string), Cohort> cohorts)
    {
        var (size, rest, named) = (0, default(Cohort), new List<Cohort>());
        foreach (var cohort in cohorts.Values.Reverse())
        {
            size += cohort.CalculateSize();
            if (size <= CohortsBytesMax) named.Add(cohort);
            else Sum(rest ??= new Cohort(), cohort);
        }
        if (rest is not null) folded.Cohorts.Add(rest);
        folded.Cohorts.AddRange(named.AsEnumerable().Reverse()); // as ever: oldest first
    }

    private void AddInstances(NamespaceStatus folded, List<InstanceStatus> instances)
    {
        var size = 0;
        foreach (var instance in instances.Take(InstancesMax).Select(Below))
        {
            size += instance.CalculateSize();
            if (size > InstancesBytesMax) break;
            folded.Instances.Add(instance);
        }
        folded.InstancesLeftOut += (ulong)(instances.Count - folded.Instances.Count);
    }

    private static void Add(SortedDictionary<(Revision, Hash256, string, string), Cohort> cohorts, Cohort cohort)
    {
        var key = (cohort.Revision.ToRevision(), Root(cohort.StateRoot), cohort.Region, cohort.Ring);
        if (!cohorts.TryGetValue(key, out var sum))
        {
            cohorts[key] = cohort.Clone();
            return;
        }
        Sum(sum, cohort);
    }

    private static void Sum(Cohort sum, Cohort cohort)
    {
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

    private void Forget(long subscriber, string name)
    {
        if (!_reports.TryGetValue(name, out var reports) || !reports.BySubscriber.Remove(subscriber)) return;
        reports.Folded = null;
        if (reports.BySubscriber.Count == 0) _reports.Remove(name);
    }

    private void Tell()
    {
        ImmutableArray<Action> observers;
        lock (_sync) observers = _observers;
        foreach (var observer in observers) observer();
    }
}
