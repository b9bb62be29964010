// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I9: changes and linearizable reads take effect one after the other, between question and answer; every read shows the log at the revision that it names.</summary>
/// <remarks>
/// No search is needed, for every answer names its revision. What was known before something was asked is not after it; nobody saw what nobody had
/// asked for yet; what was read is what the entries make of it.
/// </remarks>
public sealed class StrictSerializability : IInvariant
{
    public string Id => "I9";

    public IEnumerable<string> Check(Evidence evidence) => RealTime(evidence).Concat(NotFromTheFuture(evidence)).Concat(Contents(evidence)).Concat(Expectations(evidence));

    /// <summary>Swept in the order of the questions, with the highest revision that had been answered by then.</summary>
    private static IEnumerable<string> RealTime(Evidence evidence)
    {
        var effects = Effects(evidence).ToList();
        var (byEnd, ended, highest) = (effects.OrderBy(effect => effect.End).ToList(), 0, (Effect?)null);
        foreach (var effect in effects.OrderBy(effect => effect.Start))
        {
            for (; ended < byEnd.Count && byEnd[ended].End < effect.Start; ended++)
                if (highest is null || byEnd[ended].Revision.CompareTo(highest.Revision) > 0) highest = byEnd[ended];
            if (highest is null) continue;
            var order = effect.Revision.CompareTo(highest.Revision);
            if (order < 0 || (order == 0 && effect.IsWrite)) yield return $"{effect.What} is at {effect.Revision}, though {highest.What} was known to be at {highest.Revision} before it was asked for.";
        }
    }

    private static IEnumerable<string> NotFromTheFuture(Evidence evidence)
    {
        var asked = evidence.Requests.ToDictionary(request => request.Id, request => request.Start, StringComparer.Ordinal);
        var (latest, last) = (new List<(Position Revision, long Start)>(), long.MinValue);
        foreach (var entry in evidence.Log.Entries)
            if (asked.TryGetValue(entry.RequestId, out var start)) latest.Add((entry.Revision, last = Math.Max(last, start)));
        foreach (var operation in evidence.Operations.Where(operation => operation is { Outcome: Outcome.Ok, Revision: not null }))
        {
            var (low, high) = (0, latest.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (latest[middle].Revision.CompareTo(operation.Revision!.Value) <= 0) low = middle + 1;
                else high = middle;
            }
            if (low > 0 && latest[low - 1].Start > operation.End) yield return $"{Name(operation)} was answered at {operation.Revision} before a change at or before it was asked for.";
        }
    }

    private static IEnumerable<string> Contents(Evidence evidence)
    {
        foreach (var read in evidence.Operations.Where(operation => operation is { Kind: OperationKind.Read, Outcome: Outcome.Ok, Revision: not null }))
        {
            if (read.Consistency == Consistency.AtLeast && read.Revision!.Value.CompareTo(read.AtLeast!.Value) < 0) yield return $"{Name(read)} asked for {read.AtLeast} and was answered at {read.Revision}.";
            if (read.Revision!.Value.Sequence > evidence.Log.Entries.Count) yield return $"{Name(read)} was answered at {read.Revision}, which the log does not have.";
            var state = evidence.Namespaces.At(read.Namespace, read.Revision.Value);
            if (read.StateRoot is { } root && !root.Equals(state?.StateRoot, StringComparison.OrdinalIgnoreCase)) yield return $"{Name(read)} has another root than the log at {read.Revision}.";
            if (read.Values is { } values && (state is null || values.Count != state.Values.Count || values.Any(setting => state.Values.GetValueOrDefault(setting.Key) != setting.Value))) yield return $"{Name(read)} shows other values than the log has at {read.Revision}.";
        }
    }

    private static IEnumerable<string> Expectations(Evidence evidence)
    {
        foreach (var request in evidence.Requests)
            if (request.Attempts[0].Expected is { } expected && evidence.EntryOf(request.Id) is { } entry
                && evidence.Namespaces.At(entry.Namespace, new(entry.Revision.Epoch, entry.Revision.Sequence - 1))?.Revision is var before && before != expected)
                yield return $"{request.Id} was done on {before}, though it was to be done on {expected} only.";
    }

    private static IEnumerable<Effect> Effects(Evidence evidence) =>
        evidence.Requests.Where(request => request.Known is not null).Select(request => new Effect(request.Id, request.Start, request.Known!.Value, request.Acknowledged.First().Revision!.Value, IsWrite: true))
            .Concat(evidence.Operations.Where(operation => operation is { Kind: OperationKind.Read, Outcome: Outcome.Ok, Consistency: Consistency.Linearizable, Revision: not null })
                .Select(read => new Effect(Name(read), read.Start, read.End, read.Revision!.Value, IsWrite: false)));

    private static string Name(Operation operation) => operation.RequestId ?? $"the read of {operation.Namespace} by {operation.Process} at {operation.Start}";

    private sealed record Effect(string What, long Start, long End, Position Revision, bool IsWrite);
}
