// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Numerics;

namespace Heliograph.Storage.Etcd.Layout;

/// <summary>CRC-32C (Castagnoli) at the end of the small records, which nothing else in the store would contradict.</summary>
internal static class Checksum
{
    /// <summary>Writes the sum of the bytes before <paramref name="at"/> there.</summary>
    public static void Append(Span<byte> bytes, int at) => BinaryPrimitives.WriteUInt32BigEndian(bytes[at..], Of(bytes[..at]));

    /// <summary>Whether the sum at <paramref name="at"/> is that of the bytes before it.</summary>
    public static bool Holds(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) == Of(bytes[..at]);

    private static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var octet in bytes) crc = BitOperations.Crc32C(crc, octet);
        return ~crc;
    }
}
