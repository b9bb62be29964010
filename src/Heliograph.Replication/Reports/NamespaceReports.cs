// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.Reports;

/// <summary>What is said of one namespace, by subscriber. Sums are kept as reports come, so a fold costs what it names, not what was said. Not thread-safe.</summary>
/// <param name="name">The namespace.</param>
/// <param name="serverId">This tier's id, put in front of each instance's path; empty: paths stay as they are.</param>
internal sealed class NamespaceReports(string name, string serverId)
{
    private const int CohortsBytesMax = 256 << 10, InstancesBytesMax = 512 << 10; // both fit into a frame

    private readonly Dictionary<long, Report> _bySubscriber = [];
    private readonly Dictionary<CohortKey, CohortSum> _cohorts = [];
    private ulong _leftOut; // by those below
    private int _instances;
    private NamespaceStatus? _folded; // while nothing has changed

    /// <summary>Whether nobody says anything.</summary>
    public bool IsEmpty => _bySubscriber.Count == 0;

    /// <summary>Takes what a subscriber says, instead of what it said before. The report is this object's from here on.</summary>
    public void Put(long subscriber, NamespaceStatus status)
    {
        var report = new Report(status.Cohorts.Count == 0 ? [] : new Part[status.Cohorts.Count], status.Instances.Count == 0 ? [] : new Named[status.Instances.Count], status.InstancesLeftOut);
        for (var i = 0; i < report.Parts.Length; i++) report.Parts[i] = PartOf(status.Cohorts[i]);
        for (var i = 0; i < report.Instances.Length; i++) report.Instances[i] = NamedOf(status.Instances[i]);
        foreach (ref readonly var part in report.Parts.AsSpan()) part.Join();
        Remove(subscriber); // after the new parts have joined: a sum that both belong to is not made anew
        _bySubscriber[subscriber] = report;
        (_leftOut, _instances, _folded) = (_leftOut + report.LeftOut, _instances + report.Instances.Length, null);
    }

    /// <summary>Forgets what a subscriber said. Whether it had said anything.</summary>
    public bool Remove(long subscriber)
    {
        if (!_bySubscriber.Remove(subscriber, out var report)) return false;
        foreach (ref readonly var part in report.Parts.AsSpan())
            if (part.Leave()) _cohorts.Remove(part.Sum.Key);
        (_leftOut, _instances, _folded) = (_leftOut - report.LeftOut, _instances - report.Instances.Length, null);
        return true;
    }

    /// <summary>The fold: counts of all, names of the exceptions and, as far as there is room, of others. The same object while nothing changes; not to be altered.</summary>
    public NamespaceStatus Fold()
    {
        if (_folded is not null) return _folded;
        var sums = _cohorts.Values.ToArray();
        Array.Sort(sums, static (left, right) => left.Key.CompareTo(right.Key));
        var folded = new NamespaceStatus { Namespace = name, InstancesLeftOut = _leftOut };
        AddCohorts(folded, sums);
        AddInstances(folded, sums.Length == 0 ? Revision.None : sums[^1].Key.Revision);
        return _folded = folded;
    }

    /// <summary>The newest revisions as far as there is room; the rest in one sum, so that counts stay exact.</summary>
    private static void AddCohorts(NamespaceStatus folded, ReadOnlySpan<CohortSum> sums)
    {
        var (size, rest, named) = (0, default(Cohort), new List<Cohort>(sums.Length));
        for (var i = sums.Length - 1; i >= 0; i--)
        {
            var cohort = sums[i].ToWire();
            size += cohort.CalculateSize();
            if (size <= CohortsBytesMax)
            {
                named.Add(cohort);
                continue;
            }
            rest ??= new Cohort();
            rest.Count += cohort.Count;
            rest.Stale += cohort.Stale;
            rest.Refused += cohort.Refused;
        }
        if (rest is not null) folded.Cohorts.Add(rest);
        named.Reverse(); // oldest first
        folded.Cohorts.AddRange(named);
    }

    private void AddInstances(NamespaceStatus folded, Revision newest)
    {
        var chosen = new List<Named>(Math.Min(_instances, ReportFold.InstancesMax));
        Choose(chosen, isException: true, newest);
        var exceptions = chosen.Count;
        Choose(chosen, isException: false, newest);
        var inOrder = CollectionsMarshal.AsSpan(chosen);
        inOrder[..exceptions].Sort(static (left, right) => left.CompareTo(right));
        inOrder[exceptions..].Sort(static (left, right) => left.CompareTo(right));
        var size = 0;
        foreach (ref readonly var named in inOrder)
        {
            size += named.Bytes;
            if (size > InstancesBytesMax) break;
            folded.Instances.Add(named.Status);
        }
        folded.InstancesLeftOut += (ulong)(_instances - folded.Instances.Count);
    }

    private void Choose(List<Named> chosen, bool isException, Revision newest)
    {
        foreach (var report in _bySubscriber.Values)
            foreach (ref readonly var named in report.Instances.AsSpan())
            {
                if (chosen.Count == ReportFold.InstancesMax) return;
                if ((named.IsUnwell || named.Revision != newest) == isException) chosen.Add(named);
            }
    }

    private Part PartOf(Cohort cohort)
    {
        var key = new CohortKey(cohort.Revision.ToRevision(), cohort.StateRoot.Length == Hash256.SizeBytes ? new(cohort.StateRoot.Span) : Hash256.Zero, cohort.Region, cohort.Ring);
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_cohorts, key, out _);
        return new(sum ??= new CohortSum(key, cohort.StateRoot), cohort.Count, cohort.Stale, cohort.Refused);
    }

    private Named NamedOf(InstanceStatus status)
    {
        status.Path = serverId.Length == 0 ? status.Path : status.Path.Length == 0 ? serverId : $"{serverId}/{status.Path}";
        return new(status, status.Revision.ToRevision(), status.Refusal is not null || status.Stale || status.ServingStable, status.CalculateSize());
    }

    /// <summary>What one subscriber says.</summary>
    private sealed record Report(Part[] Parts, Named[] Instances, ulong LeftOut);

    /// <summary>An instance as it is named above.</summary>
    private readonly record struct Named(InstanceStatus Status, Revision Revision, bool IsUnwell, int Bytes) : IComparable<Named>
    {
        public int CompareTo(Named other) => string.CompareOrdinal(Status.Instance?.Id, other.Status.Instance?.Id);
    }

    /// <summary>What one report adds to a sum.</summary>
    private readonly record struct Part(CohortSum Sum, ulong Count, ulong Stale, ulong Refused)
    {
        public void Join()
        {
            Sum.Parts++;
            (Sum.Count, Sum.Stale, Sum.Refused) = (Sum.Count + Count, Sum.Stale + Stale, Sum.Refused + Refused);
        }

        /// <summary>Whether nobody belongs to the sum any more.</summary>
        public bool Leave()
        {
            (Sum.Count, Sum.Stale, Sum.Refused) = (Sum.Count - Count, Sum.Stale - Stale, Sum.Refused - Refused);
            return --Sum.Parts == 0;
        }
    }

    private sealed class CohortSum(CohortKey key, ByteString root)
    {
        public CohortKey Key => key;

        /// <summary>How many reports belong to it.</summary>
        public int Parts { get; set; }

        public ulong Count { get; set; }

        public ulong Stale { get; set; }

        public ulong Refused { get; set; }

        public Cohort ToWire() => new() { Revision = key.Revision.ToWire(), StateRoot = root, Region = key.Region, Ring = key.Ring, Count = Count, Stale = Stale, Refused = Refused };
    }

    /// <summary>Who is counted together. Ordered by revision first.</summary>
    private readonly record struct CohortKey(Revision Revision, Hash256 Root, string Region, string Ring) : IComparable<CohortKey>
    {
        public int CompareTo(CohortKey other)
        {
            var order = Revision.CompareTo(other.Revision);
            if (order == 0) order = Root.CompareTo(other.Root);
            if (order == 0) order = string.CompareOrdinal(Region, other.Region);
            return order == 0 ? string.CompareOrdinal(Ring, other.Ring) : order;
        }
    }
}
