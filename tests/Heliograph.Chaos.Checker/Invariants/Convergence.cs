// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I10: once nothing is wrong any more and nobody writes, every client is level within 30 s.</summary>
public sealed class Convergence : IInvariant
{
    public const long LimitMs = 30_000;

    public string Id => "I10";

    public IEnumerable<string> Check(Evidence evidence)
    {
        if (evidence.History.OfType<Mark>().LastOrDefault(mark => mark.Name == Mark.Healed) is not { } healed)
        {
            yield return "The history does not say when everything was healed.";
            yield break;
        }
        var last = new Dictionary<(string, string), ClientLine>();
        foreach (var line in evidence.Journals) last[(line.Process, line.Namespace)] = line;
        foreach (var follower in evidence.History.OfType<Follower>())
            foreach (var name in follower.Namespaces)
            {
                var (newest, held) = (evidence.Namespaces.Last(name), last.GetValueOrDefault((follower.Process, name)));
                if (held is null || held.Revision != newest?.Revision) yield return $"{follower.Process} ended at {held?.Revision.ToString() ?? "nothing"} of {name}, the log at {newest?.Revision}.";
                else if (held.T > healed.UnixMs + LimitMs) yield return $"{follower.Process} was level with {name} only {held.T - healed.UnixMs} ms after everything was healed.";
            }
        foreach (var request in evidence.Requests)
            if (request.Known is { } known && known > healed.At) yield return $"{request.Id} was answered after the history says that nobody writes any more.";
    }
}
