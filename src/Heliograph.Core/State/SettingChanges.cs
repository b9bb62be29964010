// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.Wire;

namespace Heliograph.Core.State;

/// <summary>The body of a changeset's entry as changes of records, and back.</summary>
public static class SettingChanges
{
    /// <summary>Reads the changes of an entry, or says which rule they break: at least one unless the entry pins or releases, ordered by key, then label, each once, keys and values within the grammar.</summary>
    public static bool TryRead(ChangeSettings body, [NotNullWhen(true)] out MerkleChange[]? changes, [NotNullWhen(false)] out string? error)
    {
        changes = null;
        if (body.Changes.Count == 0 && body.Pin is null)
        {
            error = "it changes nothing.";
            return false;
        }
        var read = new MerkleChange[body.Changes.Count];
        SettingKey previous = default;
        for (var i = 0; i < read.Length; i++)
        {
            var change = body.Changes[i];
            if (!SettingKey.TryCreate(change.Key, change.Label, out var key, out error))
            {
                error = $"change {i + 1}: {error}";
                return false;
            }
            if (i > 0 && key.CompareTo(previous) <= 0)
            {
                error = $"change {i + 1} is out of order, or the second one of its setting.";
                return false;
            }
            if (change.Put is { } put && !IsWellFormed(put))
            {
                error = $"change {i + 1}: its value is not UTF-8, too large, or its tags are out of order.";
                return false;
            }
            read[i] = change.Put is null ? MerkleChange.Remove(SettingRecord.KeyOf(key)) : MerkleChange.Set(SettingRecord.KeyOf(key), change.Put.ToByteArray());
            previous = key;
        }
        changes = read;
        error = null;
        return true;
    }

    /// <summary>The setting that a change is about.</summary>
    public static SettingKey KeyOf(SettingChange change) => SettingKey.Create(change.Key, change.Label);

    private static bool IsWellFormed(SettingValue value)
    {
        if (value.Value.Length > Limits.ValueBytesMax || value.Tags.Count > Limits.TagsMax || value.Marks > 3 || !System.Text.Unicode.Utf8.IsValid(value.Value.Span)) return false;
        for (var i = 1; i < value.Tags.Count; i++)
            if (string.CompareOrdinal(value.Tags[i - 1].Name, value.Tags[i].Name) >= 0) return false;
        return true;
    }
}
