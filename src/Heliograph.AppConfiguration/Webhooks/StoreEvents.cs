// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.History;
using Heliograph.AppConfiguration.NamedSnapshots;
using Heliograph.AppConfiguration.Stores;
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using SettingStamp = Heliograph.Core.State.SettingStamp;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>Reads a store's events out of the log, as a webhook wants them. Nothing is queued: who is behind reads later.</summary>
internal sealed class StoreEvents(Sequencer sequencer, WebhookOptions hook)
{
    /// <summary>Where one begins who was not here before: behind everything that is there.</summary>
    public WebhookCursor Now => new(sequencer.Current.State.Revision, WebhookCursor.Whole);

    /// <summary>The next batch behind a cursor; <see langword="null"/> if there is nothing yet.</summary>
    /// <exception cref="HistoryUnavailableException">The log could not be read.</exception>
    public async ValueTask<EventBatch?> NextAsync(WebhookCursor after, CancellationToken cancellationToken)
    {
        var from = after.Index == WebhookCursor.Whole ? after.Revision.Sequence : after.Revision.Sequence - 1;
        if (sequencer.History.FirstAfter(hook.Namespace, from) is not { } sequence || sequence > sequencer.Current.State.Revision.Sequence) return null;
        if (await sequencer.History.ReadEntryAsync(sequence, cancellationToken) is not StoreAnswer<LogEntry>.Done { Value: var entry }) throw new HistoryUnavailableException();
        var dealtWith = sequence == after.Revision.Sequence && after.Index != WebhookCursor.Whole ? after.Index : -1;
        var events = new List<StoreEvent>();
        var changes = entry.Content.ChangeSettings?.Changes.Count ?? 1;
        MerkleMap? before = null;
        for (var i = dealtWith + 1; i < changes; i++)
        {
            if (events.Count == hook.BatchMax) return new(entry.Revision, entry.CommittedAt, events, new(entry.Revision, i - 1));
            if (!Wants(entry.Content, i)) continue;
            if (entry.Content.ChangeSettings?.Changes[i] is { Put: null }) before ??= await BeforeAsync(sequence, cancellationToken);
            if (Read(entry, i, before) is { } read) events.Add(read);
        }
        return new(entry.Revision, entry.CommittedAt, events, new(entry.Revision, WebhookCursor.Whole));
    }

    private bool Wants(Entry entry, int index) => entry.BodyCase switch
    {
        Entry.BodyOneofCase.ChangeSettings => entry.ChangeSettings.Changes[index].Key.StartsWith(hook.KeyPrefix, StringComparison.Ordinal) && Wants(entry.ChangeSettings.Changes[index].Put is null ? StoreEvent.KeyValueDeleted : StoreEvent.KeyValueModified),
        Entry.BodyOneofCase.CreateNamedSnapshot => Wants(StoreEvent.SnapshotCreated),
        Entry.BodyOneofCase.AlterNamedSnapshot => Wants(StoreEvent.SnapshotModified),
        _ => false,
    };

    private bool Wants(string type) => hook.Events.Count == 0 || hook.Events.Contains(type);

    private static StoreEvent? Read(LogEntry entry, int index, MerkleMap? before) => entry.Content.BodyCase switch
    {
        Entry.BodyOneofCase.CreateNamedSnapshot => OfSnapshot(StoreEvent.SnapshotCreated, entry.Content.CreateNamedSnapshot.Name, entry),
        Entry.BodyOneofCase.AlterNamedSnapshot => OfSnapshot(StoreEvent.SnapshotModified, entry.Content.AlterNamedSnapshot.Name, entry),
        Entry.BodyOneofCase.ChangeSettings => OfKeyValue(entry, entry.Content.ChangeSettings.Changes[index], index, before),
        _ => null,
    };

    private static StoreEvent OfSnapshot(string type, string name, LogEntry entry) => new(type, name, null, Snapshot.ETagOf(name, (uint)entry.Revision.Epoch, (ulong)entry.Revision.Sequence), 0);

    private static StoreEvent OfKeyValue(LogEntry entry, SettingChange change, int index, MerkleMap? before)
    {
        var key = SettingChanges.KeyOf(change);
        return change.Put is { } put
            ? new(StoreEvent.KeyValueModified, key.Key, key.Label, StoreHistory.Read(entry, change, put).ETag, index)
            : new(StoreEvent.KeyValueDeleted, key.Key, key.Label, KeyValue.Find(before ?? MerkleMap.Empty, key, new SettingStamp(entry.Revision, entry.CommittedAt))?.ETag ?? "", index);
    }

    private async ValueTask<MerkleMap> BeforeAsync(long sequence, CancellationToken cancellationToken) =>
        await sequencer.History.FindAsync(hook.Namespace, sequence - 1, cancellationToken) is StoreAnswer<PastNamespace?>.Done { Value: var past }
            ? past?.Records ?? MerkleMap.Empty
            : throw new HistoryUnavailableException();
}
