// SPDX-License-Identifier: Apache-2.0
using System.Text;
using CsCheck;
using Heliograph.Core.Merkle;
using Xunit;
using static Heliograph.Core.Tests.Merkle.MerkleCases;

namespace Heliograph.Core.Tests.Merkle;

public sealed class MerkleDiffTests
{
    [Fact]
    public void It_names_exactly_the_keys_that_differ_in_hash_order() => Gen.Select(Contents, Contents, Changes).Sample((one, two, changes) =>
    {
        // Given maps that share nothing in memory, and maps of which one was made from the other
        AssertExact(one, one.ToMap(), two, two.ToMap());
        var edited = new Dictionary<string, string>(one);
        edited.Edit(changes);
        var map = one.ToMap();
        AssertExact(one, map, edited, map.Apply([.. changes.Select(ToChange)]));
        AssertExact(edited, edited.ToMap(), one, map);
    }, iter: 300);

    [Fact]
    public void Applied_to_the_older_map_it_gives_the_newer() => Gen.Select(Contents, Contents).Sample((one, two) =>
    {
        var (older, newer) = (one.ToMap(), two.ToMap());

        var caughtUp = older.Apply([.. MerkleMap.Diff(older, newer)]);

        Assert.Equal((newer.Root, newer.Count, newer.Bytes), (caughtUp.Root, caughtUp.Count, caughtUp.Bytes));
    }, iter: 200);

    [Fact]
    public void It_finds_its_way_through_chains()
    {
        var (one, two, _) = ClosePair;
        Dictionary<string, string> none = [], first = new() { [one] = "1" }, second = new() { [two] = "2" }, both = new() { [one] = "1", [two] = "2" };
        Dictionary<string, string> others = Enumerable.Range(0, 20).ToDictionary(i => $"k{i}", i => $"v{i}"), all = new(others) { [one] = "1", [two] = "2" };
        Dictionary<string, string>[] cases = [none, first, second, both, others, all];

        foreach (var older in cases)
            foreach (var newer in cases)
                AssertExact(older, older.ToMap(), newer, newer.ToMap());
    }

    [Fact]
    public void It_does_not_walk_what_is_equal()
    {
        // Given two maps of 10,000 records built apart, so that only hashes can tell what is equal, with one difference
        var (older, newer) = (Records(10_000), Records(10_000).Set(Bytes("k7"), Bytes("other")));
        Assert.Single(MerkleMap.Diff(older, newer));

        // When they are compared
        var before = GC.GetAllocatedBytesForCurrentThread();
        var changes = MerkleMap.Diff(older, newer).ToList();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // Then what was kept in mind is a path, not a tree
        Assert.Equal("k7", Encoding.UTF8.GetString(Assert.Single(changes).Key.Span));
        Assert.InRange(allocated, 1, 4_096);
    }

    private static void AssertExact(Dictionary<string, string> one, MerkleMap older, Dictionary<string, string> two, MerkleMap newer)
    {
        var expected = one.Keys.Union(two.Keys)
            .Select(key => (Key: key, Old: one.GetValueOrDefault(key), New: two.GetValueOrDefault(key)))
            .Where(e => e.Old != e.New)
            .OrderBy(e => Convert.ToHexString(NaiveMerkle.Sha(Encoding.UTF8.GetBytes(e.Key))), StringComparer.Ordinal)
            .Select(e => (e.Key, e.New));
        var actual = MerkleMap.Diff(older, newer).Select(c => (Encoding.UTF8.GetString(c.Key.Span), c.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null));
        Assert.Equal(expected, actual);
    }
}
