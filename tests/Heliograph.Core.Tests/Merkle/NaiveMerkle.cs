// SPDX-License-Identifier: Apache-2.0
using System.Collections;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Heliograph.Core.Merkle;

namespace Heliograph.Core.Tests.Merkle;

/// <summary>The definition of the Merkle map, word for word, over a list: what the real one is held to.</summary>
internal static class NaiveMerkle
{
    public static Hash256 Root(IEnumerable<KeyValuePair<string, string>> entries) =>
        new(Node([.. entries.Select(e => (KeyHash: Sha(Encoding.UTF8.GetBytes(e.Key)), ValueHash: Sha(Encoding.UTF8.GetBytes(e.Value))))
            .OrderBy(leaf => Convert.ToHexString(leaf.KeyHash), StringComparer.Ordinal)], 0));

    public static byte[] Leaf(byte[] keyHash, byte[] valueHash) => Sha([0x00, .. keyHash, .. valueHash]);

    public static byte[] Node(byte[] zero, byte[] one) => Sha([0x01, .. zero, .. one]);

    public static byte[] Sha(byte[] bytes) => SHA256.HashData(bytes);

    private static byte[] Node(List<(byte[] KeyHash, byte[] ValueHash)> sorted, int depth)
    {
        if (sorted.Count == 0) return new byte[32];
        if (sorted.Count == 1) return Leaf(sorted[0].KeyHash, sorted[0].ValueHash);
        var zero = sorted.TakeWhile(leaf => !new BitArray(leaf.KeyHash.Select(Reversed).ToArray())[depth]).ToList();
        return Node(Node(zero, depth + 1), Node(sorted[zero.Count..], depth + 1));
    }

    private static byte Reversed(byte b) // BitArray counts from the least significant bit
    {
        var reversed = 0;
        for (var i = 0; i < 8; i++) reversed |= ((b >> i) & 1) << (7 - i);
        return (byte)reversed;
    }
}

/// <summary>What the Merkle tests share: text as bytes, maps as dictionaries, and generators from a universe small enough to collide.</summary>
internal static class MerkleCases
{
    public static readonly Gen<string> Key = Gen.Int[0, 199].Select(i => i == 0 ? "" : $"k{i}");
    public static readonly Gen<string> Value = Gen.Int[0, 3].Select(i => i == 0 ? "" : $"v{i}");

    /// <summary>A key and its new value; <see langword="null"/> removes it.</summary>
    public static readonly Gen<(string Key, string? Value)> Change =
        Gen.Select(Key, Value, Gen.Int[0, 2], (key, value, kind) => (key, kind == 0 ? null : value));

    public static readonly Gen<(string Key, string? Value)[]> Changes = Change.Array[0, 150];

    public static readonly Gen<Dictionary<string, string>> Contents =
        Gen.Select(Key, Value).Array[0, 100].Select(pairs => pairs.DistinctBy(p => p.Item1).ToDictionary(p => p.Item1, p => p.Item2));

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text); // a new array each time

    public static MerkleMap ToMap(this IEnumerable<KeyValuePair<string, string>> entries) =>
        entries.Aggregate(MerkleMap.Empty, (map, entry) => map.Set(Bytes(entry.Key), Bytes(entry.Value)));

    public static MerkleMap Records(int count) =>
        MerkleMap.Build(Enumerable.Range(0, count).Select(i => KeyValuePair.Create(Bytes($"k{i}"), Bytes($"v{i}"))));

    public static MerkleChange ToChange((string Key, string? Value) change) =>
        change.Value is null ? MerkleChange.Remove(Bytes(change.Key)) : MerkleChange.Set(Bytes(change.Key), Bytes(change.Value));

    public static MerkleMap OneByOne(this MerkleMap map, IEnumerable<MerkleChange> changes) =>
        changes.Aggregate(map, (map, change) => change.Value is { } value ? map.Set(change.Key, value) : map.Remove(change.Key.Span));

    public static void Edit(this Dictionary<string, string> contents, IEnumerable<(string Key, string? Value)> changes)
    {
        foreach (var (key, value) in changes)
            if (value is null) contents.Remove(key);
            else contents[key] = value;
    }

    /// <summary>The two of 20,000 keys whose hashes share the longest prefix, some 28 bits: a chain as deep as an afternoon's search would make it.</summary>
    public static (string One, string Two, int SharedBits) ClosePair { get; } = FindClosePair();

    private static (string, string, int) FindClosePair()
    {
        var hashed = Enumerable.Range(0, 20_000).Select(i => $"close{i}").Select(key => (Key: key, Hash: MerkleHash.Of(Bytes(key).Span))).OrderBy(k => k.Hash).ToList();
        return hashed.Zip(hashed.Skip(1), (a, b) => (a.Key, b.Key, MerkleHash.FirstDifference(a.Hash, b.Hash))).MaxBy(pair => pair.Item3);
    }

    public static IEnumerable<byte[]> EachBitFlipped(byte[] bytes)
    {
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit >> 3] ^= (byte)(1 << (bit & 7));
            yield return flipped;
        }
    }

    public static IEnumerable<Hash256> EachBitFlipped(Hash256 hash) => EachBitFlipped(hash.ToArray()).Select(bytes => new Hash256(bytes));
}
