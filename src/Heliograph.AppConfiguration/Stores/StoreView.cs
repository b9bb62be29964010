// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Heliograph.AppConfiguration.NamedSnapshots;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.AppConfiguration.Stores;

/// <summary>A store at a revision: its key-values in order, and the answers that were given from it. Immutable but for the answers it remembers.</summary>
/// <remarks>A view is made of the one before it: unchanged key-values are shared, so a change costs what has changed and one copy of an array of references.</remarks>
internal sealed class StoreView
{
    private static readonly ConditionalWeakTable<MerkleMap, StoreView> s_past = [];

    private readonly ConcurrentDictionary<(string Name, long Sequence), KeyValueSet> _snapshots = new(); // few: those that were made at this very revision

    private StoreView(NamespaceName name, StoreState state, KeyValueSet items) => (Name, State, Items) = (name, state, items);

    /// <summary>The namespace.</summary>
    public NamespaceName Name { get; }

    /// <summary>What it was made of.</summary>
    public StoreState State { get; }

    /// <summary>All key-values.</summary>
    public KeyValueSet Items { get; }

    /// <summary>Answers to lists, by what was asked.</summary>
    public AnswerCache Answers { get; private set; } = new();

    /// <summary>Whether a page of it was given that has a next one.</summary>
    public bool HasListsUnderWay { get; set; }

    /// <summary>It is the newest no more: it keeps its key-values, and forgets the answers.</summary>
    public void Retire() => Answers = new(AnswerCache.RetiredBytesMax);

    /// <summary>The view of a state.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="state">The state.</param>
    /// <param name="previous">An older view to take over from, or <see langword="null"/>.</param>
    public static StoreView Of(NamespaceName name, StoreState state, StoreView? previous)
    {
        if (previous is not null && ReferenceEquals(previous.State.Records, state.Records)) return new(name, state, previous.Items);
        var changed = new Dictionary<SettingKey, KeyValue?>();
        foreach (var change in MerkleMap.Diff(previous?.State.Records ?? MerkleMap.Empty, state.Records))
            if (SettingKeyOf(change.Key) is { } recordKey && SettingRecord.TryParseKey(recordKey.Span, out var key)) changed.TryAdd(key, Read(state, key, recordKey));
        return new(name, state, (previous?.Items ?? KeyValueSet.Empty).With(changed));
    }

    /// <summary>The view of a state of the past; kept as long as anyone keeps its records.</summary>
    public static StoreView OfPast(NamespaceName name, StoreState state) => s_past.GetValue(state.Records, _ => Of(name, state, null));

    /// <summary>What a named snapshot selected from this state; selected once for as long as the view is kept.</summary>
    public KeyValueSet SnapshotItems(Snapshot snapshot) => _snapshots.GetOrAdd((snapshot.Name, (long)snapshot.State.Sequence), _ => SnapshotContent.Select(Items, snapshot.Definition).Items);

    /// <summary>The record key of the setting that a record is about; <see langword="null"/> for records that are about none.</summary>
    private static ReadOnlyMemory<byte>? SettingKeyOf(ReadOnlyMemory<byte> recordKey)
    {
        if (recordKey.Span[0] == (byte)RecordKind.Setting) return recordKey;
        if (recordKey.Span[0] != (byte)RecordKind.Stamp) return null;
        var key = recordKey.ToArray();
        key[0] = (byte)RecordKind.Setting;
        return key;
    }

    private static KeyValue? Read(StoreState state, SettingKey key, ReadOnlyMemory<byte> recordKey) =>
        state.Records.TryGet(recordKey.Span, out var value)
            ? new(key, recordKey, value, SettingStamp.TryFind(state.Records, recordKey.Span, out var stamp) ? stamp : new(state.Revision, state.AsOf))
            : null;
}
