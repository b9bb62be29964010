// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.State;
using Heliograph.Protocol.Wire;

namespace Heliograph.Origin.Http;

/// <summary>The fleet's reports as the API's shapes, compared with what the origin holds.</summary>
internal static class FleetViews
{
    /// <summary>Most laggards named in one answer.</summary>
    public const int LaggardsMax = 1_000;

    /// <summary>One namespace's part of the fleet. <paramref name="report"/> is <see langword="null"/> if nobody runs it.</summary>
    public static FleetNamespace ToView(RealmNamespace it, NamespaceStatus? report)
    {
        var (connected, current, stale, refused) = (0L, 0L, 0L, 0L);
        foreach (var cohort in report?.Cohorts ?? [])
        {
            connected += (long)cohort.Count;
            stale += (long)cohort.Stale;
            refused += (long)cohort.Refused;
            if (Runs(cohort, it)) current += (long)cohort.Count;
        }
        var (laggards, leftOut) = Laggards(report, it.Name, connected - current, instance => !RevisionOf(instance.Revision).Equals(it.Revision));
        return new(it.Name.Value, it.Revision.ToString(), connected, current, stale, refused,
            [.. (report?.Cohorts ?? []).Select(cohort => new FleetCohort(RevisionOf(cohort.Revision).ToString(), Hex(cohort.StateRoot), cohort.Region, cohort.Ring, (long)cohort.Count))], laggards, leftOut, Mapping.ToPin(it));
    }

    /// <summary>How many have applied a revision, of how many, and who has not.</summary>
    public static (long Applied, long Connected, IReadOnlyList<FleetInstance> Laggards, long LeftOut) Applied(NamespaceName name, NamespaceStatus? report, Revision wanted)
    {
        var (applied, connected) = (0L, 0L);
        foreach (var cohort in report?.Cohorts ?? [])
        {
            connected += (long)cohort.Count;
            if (!RevisionOf(cohort.Revision).IsBefore(wanted)) applied += (long)cohort.Count;
        }
        var (laggards, leftOut) = Laggards(report, name, connected - applied, instance => RevisionOf(instance.Revision).IsBefore(wanted));
        return (applied, connected, laggards, leftOut);
    }

    /// <summary>An instance.</summary>
    public static FleetInstance ToView(InstanceStatus it, string name) => new(
        it.Instance?.Id ?? "", it.Instance?.Service ?? "", it.Instance?.Region ?? "", it.Instance?.Zone ?? "", it.Instance?.Ring ?? "", it.Instance?.Version ?? "", it.Instance?.Host ?? "",
        it.Path, name, RevisionOf(it.Revision).ToString(), Hex(it.StateRoot), it.Stale, it.ServingStable, TimeOf(it.AppliedAtMs),
        it.Refusal is { } refusal ? new(RevisionOf(refusal.Revision).ToString(), refusal.Code, refusal.Detail) : null);

    /// <summary>A position that a peer reported; what is out of range is no revision.</summary>
    public static Revision RevisionOf(Position? position) =>
        position is { Epoch: <= int.MaxValue, Sequence: <= long.MaxValue } ? new((int)position.Epoch, (long)position.Sequence) : Revision.None;

    private static bool Runs(Cohort cohort, RealmNamespace it) => RevisionOf(cohort.Revision) == it.Revision && cohort.StateRoot.Span.SequenceEqual(it.StateRoot.ToArray());

    private static (IReadOnlyList<FleetInstance> Named, long LeftOut) Laggards(NamespaceStatus? report, NamespaceName name, long count, Func<InstanceStatus, bool> isLate)
    {
        IReadOnlyList<FleetInstance> named = [.. (report?.Instances ?? []).Where(isLate).Take(LaggardsMax).Select(instance => ToView(instance, name.Value))];
        return (named, Math.Max(0, count - named.Count));
    }

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private static DateTimeOffset? TimeOf(long unixMilliseconds) => unixMilliseconds is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds) : null;
}
