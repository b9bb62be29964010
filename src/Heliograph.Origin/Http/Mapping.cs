// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Core.Wire;

namespace Heliograph.Origin.Http;

/// <summary>The domain's words as the API's shapes.</summary>
internal static class Mapping
{
    /// <summary>A namespace.</summary>
    public static NamespaceView ToView(this RealmNamespace it) => new(
        it.Name.Value, it.Revision.ToString(), it.StateRoot.ToString(), it.IsStamped ? SortedSettings.Of(it.Records).Count : it.Records.Count, it.Records.Bytes, it.IsArchived, it.Description,
        it.CreatedAt, it.CreatedBy, it.ChangedAt, it.ChangedBy);

    /// <summary>The setting in a record; <see langword="null"/> for a record of another kind.</summary>
    public static SettingView? ToView(ReadOnlySpan<byte> recordKey, ReadOnlySpan<byte> recordValue) =>
        SettingRecord.TryParse(recordKey, recordValue, out var it) ? new(
            it.Key.Key, it.Key.Label, it.Value, it.ContentType, it.Tags.ToDictionary(StringComparer.Ordinal), it.IsLocked, SettingRecord.ContentHash(recordValue).ToString()) : null;

    /// <summary>The setting under a key; <see langword="null"/> if there is none.</summary>
    public static SettingView? Find(MerkleMap records, SettingKey key)
    {
        var recordKey = SettingRecord.KeyOf(key);
        return records.TryGet(recordKey, out var value) ? ToView(recordKey, value.Span) : null;
    }

    /// <summary>What makes one content of another, ordered by key, then label.</summary>
    public static IReadOnlyList<DiffItem> Diff(MerkleMap before, MerkleMap after)
    {
        var items = new List<(SettingKey Key, DiffItem Item)>();
        foreach (var change in MerkleMap.Diff(before, after))
        {
            if (!SettingRecord.TryParseKey(change.Key.Span, out var key)) continue; // records of other kinds are not settings
            var was = before.TryGet(change.Key.Span, out var value) ? ToView(change.Key.Span, value.Span) : null;
            var became = change.Value is { } now ? ToView(change.Key.Span, now.Span) : null;
            items.Add((key, new(key.Key, key.Label, was is null ? "added" : became is null ? "removed" : "changed", was, became)));
        }
        items.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        return [.. items.Select(item => item.Item)];
    }

    /// <summary>A committed change, and what it did.</summary>
    public static ChangeView ToChange(LogEntry entry, MerkleMap before, MerkleMap after, bool isDuplicate)
    {
        var diff = Diff(before, after);
        return new(entry.Content.Namespace, entry.Revision.ToString(), after.Root.ToString(), entry.CommittedAt, entry.Content.Actor, entry.Content.Message, diff.Count, isDuplicate, diff);
    }

    /// <summary>An entry of the history.</summary>
    public static HistoryItem ToHistory(this LogEntry entry, RealmHistory history)
    {
        var content = entry.Content;
        var change = content.ChangeSettings;
        var rolledBackTo = change is { RolledBackTo: > 0 } ? history.RevisionAt((long)change.RolledBackTo).ToString() : null;
        return new(entry.Revision.ToString(), content.Namespace, entry.CommittedAt, content.Actor, content.Message, Kind(content, rolledBackTo is not null),
            [.. (change?.Changes ?? []).Select(one => new HistoryOperation(one.Put is null ? "delete" : "put", one.Key, one.Label.Length == 0 ? null : one.Label))],
            rolledBackTo, content.RequestId, entry.Hash.ToString());
    }

    private static string Kind(Entry content, bool isRollback) => content.BodyCase switch
    {
        Entry.BodyOneofCase.ChangeSettings => isRollback ? "rollback" : "change",
        Entry.BodyOneofCase.CreateNamespace => "create",
        Entry.BodyOneofCase.AlterNamespace => "alter",
        Entry.BodyOneofCase.DeleteNamespace => "delete",
        Entry.BodyOneofCase.CreateNamedSnapshot or Entry.BodyOneofCase.AlterNamedSnapshot => "snapshot",
        Entry.BodyOneofCase.EpochBegun => "epoch",
        _ => "other",
    };
}
