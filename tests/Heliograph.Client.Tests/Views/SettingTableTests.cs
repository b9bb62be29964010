// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Heliograph.Client.Views;
using Xunit;

namespace Heliograph.Client.Tests.Views;

/// <summary>The table behind every read, against a plain dictionary.</summary>
public sealed class SettingTableTests
{
    [Fact]
    public void It_holds_what_a_dictionary_holds_after_any_edits()
    {
        var edit = Gen.Select(Gen.Int[0, 3_000], Gen.Int[-1, 9], (key, value) => (Key: $"Shop:Section{key % 7}:Key{key}", Value: value));
        edit.Array[0, 900].Array[1, 6].Sample(batches =>
        {
            var (table, model) = (SettingTable.Empty, new Dictionary<string, string>(StringComparer.Ordinal));
            foreach (var batch in batches)
            {
                var edits = batch.DistinctBy(one => one.Key).Select(one => new SettingEdit(one.Key, one.Value < 0 ? null : Setting.Of(one.Key, $"{one.Value}"))).ToList();
                var (before, count) = (table, table.Count);
                table = table.With(edits);
                foreach (var one in edits)
                    if (one.Setting is null) model.Remove(one.Key);
                    else model[one.Key] = one.Setting.Value;
                if (before.Count != count || before.Settings.Count() != count) return false; // what was published never changes
                if (table.Count != model.Count || table.Settings.Count() != model.Count) return false;
                if (model.Any(pair => table.Find(pair.Key).Setting?.Value != pair.Value)) return false;
                if (edits.Any(one => one.Setting is null && table.Find(one.Key).Setting is not null)) return false;
            }
            return true;
        }, iter: 60);
    }

    [Fact]
    public void A_read_allocates_nothing()
    {
        // Given tables with one shard and with many
        var tables = new[] { 10, 20_000 }.Select(count => SettingTable.Empty.With([.. Enumerable.Range(0, count).Select(i => new SettingEdit($"Shop:Key{i}", Setting.Of($"Shop:Key{i}", "v")))])).ToList();
        foreach (var table in tables) Assert.NotNull(table.Find("Shop:Key7").Setting); // compiled before it is measured

        // When they are read
        var before = GC.GetAllocatedBytesForCurrentThread();
        var found = 0;
        foreach (var table in tables)
            for (var i = 0; i < 1_000; i++)
                if (table.Find("Shop:Key7").Setting is not null) found++;

        // Then nothing came of it but the answer
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(2_000, found);
        Assert.InRange(bytes, 0, 64); // the list's enumerator
    }

    [Fact]
    public void One_edit_among_many_settings_copies_little()
    {
        var table = SettingTable.Empty.With([.. Enumerable.Range(0, 100_000).Select(i => new SettingEdit($"Shop:Key{i}", Setting.Of($"Shop:Key{i}", "v")))]);
        var edit = new SettingEdit("Shop:Key77", Setting.Of("Shop:Key77", "w"));
        table.With([edit]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var changed = table.With([edit]);

        Assert.Equal("w", changed.Find("Shop:Key77").Setting?.Value);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 100_000); // a shard and the list of shards, not 100,000 settings
    }
}
