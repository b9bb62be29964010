// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Sequencing;
using Heliograph.Protocol;
using Heliograph.Replication.Reports;

namespace Heliograph.Origin.Telemetry;

/// <summary>Sums what the fleet reports, over all namespaces, at most once a second: three instruments are read at once.</summary>
internal sealed class FleetCount(IFleetSource fleet, Sequencer sequencer, TimeProvider time)
{
    private static readonly TimeSpan s_kept = TimeSpan.FromSeconds(1);

    private readonly Lock _sync = new();
    private long? _at;
    private Totals _totals;

    /// <summary>The sums, a second old at most.</summary>
    public Totals Now()
    {
        lock (_sync)
        {
            if (_at is { } at && time.GetElapsedTime(at) < s_kept) return _totals;
            _at = time.GetTimestamp();
            return _totals = Count();
        }
    }

    private Totals Count()
    {
        var (state, totals) = (sequencer.Current.State, default(Totals));
        foreach (var report in fleet.Snapshot().Namespaces)
        {
            if (!NamespaceName.TryParse(report.Namespace, out var name, out _) || state.Find(name)?.Revision is not { } newest) continue;
            foreach (var cohort in report.Cohorts)
            {
                var isCurrent = !cohort.Revision.ToRevision().IsBefore(newest);
                totals = new(totals.Current + (isCurrent ? (long)cohort.Count : 0), totals.Behind + (isCurrent ? 0 : (long)cohort.Count), totals.Stale + (long)cohort.Stale, totals.Refused + (long)cohort.Refused);
            }
        }
        return totals;
    }

    /// <summary>How many instances, each once for each namespace that it reports on.</summary>
    public readonly record struct Totals(long Current, long Behind, long Stale, long Refused);
}
