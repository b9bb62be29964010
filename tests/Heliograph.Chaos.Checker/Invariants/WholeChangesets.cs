// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I4: keys that are written together, with one value, are read with one value.</summary>
public sealed class WholeChangesets : IInvariant
{
    public string Id => "I4";

    public IEnumerable<string> Check(Evidence evidence)
    {
        foreach (var read in evidence.Operations.Where(operation => operation.Values is not null))
            foreach (var group in read.Values!.GroupBy(setting => setting.Key[..(setting.Key.LastIndexOf('/') + 1)], StringComparer.Ordinal))
                if (group.Key.Length > 0 && group.Select(setting => setting.Value).Distinct(StringComparer.Ordinal).Skip(1).Any())
                    yield return $"{read.Process} read {read.Namespace} at {read.Revision} with {group.Key} of several changesets: {string.Join(", ", group.Select(setting => setting.Value))}.";
    }
}
