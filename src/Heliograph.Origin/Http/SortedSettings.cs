// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Origin.Http;

/// <summary>A namespace's settings in the order in which they are listed. Sorted once for each content, and kept as long as that is.</summary>
internal sealed class SortedSettings
{
    private static readonly ConditionalWeakTable<MerkleMap, SortedSettings> Known = [];

    private readonly (SettingKey Key, ReadOnlyMemory<byte> RecordKey, ReadOnlyMemory<byte> Value)[] _settings;

    private SortedSettings(MerkleMap records)
    {
        var settings = new List<(SettingKey, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)>(records.Count);
        foreach (var (key, value) in records)
            if (SettingRecord.TryParseKey(key.Span, out var setting)) settings.Add((setting, key, value));
        settings.Sort(static (left, right) => left.Item1.CompareTo(right.Item1));
        _settings = [.. settings];
    }

    /// <summary>How many there are.</summary>
    public int Count => _settings.Length;

    /// <summary>The settings of a content.</summary>
    public static SortedSettings Of(MerkleMap records) => Known.GetValue(records, static map => new(map));

    /// <summary>A page of the settings that pass, and the last key of it if there are more.</summary>
    public (IReadOnlyList<SettingView> Items, SettingKey? Next) Page(SettingKey? after, int limit, string prefix, Func<SettingKey, bool> passes)
    {
        var items = new List<SettingView>();
        SettingKey last = default;
        for (var i = Start(after); i < _settings.Length; i++)
        {
            var (key, recordKey, value) = _settings[i];
            if (!key.Key.StartsWith(prefix, StringComparison.Ordinal) || !passes(key)) continue;
            if (items.Count == limit) return (items, last);
            if (Mapping.ToView(recordKey.Span, value.Span) is { } view) items.Add(view);
            last = key;
        }
        return (items, null);
    }

    private int Start(SettingKey? after)
    {
        if (after is not { } behind) return 0;
        var (low, high) = (0, _settings.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_settings[middle].Key.CompareTo(behind) <= 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
