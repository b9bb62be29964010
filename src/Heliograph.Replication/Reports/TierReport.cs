// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.Reports;

/// <summary>What a relay or an agent reports of those below it, with what it refuses itself: they cannot get what it does not take, and whoever asks why must be told.</summary>
/// <param name="below">The fold of all below.</param>
/// <param name="tier">This tier's id.</param>
/// <param name="refused">What this tier refuses of a namespace now, as it travels; <see langword="null"/> for nothing.</param>
internal sealed class TierReport(IFleetSource below, string tier, Func<NamespaceName, Refusal?> refused) : IFleetSource
{
    /// <inheritdoc/>
    public Status Snapshot()
    {
        var status = below.Snapshot();
        for (var i = 0; i < status.Namespaces.Count; i++)
            if (NamespaceName.TryParse(status.Namespaces[i].Namespace, out var name, out _) && refused(name) is { } refusal) status.Namespaces[i] = With(status.Namespaces[i].Clone(), refusal);
        return status;
    }

    /// <inheritdoc/>
    public IDisposable Observe(Action changed) => below.Observe(changed);

    private NamespaceStatus With(NamespaceStatus report, Refusal refusal)
    {
        var revision = refusal.Revision.ToRevision();
        foreach (var cohort in report.Cohorts)
            if (IsBehind(cohort.Revision)) cohort.Refused = cohort.Count;
        foreach (var instance in report.Instances)
            if (instance.Refusal is null && IsBehind(instance.Revision)) instance.Refusal = new Refusal { Revision = refusal.Revision, Code = refusal.Code, Detail = $"{tier} above it: {refusal.Detail}" };
        return report;

        bool IsBehind(Position? at) => revision == Revision.None || at.ToRevision().IsBefore(revision); // of some refusals it is not known what was refused
    }
}
