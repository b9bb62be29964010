// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I12: the store gives the right to append to one node at a time, and only that node's appends are in the log.</summary>
public sealed class OneController : IInvariant
{
    public string Id => "I12";

    public IEnumerable<string> Check(Evidence evidence)
    {
        var terms = evidence.History.OfType<Term>().ToList();
        for (var i = 1; i < terms.Count; i++)
            if (terms[i].Token <= terms[i - 1].Token) yield return $"{terms[i].Node} was given the right {terms[i].Token} after {terms[i - 1].Node} had {terms[i - 1].Token}.";
        if (terms.Count == 0) yield break; // a store with one process, and no revisions of its own
        var sorted = terms.OrderBy(term => term.Token).ToList();
        foreach (var request in evidence.Requests)
        {
            // One attempt, at an origin that had to do it itself: the entry is that origin's.
            if (request.Attempts is not [{ Outcome: Outcome.Ok, Alone: { } node }] || evidence.EntryOf(request.Id) is not { StoreRevision: > 0 } entry) continue;
            var (low, high) = (0, sorted.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (sorted[middle].Token < entry.StoreRevision) low = middle + 1;
                else high = middle;
            }
            if (low == 0 || sorted[low - 1].Node != node) yield return $"{node} appended {request.Id} at {entry.Revision} while the right was with {(low == 0 ? "nobody" : sorted[low - 1].Node)}.";
        }
    }
}
