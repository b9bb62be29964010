// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I11: who is cut off says so; who is not, and was given time, does not.</summary>
public sealed class VisibleStaleness : IInvariant
{
    /// <summary>How much later than promised a machine under load may notice.</summary>
    public const long ToleranceMs = 2_000;

    private const long Nanoseconds = 1_000_000;

    public string Id => "I11";

    public IEnumerable<string> Check(Evidence evidence)
    {
        var said = evidence.History.OfType<Freshness>().GroupBy(line => line.Process, StringComparer.Ordinal).ToDictionary(lines => lines.Key, lines => lines.OrderBy(line => line.At).ToList(), StringComparer.Ordinal);
        foreach (var cut in evidence.History.OfType<Cut>())
        {
            var from = cut.From + ((cut.StaleAfterMs + ToleranceMs) * Nanoseconds);
            var during = said.GetValueOrDefault(cut.Process, []).Where(line => line.At > from && line.At < cut.To).ToList();
            if (during.FirstOrDefault(line => !line.Stale) is { } silent) yield return $"{cut.Process} was cut off at {cut.From} and did not say so at {silent.At}.";
        }
        if (evidence.History.OfType<Mark>().LastOrDefault(mark => mark.Name == Mark.Healed) is not { } healed) yield break;
        foreach (var (process, lines) in said)
            if (lines[^1] is { Stale: true } last && last.At > healed.At + (Convergence.LimitMs * Nanoseconds)) yield return $"{process} still says that it is stale {(last.At - healed.At) / Nanoseconds} ms after everything was healed.";
    }
}
