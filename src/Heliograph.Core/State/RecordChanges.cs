// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Wire;

namespace Heliograph.Core.State;

/// <summary>What an entry does to the records of its namespace: the one place that knows, for the state and for the history alike.</summary>
internal static class RecordChanges
{
    /// <summary>The records after an entry, or which rule it breaks.</summary>
    /// <param name="before">The records before it.</param>
    /// <param name="isStamped">Whether the namespace was stamped before it.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="after">The records after it.</param>
    /// <param name="fault">The rule.</param>
    public static bool TryApply(MerkleMap before, bool isStamped, LogEntry entry, [NotNullWhen(true)] out MerkleMap? after, [NotNullWhen(false)] out string? fault)
    {
        var content = entry.Content;
        (after, fault) = content.BodyCase switch
        {
            Entry.BodyOneofCase.ChangeSettings => Changed(before, isStamped, entry),
            Entry.BodyOneofCase.CreateNamespace or Entry.BodyOneofCase.DeleteNamespace => (MerkleMap.Empty, null),
            Entry.BodyOneofCase.AlterNamespace => (content.AlterNamespace.Stamped && !isStamped ? Stamped(before, entry) : before, null),
            Entry.BodyOneofCase.CreateNamedSnapshot => SnapshotCreated(before, entry),
            Entry.BodyOneofCase.AlterNamedSnapshot => SnapshotAltered(before, entry),
            _ => (null, "its body is of a kind that this version does not know."),
        };
        return fault is null;
    }

    /// <summary>Whether a namespace is stamped after an entry.</summary>
    public static bool IsStampedAfter(bool before, Entry entry) => entry.BodyCase switch
    {
        Entry.BodyOneofCase.CreateNamespace => entry.CreateNamespace.Stamped,
        Entry.BodyOneofCase.AlterNamespace => before || entry.AlterNamespace.Stamped,
        Entry.BodyOneofCase.DeleteNamespace => false,
        _ => before,
    };

    private static (MerkleMap?, string?) Changed(MerkleMap before, bool isStamped, LogEntry entry)
    {
        if (!SettingChanges.TryRead(entry.Content.ChangeSettings, out var changes, out var fault)) return (null, fault);
        var pin = entry.Content.ChangeSettings.Pin;
        if (!isStamped && pin is null) return (before.Apply(changes), null);
        var stamp = StampOf(entry);
        var all = new List<MerkleChange>(2 * changes.Length + 1);
        foreach (var change in changes)
        {
            all.Add(change);
            if (!isStamped) continue;
            var key = SettingStamp.KeyOf(change.Key.Span);
            all.Add(change.IsRemoval ? MerkleChange.Remove(key) : MerkleChange.Set(key, stamp));
        }
        if (pin is not null) all.Add(pin.Sequence == 0 ? MerkleChange.Remove(PinRecord.Key) : MerkleChange.Set(PinRecord.Key, PinRecord.ValueOf(pin, entry)));
        return (before.Apply(all), null);
    }

    private static MerkleMap Stamped(MerkleMap before, LogEntry entry)
    {
        var stamp = StampOf(entry);
        var changes = new List<MerkleChange>(before.Count);
        foreach (var (key, _) in before)
            if (key.Span[0] == (byte)RecordKind.Setting) changes.Add(MerkleChange.Set(SettingStamp.KeyOf(key.Span), stamp));
        return before.Apply(changes);
    }

    private static byte[] StampOf(LogEntry entry) => new SettingStamp(entry.Revision, entry.CommittedAt).ToBytes();

    private static (MerkleMap?, string?) SnapshotCreated(MerkleMap before, LogEntry entry)
    {
        var create = entry.Content.CreateNamedSnapshot;
        if (SnapshotFaults.Of(create.Name, create.Definition.Length) is { } fault) return (null, fault);
        if (create.ContentHash.Length != Hash256.SizeBytes) return (null, "the content's hash has not its size.");
        return (before.Set(NamedSnapshotRecord.KeyOf(create.Name), new NamedSnapshotState
        {
            Definition = create.Definition,
            Epoch = entry.Content.Epoch,
            Sequence = entry.Content.Sequence,
            Settings = create.Settings,
            Bytes = create.Bytes,
            ContentHash = create.ContentHash,
            CreatedAtMs = entry.Content.CommittedAtMs,
            RetentionSeconds = create.RetentionSeconds,
            ChangedAtSequence = entry.Content.Sequence,
        }.ToByteArray()), null);
    }

    private static (MerkleMap?, string?) SnapshotAltered(MerkleMap before, LogEntry entry)
    {
        var alter = entry.Content.AlterNamedSnapshot;
        if (NamedSnapshotRecord.Find(before, alter.Name) is not { } there) return (null, "there is no named snapshot of that name.");
        var changed = there.Clone();
        changed.ArchivedAtMs = alter.Archived ? entry.Content.CommittedAtMs : 0;
        changed.ChangedAtSequence = entry.Content.Sequence;
        return (before.Set(NamedSnapshotRecord.KeyOf(alter.Name), changed.ToByteArray()), null);
    }
}

/// <summary>What is wrong with a named snapshot, whatever the state.</summary>
internal static class SnapshotFaults
{
    /// <summary>The fault, or <see langword="null"/>.</summary>
    public static string? Of(string name, int definitionBytes) =>
        name.Length == 0 ? "A named snapshot has a name."
        : TextRules.Fault("named snapshot's name", name, Limits.SnapshotNameCharsMax)
        ?? (definitionBytes > NamedSnapshotRecord.DefinitionBytesMax ? $"A named snapshot's definition has at most {NamedSnapshotRecord.DefinitionBytesMax} bytes." : null);
}
