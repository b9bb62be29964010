// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heliograph.Client.Views;

/// <summary>The hash by which settings are found in memory: all of the key, 16 bytes at a time. Never stored, never sent.</summary>
/// <remarks>Not keyed: who may sign a namespace's settings may also make its reads slow, and has shorter ways to do so.</remarks>
internal static class KeyHash
{
    private const ulong Start = 0x9E3779B97F4A7C15, Other = 0xBF58476D1CE4E5B9;

    /// <summary>64 bits, all of them good.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(string key)
    {
        var bytes = MemoryMarshal.AsBytes(key.AsSpan());
        var hash = Start ^ (ulong)bytes.Length;
        for (; bytes.Length > 16; bytes = bytes[16..])
            hash = Folded(MemoryMarshal.Read<ulong>(bytes) ^ Other, MemoryMarshal.Read<ulong>(bytes[8..]) ^ hash);
        if (bytes.Length >= 8) // the last 8 to 16 bytes: two reads, which may overlap
            return Folded(MemoryMarshal.Read<ulong>(bytes) ^ Other, MemoryMarshal.Read<ulong>(bytes[^8..]) ^ hash);
        var rest = 0ul;
        foreach (var c in MemoryMarshal.Cast<byte, char>(bytes)) rest = (rest << 16) | c;
        return Folded(rest ^ Other, hash);
    }

    private static ulong Folded(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }
}
