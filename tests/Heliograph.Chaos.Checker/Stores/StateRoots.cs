// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.Chaos.Checker.Stores;

/// <summary>A namespace's settings and the root over them, computed anew from docs/reference/log-format.md.</summary>
internal sealed class StateRoots
{
    private readonly SortedDictionary<string, (byte[] KeyHash, byte[] Leaf)> _leaves = new(StringComparer.Ordinal); // by the key's hash, hexadecimal: the order of its bits

    public SortedDictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    public void Apply(RawChange change)
    {
        byte[] key = [0x01, .. Encoding.UTF8.GetBytes(change.Key), 0x00, .. Encoding.UTF8.GetBytes(change.Label)];
        var keyHash = SHA256.HashData(key);
        var (place, name) = (Convert.ToHexStringLower(keyHash), change.Label.Length == 0 ? change.Key : change.Key + "\0" + change.Label);
        if (change.Put is not { } put)
        {
            _leaves.Remove(place);
            Values.Remove(name);
            return;
        }
        _leaves[place] = (keyHash, SHA256.HashData([0x00, .. keyHash, .. SHA256.HashData(put.Span)]));
        Values[name] = Encoding.UTF8.GetString(WireReader.Fields(put).FirstOrDefault(field => field.Number == 1).Bytes.Span);
    }

    /// <summary>Hexadecimal, lower case.</summary>
    public string Root() => Convert.ToHexStringLower(Node([.. _leaves.Values], 0));

    private static byte[] Node(ReadOnlySpan<(byte[] KeyHash, byte[] Leaf)> set, int depth)
    {
        if (set.Length == 0) return new byte[32];
        if (set.Length == 1) return set[0].Leaf;
        var split = 0;
        while (split < set.Length && (set[split].KeyHash[depth / 8] >> (7 - (depth % 8)) & 1) == 0) split++;
        return SHA256.HashData([0x01, .. Node(set[..split], depth + 1), .. Node(set[split..], depth + 1)]);
    }
}
