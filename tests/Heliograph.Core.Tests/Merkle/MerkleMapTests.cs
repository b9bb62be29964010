// SPDX-License-Identifier: Apache-2.0
using System.Text;
using CsCheck;
using Heliograph.Core.Merkle;
using Xunit;
using static Heliograph.Core.Tests.Merkle.MerkleCases;

namespace Heliograph.Core.Tests.Merkle;

public sealed class MerkleMapTests
{
    [Fact]
    public void After_any_edits_it_holds_what_a_dictionary_holds_and_its_root_follows_the_definition() => Changes.Sample(changes =>
    {
        // Given a dictionary and a map that saw the same edits
        var contents = new Dictionary<string, string>();
        contents.Edit(changes);
        var map = MerkleMap.Empty.OneByOne(changes.Select(ToChange));

        // Then they hold the same, and the root is the definition's
        AssertHolds(contents, map);
        Assert.Equal(NaiveMerkle.Root(contents), map.Root);
    }, iter: 300);

    [Fact]
    public void The_order_of_edits_leaves_no_trace() => Gen.Select(Contents, Contents, Gen.Int).Sample((contents, passing, seed) =>
    {
        // Given entries set in one order, and in another with strangers that come and go between them
        var inOrder = contents.ToMap();
        var shuffled = contents.OrderBy(entry => HashCode.Combine(entry.Key, seed)).ToMap();
        var detour = passing.ToMap();
        foreach (var (key, value) in contents) detour = detour.Set(Bytes(key), Bytes(value));
        foreach (var key in passing.Keys.Except(contents.Keys)) detour = detour.Remove(Bytes(key).Span);

        // Then all roots are the same, and so is the order of entries
        Assert.Equal(inOrder.Root, shuffled.Root);
        Assert.Equal(inOrder.Root, detour.Root);
        Assert.Equal(Texts(inOrder), Texts(detour));
    }, iter: 200);

    [Fact]
    public void A_batch_a_sequence_of_edits_and_a_build_from_nothing_agree() => Gen.Select(Contents, Changes).Sample((contents, changes) =>
    {
        // Given a map
        var map = contents.ToMap();
        var batch = changes.Select(ToChange).ToList();

        // When it is changed at once, and one by one
        var atOnce = map.Apply(batch);
        var oneByOne = map.OneByOne(batch);
        contents.Edit(changes);
        var built = MerkleMap.Build(contents.Select(e => KeyValuePair.Create(Bytes(e.Key), Bytes(e.Value))));

        // Then nobody can tell
        foreach (var result in new[] { atOnce, oneByOne, built })
        {
            AssertHolds(contents, result);
            Assert.Equal(NaiveMerkle.Root(contents), result.Root);
        }
    }, iter: 300);

    [Fact]
    public void What_a_set_added_a_remove_takes_away() => Gen.Select(Contents, Key, Value).Sample((contents, key, value) =>
    {
        contents.Remove(key);
        var map = contents.ToMap();

        var thereAndBack = map.Set(Bytes(key), Bytes(value)).Remove(Bytes(key).Span);

        Assert.Equal((map.Root, map.Count, map.Bytes), (thereAndBack.Root, thereAndBack.Count, thereAndBack.Bytes));
    }, iter: 200);

    [Fact]
    public void An_edit_that_changes_nothing_gives_the_same_instance() => Contents.Sample(contents =>
    {
        var map = contents.ToMap();
        var same = contents.Select(e => MerkleChange.Set(Bytes(e.Key), Bytes(e.Value))).Append(MerkleChange.Remove(Bytes("stranger"))).ToList();

        Assert.Same(map, map.Apply(same));
        Assert.Same(map, map.Apply([]));
        Assert.Same(map, map.OneByOne(same));
    }, iter: 100);

    [Fact]
    public void An_edit_leaves_the_map_it_was_made_from_as_it_was() => Gen.Select(Contents, Changes).Sample((contents, changes) =>
    {
        var map = contents.ToMap();
        var root = map.Root;

        map.Apply([.. changes.Select(ToChange)]);
        map.OneByOne(changes.Select(ToChange));

        Assert.Equal(root, map.Root);
        AssertHolds(contents, map);
    }, iter: 100);

    [Fact]
    public void In_a_batch_the_last_change_to_a_key_counts()
    {
        var map = Records(3);

        var changed = map.Apply([
            MerkleChange.Remove(Bytes("k1")), MerkleChange.Set(Bytes("k1"), Bytes("again")),
            MerkleChange.Set(Bytes("new"), Bytes("gone")), MerkleChange.Remove(Bytes("new"))]);

        AssertHolds(new() { ["k0"] = "v0", ["k1"] = "again", ["k2"] = "v2" }, changed);
    }

    [Fact]
    public void An_emptied_map_is_the_empty_map()
    {
        var map = Records(2);

        Assert.Same(MerkleMap.Empty, map.Remove(Bytes("k0").Span).Remove(Bytes("k1").Span));
        Assert.Same(MerkleMap.Empty, map.Apply([MerkleChange.Remove(Bytes("k0")), MerkleChange.Remove(Bytes("k1"))]));
        Assert.Equal((Hash256.Zero, 0, 0L), (MerkleMap.Empty.Root, MerkleMap.Empty.Count, MerkleMap.Empty.Bytes));
        Assert.Empty(MerkleMap.Empty);
    }

    [Fact]
    public void Keys_chosen_to_share_a_long_prefix_are_hashed_as_defined()
    {
        // Given two keys that an adversary searched for, among ordinary ones
        var (one, two, shared) = ClosePair;
        Assert.InRange(shared, 20, 255);
        var contents = Enumerable.Range(0, 20).ToDictionary(i => $"k{i}", i => $"v{i}");
        (contents[one], contents[two]) = ("1", "2");

        // When they come alone, among others, and one of them goes
        var pair = MerkleMap.Empty.Set(Bytes(one), Bytes("1")).Set(Bytes(two), Bytes("2"));
        var map = contents.ToMap();
        var built = MerkleMap.Build(contents.Select(e => KeyValuePair.Create(Bytes(e.Key), Bytes(e.Value))));

        // Then the root is the definition's each time
        Assert.Equal(NaiveMerkle.Root([new(one, "1"), new(two, "2")]), pair.Root);
        Assert.Equal(NaiveMerkle.Root(contents), map.Root);
        Assert.Equal(NaiveMerkle.Root(contents), built.Root);
        contents.Remove(one);
        Assert.Equal(NaiveMerkle.Root(contents), map.Remove(Bytes(one).Span).Root);
        Assert.Equal(NaiveMerkle.Root(contents), map.Apply([MerkleChange.Remove(Bytes(one))]).Root);
    }

    [Fact]
    public void Keys_whose_hashes_part_in_their_last_bit_are_no_trouble()
    {
        // Given two leaves that no search will ever find
        byte[] even = [.. Enumerable.Repeat((byte)0xA5, 31), 0xA4], odd = [.. Enumerable.Repeat((byte)0xA5, 32)];
        var value = MerkleHash.Of("v"u8);
        var (left, right) = (new MerkleLeaf(Bytes("a"), Bytes("v"), new(even), value), new MerkleLeaf(Bytes("b"), Bytes("v"), new(odd), value));

        // When they are joined at the top of a tree
        var root = MerkleBranch.Join(0, 255, left, right);

        // Then the chain of 256 nodes is hashed as defined, and so it is from any depth
        var hash = NaiveMerkle.Node(NaiveMerkle.Leaf(even, value.ToArray()), NaiveMerkle.Leaf(odd, value.ToArray()));
        for (var depth = 254; depth >= 0; depth--)
        {
            Assert.Equal(new Hash256(hash), root.HashAt(depth + 1));
            Assert.Equal(new Hash256(hash), root.HungAt(depth + 1).Hash);
            Assert.Equal(new Hash256(hash), ((MerkleBranch)root.HungAt(200)).HashAt(depth + 1));
            hash = (odd[depth / 8] >> (7 - (depth % 8)) & 1) == 0 ? NaiveMerkle.Node(hash, new byte[32]) : NaiveMerkle.Node(new byte[32], hash);
        }
        Assert.Equal(new Hash256(hash), root.Hash);
    }

    [Fact]
    public void An_update_allocates_the_copied_path_and_no_more()
    {
        // Given 10,000 records, and a key of which the path's length is known
        var map = Records(10_000);
        var (key, value) = (Bytes("k4711"), Bytes("other"));
        var branches = map.Prove(key.Span).HashCount;
        map.Set(key, value);

        // When it is updated
        var before = GC.GetAllocatedBytesForCurrentThread();
        map.Set(key, value);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // Then there is a leaf of 144 bytes, a branch of 72 for each on the path, and a map of 40
        Assert.InRange(allocated, 1, 144 + (72 * branches) + 40);
    }

    [Fact]
    public void A_batch_copies_each_touched_node_once()
    {
        var map = Records(10_000);
        List<MerkleChange> changes = [.. Enumerable.Range(0, 5_000).Select(i => MerkleChange.Set(Bytes($"k{i}"), Bytes("other")))];
        map.Apply(changes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        map.Apply(changes);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // The tree has 9,999 branches: more than one copy of each would exceed this; and 40 bytes of order for each change
        Assert.InRange(allocated, 1, (5_000 * (144 + 40)) + (9_999 * 72) + 1_024);
    }

    private static void AssertHolds(Dictionary<string, string> contents, MerkleMap map)
    {
        Assert.Equal(contents.Count, map.Count);
        Assert.Equal(contents.Sum(e => (long)e.Key.Length + e.Value.Length), map.Bytes);
        Assert.Equal(contents.OrderBy(e => Convert.ToHexString(NaiveMerkle.Sha(Encoding.UTF8.GetBytes(e.Key))), StringComparer.Ordinal).Select(e => (e.Key, e.Value)), Texts(map));
        foreach (var (key, value) in contents)
        {
            Assert.True(map.TryGet(Bytes(key).Span, out var found));
            Assert.Equal(value, Encoding.UTF8.GetString(found.Span));
        }
        Assert.False(map.TryGet("stranger"u8, out _));
    }

    private static List<(string, string)> Texts(MerkleMap map) =>
        [.. map.Select(e => (Encoding.UTF8.GetString(e.Key.Span), Encoding.UTF8.GetString(e.Value.Span)))];
}
