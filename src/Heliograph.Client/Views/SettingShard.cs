// SPDX-License-Identifier: Apache-2.0
using System.Numerics;

namespace Heliograph.Client.Views;

/// <summary>A setting put under a key, or a key removed.</summary>
internal readonly record struct SettingEdit(string Key, Setting? Setting);

/// <summary>Some hundred settings by key: an open-addressed table that never changes once it is made.</summary>
internal sealed class SettingShard
{
    private readonly SettingSlot[] _slots; // a power of two of them, at most half of them taken: a probe for what is not there ends soon

    private SettingShard(SettingSlot[] slots, int count) => (_slots, Count) = (slots, count);

    /// <summary>No settings.</summary>
    public static SettingShard Empty { get; } = new(new SettingSlot[2], 0);

    /// <summary>Settings in the shard.</summary>
    public int Count { get; private set; }

    /// <summary>All settings, in no particular order.</summary>
    public IEnumerable<Setting> Settings => _slots.Where(slot => slot.Key is not null).Select(slot => slot.Setting!);

    /// <summary>Finds the place of a key; a free one if it is not here.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its <see cref="KeyHash"/>.</param>
    public ref readonly SettingSlot Find(string key, ulong hash)
    {
        var slots = _slots;
        for (var index = (int)hash & (slots.Length - 1); ; index = (index + 1) & (slots.Length - 1))
        {
            ref readonly var slot = ref slots[index];
            if (slot.Key is not { } there || (slot.Hash == (uint)hash && there == key)) return ref slot; // there is always a free one
        }
    }

    /// <summary>This shard after the edits, each of another key.</summary>
    public SettingShard With(IReadOnlyCollection<SettingEdit> edits)
    {
        var fits = (Count + edits.Count) * 2 <= _slots.Length;
        var shard = fits && edits.All(edit => edit.Setting is not null) ? new SettingShard([.. _slots], Count) : Without(edits);
        foreach (var (key, setting) in edits)
            if (setting is not null) shard.Put(SettingSlot.Of(key, setting));
        return shard;
    }

    /// <summary>A new shard without the edited keys, and with room for them: a slot cannot be emptied in place, for a probe would end there.</summary>
    private SettingShard Without(IReadOnlyCollection<SettingEdit> edits)
    {
        var edited = edits.Select(edit => edit.Key).ToHashSet(StringComparer.Ordinal);
        var shard = new SettingShard(new SettingSlot[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, Count + edits.Count) * 2)], 0);
        foreach (var slot in _slots)
            if (slot.Key is { } key && !edited.Contains(key)) shard.Put(slot);
        return shard;
    }

    private void Put(in SettingSlot added)
    {
        var index = (int)added.Hash & (_slots.Length - 1);
        for (; _slots[index].Key is { } there; index = (index + 1) & (_slots.Length - 1))
            if (_slots[index].Hash == added.Hash && there == added.Key) break;
        if (_slots[index].Key is null) Count++;
        _slots[index] = added;
    }
}
