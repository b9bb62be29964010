// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Protocol;
using Heliograph.Replication.Reports;

namespace Heliograph.Origin.Telemetry;

/// <summary>Measures, by this origin's clock alone, how long it takes until every instance of a namespace reports a change: no clock of another machine is in it.</summary>
/// <remarks>Looks at the reports four times a second, and only while a change is on its way. A change that nobody has after <see cref="GivenUpAfter"/> is counted as that: someone is cut off, which other metrics say.</remarks>
internal sealed class FleetPropagation(IFleetSource fleet, Sequencer sequencer, Histogram<double> histogram, TimeProvider time) : IRealmObserver
{
    /// <summary>How long a change is waited for.</summary>
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromMinutes(5), LookInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Most namespaces whose change is waited for at once; of further ones nothing is measured.</summary>
    private const int PendingMax = 1_024;

    private readonly Lock _sync = new();
    private readonly Dictionary<NamespaceName, (Revision Revision, long At)> _pending = [];

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var observation = sequencer.Observe(this);
        while (true)
        {
            await Task.Delay(LookInterval, time, cancellationToken);
            if (histogram.Enabled) Look();
        }
    }

    void IRealmObserver.OnCommitted(CommittedRealm before, CommittedRealm now, IReadOnlyList<LogEntry> entries)
    {
        if (!histogram.Enabled) return;
        var at = time.GetTimestamp();
        lock (_sync)
            foreach (var entry in entries)
                if (NamespaceName.TryParse(entry.Content.Namespace, out var name, out _) && (_pending.Count < PendingMax || _pending.ContainsKey(name)))
                    _pending[name] = (entry.Revision, _pending.TryGetValue(name, out var earlier) ? earlier.At : at); // the earlier one arrives with this one at the latest
    }

    void IRealmObserver.OnHead(SignedHead head) { }

    void IRealmObserver.OnMode(string? readOnlyReason) { }

    private void Look()
    {
        lock (_sync)
            if (_pending.Count == 0) return;
        var reports = fleet.Snapshot().Namespaces.ToDictionary(report => report.Namespace, StringComparer.Ordinal);
        lock (_sync)
            foreach (var (name, (revision, at)) in _pending.ToList())
            {
                var elapsed = time.GetElapsedTime(at);
                if (!reports.TryGetValue(name.Value, out var report))
                {
                    _pending.Remove(name); // nobody listens
                    continue;
                }
                var isThere = report.Cohorts.All(cohort => !cohort.Revision.ToRevision().IsBefore(revision));
                if (!isThere && elapsed < GivenUpAfter) continue;
                histogram.Record(elapsed.TotalSeconds);
                _pending.Remove(name);
            }
    }
}
