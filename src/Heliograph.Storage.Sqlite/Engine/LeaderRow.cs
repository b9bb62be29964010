// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>Who holds the right to append, as stored. The checksum is there because nothing else in the database would contradict a flipped token.</summary>
/// <param name="Token">Grows with every campaign that was won; 0 before the first.</param>
/// <param name="Node">Whose it is; empty when it was given back.</param>
internal readonly record struct LeaderRow(long Token, string Node)
{
    /// <summary>CRC-32C over the token, eight bytes big-endian, and the node in UTF-8.</summary>
    public static long Checksum(long token, string node)
    {
        Span<byte> head = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(head, token);
        var crc = uint.MaxValue;
        foreach (var octet in head) crc = BitOperations.Crc32C(crc, octet);
        foreach (var octet in Encoding.UTF8.GetBytes(node)) crc = BitOperations.Crc32C(crc, octet);
        return ~crc;
    }
}
