// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Heliograph.Client.Views;

/// <summary>A setting put under a key, or a key removed.</summary>
internal readonly record struct SettingEdit(string Key, Setting? Setting);

/// <summary>The settings of one label by key: immutable, found without allocation, and cheap to change.</summary>
/// <remarks>
/// A hash table in two levels: shards of some 256 settings each, none of which changes once it is published. An edit copies the shards that it
/// touches and the list of shards, so that one setting among 100,000 costs some microseconds. Up to 512 settings there is one shard, and a read
/// is one look-up in a dictionary.
/// </remarks>
internal sealed class SettingTable
{
    private const int ShardFillGoal = 256;

    /// <summary>Characters at the end of a key that choose its shard: keys share their beginnings, seldom so much of their ends.</summary>
    private const int ShardCharsMax = 16;

    private readonly Dictionary<string, Setting>[] _shards; // a power of two of them

    private SettingTable(Dictionary<string, Setting>[] shards, int count) => (_shards, Count) = (shards, count);

    /// <summary>No settings.</summary>
    public static SettingTable Empty { get; } = new([[]], 0);

    /// <summary>Settings in the table.</summary>
    public int Count { get; }

    /// <summary>All settings, in no particular order.</summary>
    public IEnumerable<Setting> Settings => _shards.SelectMany(shard => shard.Values);

    /// <summary>Finds the setting of a key. Thread-safe; allocates nothing.</summary>
    public bool TryGet(string key, [MaybeNullWhen(false)] out Setting setting)
    {
        var shards = _shards;
        return (shards.Length == 1 ? shards[0] : shards[ShardOf(key, shards.Length)]).TryGetValue(key, out setting);
    }

    /// <summary>This table after the edits, each of another key.</summary>
    public SettingTable With(IReadOnlyList<SettingEdit> edits)
    {
        var shards = Resized(Count + edits.Count, out var owned);
        var count = Count;
        foreach (var (key, setting) in edits)
        {
            var index = ShardOf(key, shards.Length);
            if (!owned[index]) (shards[index], owned[index]) = (new(shards[index]), true);
            var before = shards[index].Count;
            if (setting is null) shards[index].Remove(key);
            else shards[index][key] = setting;
            count += shards[index].Count - before;
        }
        return new(shards, count);
    }

    /// <summary>A list of shards that may be written to, with as many as <paramref name="count"/> settings want; <paramref name="owned"/> says which are nobody else's.</summary>
    private Dictionary<string, Setting>[] Resized(int count, out bool[] owned)
    {
        var wanted = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, count / ShardFillGoal));
        if (wanted <= _shards.Length && wanted > _shards.Length / 8) // shrinking waits, so that a table on the edge does not split at every change
        {
            owned = new bool[_shards.Length];
            return [.. _shards];
        }
        var shards = new Dictionary<string, Setting>[wanted];
        for (var i = 0; i < wanted; i++) shards[i] = [];
        foreach (var shard in _shards)
            foreach (var (key, setting) in shard)
                shards[ShardOf(key, wanted)].Add(key, setting);
        owned = new bool[wanted];
        Array.Fill(owned, true);
        return shards;
    }

    /// <summary>Which shard a key belongs to. Nothing but balance depends on it: a dictionary with the platform's own hash decides within the shard.</summary>
    private static int ShardOf(string key, int shards)
    {
        if (shards == 1) return 0;
        var tail = MemoryMarshal.AsBytes(key.AsSpan(Math.Max(0, key.Length - ShardCharsMax)));
        var hash = (ulong)key.Length * 0x9E3779B97F4A7C15;
        for (; tail.Length >= sizeof(ulong); tail = tail[sizeof(ulong)..]) hash = Mixed(hash ^ MemoryMarshal.Read<ulong>(tail));
        for (; tail.Length >= sizeof(ushort); tail = tail[sizeof(ushort)..]) hash = Mixed(hash ^ MemoryMarshal.Read<ushort>(tail));
        return (int)(hash >> 40) & (shards - 1);
    }

    private static ulong Mixed(ulong hash) => (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9;
}
