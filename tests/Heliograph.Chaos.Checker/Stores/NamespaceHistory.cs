// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Stores;

/// <summary>A namespace after one entry.</summary>
public sealed record NamespaceVersion(Position Revision, string StateRoot, IReadOnlyDictionary<string, string> Values);

/// <summary>Every namespace at every revision, from the entries.</summary>
/// <remarks>Namespaces beginning <c>heliograph.</c> are left out: they hold records of other kinds.</remarks>
public sealed class NamespaceHistory
{
    private readonly Dictionary<string, List<NamespaceVersion>> _versions = new(StringComparer.Ordinal);

    public NamespaceHistory(RawLog log)
    {
        var states = new Dictionary<string, StateRoots>(StringComparer.Ordinal);
        foreach (var entry in log.Entries)
        {
            if (entry.Namespace.StartsWith("heliograph.", StringComparison.Ordinal)) continue;
            if (!states.TryGetValue(entry.Namespace, out var state)) (states[entry.Namespace], _versions[entry.Namespace]) = (state = new(), []);
            foreach (var change in entry.Changes) state.Apply(change);
            _versions[entry.Namespace].Add(new(entry.Revision, state.Root(), new Dictionary<string, string>(state.Values)));
        }
    }

    /// <summary>The namespace as it stood at a revision of the log; <see langword="null"/> before its first entry.</summary>
    public NamespaceVersion? At(string name, Position revision)
    {
        if (!_versions.TryGetValue(name, out var versions)) return null;
        var (low, high) = (0, versions.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (versions[middle].Revision.CompareTo(revision) <= 0) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? null : versions[low - 1];
    }

    public NamespaceVersion? Last(string name) => At(name, new(int.MaxValue, long.MaxValue));
}
