// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;

namespace Heliograph.Client.Views;

/// <summary>Gives records their meaning: makes the view of a version out of the view before it, in time that grows with what changed.</summary>
internal static class ViewBuilder
{
    /// <summary>The view of <paramref name="version"/>.</summary>
    /// <param name="previous">The view before it; <see langword="null"/> for none.</param>
    /// <param name="version">What is to be seen.</param>
    /// <param name="changed">Is given the settings that differ between the two.</param>
    /// <exception cref="InvalidDataException">A record says it is a setting and is none. The message names the namespace, never a value.</exception>
    public static NamespaceView Build(NamespaceView? previous, NamespaceVersion version, List<SettingKey> changed)
    {
        var edits = new Dictionary<string, List<SettingEdit>>(StringComparer.Ordinal); // by label, "" for none
        foreach (var change in MerkleMap.Diff(previous?.Records ?? MerkleMap.Empty, version.Records))
        {
            if (change.Key.Length == 0 || change.Key.Span[0] != (byte)RecordKind.Setting) continue; // other kinds have other readers
            var (key, setting) = Read(version, change);
            changed.Add(key);
            var label = key.Label ?? "";
            if (!edits.TryGetValue(label, out var list)) edits[label] = list = [];
            list.Add(new(key.Key, setting));
        }
        var unlabelled = previous?.Unlabelled ?? SettingTable.Empty;
        if (edits.Remove("", out var plain)) unlabelled = unlabelled.With(plain);
        return new NamespaceView(version, unlabelled, Labels(previous, edits));
    }

    private static (SettingKey Key, Setting? Setting) Read(NamespaceVersion version, MerkleChange change)
    {
        if (SettingRecord.TryParseKey(change.Key.Span, out var key))
        {
            if (change.Value is not { } value) return (key, null);
            if (SettingRecord.TryParse(change.Key.Span, value.Span, out var setting)) return (key, setting);
        }
        throw new InvalidDataException($"'{version.Name}' at {version.Revision} holds a setting that this version of the client cannot read. Update the client.");
    }

    private static Dictionary<string, SettingTable> Labels(NamespaceView? previous, Dictionary<string, List<SettingEdit>> edits)
    {
        if (edits.Count == 0 && previous is not null) return previous.Labels;
        var labels = previous is null ? new(StringComparer.Ordinal) : new Dictionary<string, SettingTable>(previous.Labels, StringComparer.Ordinal);
        foreach (var (label, list) in edits)
        {
            var table = labels.GetValueOrDefault(label, SettingTable.Empty).With(list);
            if (table.Count > 0) labels[label] = table;
            else labels.Remove(label);
        }
        return labels;
    }
}
