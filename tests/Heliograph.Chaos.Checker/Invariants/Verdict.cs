// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>A promise that was broken.</summary>
/// <param name="Invariant"><c>I1</c> to <c>I12</c>.</param>
/// <param name="What">By what, so that one finds it in the history.</param>
public sealed record Violation(string Invariant, string What);

/// <summary>What the checker found.</summary>
/// <param name="Operations">Attempts that were judged.</param>
/// <param name="Ambiguous">Attempts of which the client was not told the outcome.</param>
/// <param name="Lost">Requests that were acknowledged and are not in the log where the answer said.</param>
/// <param name="Duplicated">Requests with more than one effect.</param>
/// <param name="Violations">Every promise that was broken.</param>
public sealed record Verdict(int Operations, int Ambiguous, int Lost, int Duplicated, IReadOnlyList<Violation> Violations);

/// <summary>One promise, judged over everything that was recorded, in O(n log n).</summary>
public interface IInvariant
{
    string Id { get; }

    IEnumerable<string> Check(Evidence evidence);
}

/// <summary>Judges what was recorded.</summary>
public static class Judge
{
    /// <summary>Every promise that is judged.</summary>
    public static IReadOnlyList<IInvariant> Invariants { get; } =
    [
        new AcknowledgedChanges(), new OneHistory(), new NeverBackwards(), new WholeChangesets(), new OneEffect(),
        new StrictSerializability(), new Convergence(), new VisibleStaleness(), new OneController(),
    ];

    public static Verdict Check(Evidence evidence)
    {
        var violations = Invariants.SelectMany(invariant => invariant.Check(evidence).Select(what => new Violation(invariant.Id, what))).ToList();
        return new(
            evidence.Operations.Count,
            evidence.Operations.Count(operation => operation.Outcome == Outcome.Ambiguous),
            evidence.Requests.Count(request => AcknowledgedChanges.IsLost(request, evidence)),
            OneEffect.Duplicates(evidence.Log).Count(),
            violations);
    }
}
