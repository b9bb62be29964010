// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heliograph.Client.Views;

/// <summary>The hash by which settings are found in memory: all of the key, 16 bytes at a time. Never stored, never sent.</summary>
/// <remarks>Not keyed: who may sign a namespace's settings may also make its reads slow, and has shorter ways to do so.</remarks>
internal static class KeyHash
{
    private const ulong Start = 0x9E3779B97F4A7C15, Other = 0xBF58476D1CE4E5B9, Third = 0x94D049BB133111EB, Fourth = 0xD6E8FEB86659FD93;

    /// <summary>64 bits, all of them good.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(string key)
    {
        var bytes = MemoryMarshal.AsBytes(key.AsSpan());
        var hash = Start ^ (ulong)bytes.Length;
        for (; bytes.Length > 64; bytes = bytes[32..])
            hash = Block(bytes, Other, hash) ^ Block(bytes[16..], Third, hash);
        if (bytes.Length > 32) // four blocks that do not wait for each other; they may overlap
            return Folded(hash ^ Block(bytes, Other, Start) ^ Block(bytes[^16..], Third, Start), Block(bytes[16..], Other, Fourth) ^ Block(bytes[^32..], Third, Fourth) ^ Other);
        if (bytes.Length > 16) return Folded(hash ^ Block(bytes, Other, Start), Block(bytes[^16..], Third, Fourth) ^ Other);
        if (bytes.Length >= 8) return Folded(Read(bytes) ^ Other, Read(bytes[^8..]) ^ hash); // two reads, which may overlap
        var rest = 0ul;
        foreach (var c in MemoryMarshal.Cast<byte, char>(bytes)) rest = (rest << 16) | c;
        return Folded(rest ^ Other, hash);
    }

    private static ulong Block(ReadOnlySpan<byte> bytes, ulong one, ulong another) => Folded(Read(bytes) ^ one, Read(bytes[8..]) ^ another);

    private static ulong Read(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<ulong>(bytes);

    private static ulong Folded(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }
}
