// SPDX-License-Identifier: Apache-2.0
using System.Numerics;

namespace Heliograph.Client.Views;

/// <summary>The settings of one label by key: immutable, found without allocation, and cheap to change.</summary>
/// <remarks>
/// A hash table in two levels, one hash for both: its upper bits choose a shard of some 256 settings, its lower bits the place in it. An edit makes
/// anew the shards that it touches and the list of shards, so that one setting among 100,000 costs some microseconds.
/// </remarks>
internal sealed class SettingTable
{
    private const int ShardFillGoal = 256;

    private readonly SettingShard[] _shards; // a power of two of them
    private readonly int _shift; // what of a hash is left above it chooses the shard

    private SettingTable(SettingShard[] shards) => (_shards, _shift, Count) = (shards, ShiftOf(shards), shards.Sum(shard => shard.Count));

    /// <summary>No settings.</summary>
    public static SettingTable Empty { get; } = new([SettingShard.Empty]);

    /// <summary>Settings in the table.</summary>
    public int Count { get; }

    /// <summary>All settings, in no particular order.</summary>
    public IEnumerable<Setting> Settings => _shards.SelectMany(shard => shard.Settings);

    /// <summary>Finds the place of a key, a free one if it is not here. Thread-safe; allocates nothing.</summary>
    public ref readonly SettingSlot Find(string key)
    {
        var hash = KeyHash.Of(key);
        return ref _shards[ShardOf(hash, _shift)].Find(key, hash);
    }

    /// <summary>This table after the edits, each of another key.</summary>
    public SettingTable With(IReadOnlyList<SettingEdit> edits)
    {
        var wanted = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, (Count + edits.Count) / ShardFillGoal));
        var isRightSize = wanted <= _shards.Length && wanted > _shards.Length / 8; // shrinking waits, so that a table on the edge does not split at every change
        if (isRightSize) return new(Edited([.. _shards], edits));
        var split = Edited([.. Enumerable.Repeat(SettingShard.Empty, wanted)], Settings.Select(setting => new SettingEdit(setting.Key.Key, setting)));
        return new(Edited(split, edits));
    }

    private static SettingShard[] Edited(SettingShard[] shards, IEnumerable<SettingEdit> edits)
    {
        var shift = ShiftOf(shards);
        foreach (var touched in edits.GroupBy(edit => ShardOf(KeyHash.Of(edit.Key), shift)))
            shards[touched.Key] = shards[touched.Key].With([.. touched]);
        return shards;
    }

    private static int ShiftOf(SettingShard[] shards) => 64 - BitOperations.Log2((uint)shards.Length);

    private static int ShardOf(ulong hash, int shift) => shift == 64 ? 0 : (int)(hash >> shift); // a shift by 64 would be one by 0
}
