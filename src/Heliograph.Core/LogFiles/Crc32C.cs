// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Numerics;

namespace Heliograph.Core.LogFiles;

/// <summary>CRC-32C (Castagnoli): finds torn and flipped bytes. It proves nothing against an enemy; hashes and signatures do.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of some bytes, and of more behind them.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> more = default) => ~Update(Update(uint.MaxValue, bytes), more);

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var octet in bytes) crc = BitOperations.Crc32C(crc, octet);
        return crc;
    }
}
