// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Stores;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I8: one request id has one effect at most and one answer; what was refused has none.</summary>
public sealed class OneEffect : IInvariant
{
    public string Id => "I8";

    public IEnumerable<string> Check(Evidence evidence)
    {
        foreach (var (requestId, entries) in Duplicates(evidence.Log)) yield return $"{requestId} has {entries} entries.";
        foreach (var request in evidence.Requests)
        {
            if (request.Acknowledged.Select(attempt => (attempt.Revision, attempt.StateRoot)).Distinct().Count() > 1) yield return $"{request.Id} has several answers: {string.Join(", ", request.Acknowledged.Select(attempt => attempt.Revision))}.";
            if (request.Attempts.All(attempt => attempt.Outcome == Outcome.Refused) && evidence.EntryOf(request.Id) is { } entry) yield return $"{request.Id} was refused, and is in the log at {entry.Revision}.";
        }
    }

    internal static IEnumerable<(string RequestId, int Entries)> Duplicates(RawLog log) =>
        log.Entries.GroupBy(entry => entry.RequestId, StringComparer.Ordinal).Where(entries => entries.Skip(1).Any()).Select(entries => (entries.Key, entries.Count()));
}
