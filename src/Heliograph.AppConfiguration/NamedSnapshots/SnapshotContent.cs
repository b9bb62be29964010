// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.KeyValues;
using Heliograph.AppConfiguration.Stores;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.AppConfiguration.NamedSnapshots;

/// <summary>The key-values that a named snapshot selects from a store: a pure function of both.</summary>
internal sealed record SnapshotContent(KeyValueSet Items, long SizeBytes)
{
    /// <summary>Selects.</summary>
    /// <exception cref="FilterException">A filter selects several labels of a key where each key may come once.</exception>
    public static SnapshotContent Select(KeyValueSet store, SnapshotDefinition definition)
    {
        var chosen = new Dictionary<SettingKey, KeyValue?>();
        foreach (var filter in definition.Filters)
        {
            var (query, byKey) = (filter.ToQuery(), new Dictionary<string, KeyValue>(StringComparer.Ordinal));
            foreach (var item in store.All)
            {
                if (!query.Matches(item)) continue;
                if (definition.CompositionType == SnapshotDefinition.ByKeyAndLabel) chosen[item.Key] = item;
                else if (!byKey.TryAdd(item.Key.Key, item)) throw new FilterException("filters", "filters: With composition_type key a filter must not select several labels of a key");
            }
            foreach (var (key, item) in byKey)
            {
                foreach (var overridden in chosen.Keys.Where(other => other.Key == key).ToList()) chosen.Remove(overridden);
                chosen[item.Key] = item;
            }
        }
        var items = KeyValueSet.Empty.With(chosen);
        long size = 0;
        foreach (var item in items.All) size += KeyValueJson.SizeOf(item.Setting);
        return new(items, size);
    }

    /// <summary>Root over the records of the content, stamps included: what the log keeps of it.</summary>
    public Hash256 Hash()
    {
        var records = new List<MerkleChange>();
        foreach (var item in Items.All)
        {
            records.Add(MerkleChange.Set(item.RecordKey, item.RecordValue));
            records.Add(MerkleChange.Set(SettingStamp.KeyOf(item.RecordKey.Span), item.Stamp.ToBytes()));
        }
        return MerkleMap.Empty.Apply(records).Root;
    }
}
