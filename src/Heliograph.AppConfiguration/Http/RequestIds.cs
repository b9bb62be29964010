// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace Heliograph.AppConfiguration.Http;

/// <summary>Ids of requests, as GUIDs of version 4: unique, and no secret. An idle client's answer must not wait for the system's random source.</summary>
/// <param name="high">Where the process begins, drawn at random.</param>
/// <param name="low">The same, for the other half.</param>
internal sealed class RequestIds(ulong high, ulong low)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private long _count;

    /// <summary>The next one.</summary>
    public Guid Next()
    {
        var count = unchecked((ulong)Interlocked.Increment(ref _count));
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Mix(unchecked(high + count * Golden)));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Mix(unchecked(low + count * Golden))); // each half takes every value once before it repeats
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x40); // version 4 and variant, RFC 9562
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>SplitMix64's mixing: every number to another one, and neighbours far apart.</summary>
    private static ulong Mix(ulong value)
    {
        value = unchecked((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9);
        value = unchecked((value ^ (value >> 27)) * 0x94D049BB133111EB);
        return value ^ (value >> 31);
    }
}
