// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Stores;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I2: one chain without gaps, of which every copy is a beginning; and who shows a namespace at a revision shows what the log says.</summary>
public sealed class OneHistory : IInvariant
{
    private static readonly string s_none = new('0', 64);

    public string Id => "I2";

    public IEnumerable<string> Check(Evidence evidence) =>
        Chain(evidence.Log).Concat(evidence.Copies.SelectMany(Chain)).Concat(evidence.Copies.SelectMany(copy => Beginning(copy, evidence.Log))).Concat(Shown(evidence));

    private static IEnumerable<string> Chain(RawLog log)
    {
        var previous = s_none;
        for (var i = 0; i < log.Entries.Count; i++)
        {
            var entry = log.Entries[i];
            if (log.Places[i] != i + 1 || entry.Revision.Sequence != i + 1) yield return $"{log.Source}: place {i + 1} holds entry {entry.Revision} as {log.Places[i]}.";
            if (entry.PreviousHash != previous) yield return $"{log.Source}: {entry.Revision} does not follow the entry before it.";
            if (log.Requests.GetValueOrDefault(entry.RequestId) != entry.Revision.Sequence) yield return $"{log.Source}: the index says {log.Requests.GetValueOrDefault(entry.RequestId)} of {entry.RequestId}, which is entry {entry.Revision}.";
            previous = entry.Hash;
        }
        if (log.Head.Sequence != log.Entries.Count || (log.Entries.Count > 0 && log.HeadHash != previous)) yield return $"{log.Source}: its head is {log.Head}, its last entry {log.Entries.Count}.";
        if (log.Requests.Count != log.Entries.Count) yield return $"{log.Source}: {log.Requests.Count} requests in the index, {log.Entries.Count} entries.";
    }

    private static IEnumerable<string> Beginning(RawLog copy, RawLog log)
    {
        for (var i = 0; i < copy.Entries.Count; i++)
            if (i >= log.Entries.Count || copy.Entries[i].Hash != log.Entries[i].Hash)
            {
                yield return $"{copy.Source} holds another entry {i + 1} than {log.Source}.";
                yield break;
            }
    }

    private static IEnumerable<string> Shown(Evidence evidence)
    {
        foreach (var line in evidence.Journals)
            if (evidence.Namespaces.At(line.Namespace, line.Revision) is var version && (version?.Revision != line.Revision || !line.StateRoot.Equals(version.StateRoot, StringComparison.OrdinalIgnoreCase)))
                yield return $"{line.Process} ran with {line.Namespace} at {line.Revision} with a content that the log never had there.";
    }
}
