// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.AppConfiguration.Stores;

/// <summary>Key-values in the order in which they are listed: by key, then label, those without label first, ordinally. Immutable.</summary>
internal sealed class KeyValueSet(KeyValue[] items)
{
    /// <summary>No key-values.</summary>
    public static KeyValueSet Empty { get; } = new([]);

    /// <summary>How many.</summary>
    public int Count => items.Length;

    /// <summary>The key-value at a place.</summary>
    public KeyValue this[int index] => items[index];

    /// <summary>All of them.</summary>
    public ReadOnlySpan<KeyValue> All => items;

    /// <summary>The key-value under a key and label, or <see langword="null"/>.</summary>
    public KeyValue? Find(SettingKey key) => IndexAfter(key, inclusive: true) is var at && at < items.Length && items[at].Key == key ? items[at] : null;

    /// <summary>Index of the first key-value after a position (or at it, if inclusive).</summary>
    public int IndexAfter(SettingKey key, bool inclusive = false)
    {
        var (low, high) = (0, items.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = items[middle].Key.CompareTo(key);
            if (order < 0 || (order == 0 && !inclusive)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Index of the first key-value whose key is not before a prefix.</summary>
    public int IndexOfPrefix(string prefix) => prefix.Length == 0 || !SettingKey.TryCreate(prefix, null, out var first, out _) ? 0 : IndexAfter(first, inclusive: true);

    /// <summary>This set with some key-values replaced, added or (<see langword="null"/>) left out.</summary>
    public KeyValueSet With(IReadOnlyDictionary<SettingKey, KeyValue?> changes)
    {
        if (changes.Count == 0) return this;
        var merged = new List<KeyValue>(items.Length + changes.Count);
        var at = 0;
        foreach (var (key, now) in changes.OrderBy(pair => pair.Key))
        {
            while (at < items.Length && items[at].Key.CompareTo(key) < 0) merged.Add(items[at++]);
            if (at < items.Length && items[at].Key == key) at++;
            if (now is not null) merged.Add(now);
        }
        merged.AddRange(items.AsSpan(at));
        return new([.. merged]);
    }
}
