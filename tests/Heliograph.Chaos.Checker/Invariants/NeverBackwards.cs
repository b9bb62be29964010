// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I3: what a client runs with never goes backwards, over its restarts, its parents and theirs.</summary>
public sealed class NeverBackwards : IInvariant
{
    public string Id => "I3";

    public IEnumerable<string> Check(Evidence evidence)
    {
        var highest = new Dictionary<(string Process, string Namespace), ClientLine>();
        foreach (var line in evidence.Journals)
        {
            var key = (line.Process, line.Namespace);
            if (highest.TryGetValue(key, out var before) && line.Revision.CompareTo(before.Revision) < 0)
                yield return $"{line.Process} (process {line.Pid}) ran with {line.Namespace} at {line.Revision} after {before.Revision} (process {before.Pid}).";
            else highest[key] = line;
        }
    }
}
