// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Replicas;

/// <summary>Unsigned lengths, seven bits a byte, least significant first (LEB128), in the shortest form only: one number, one encoding.</summary>
internal static class VarInt
{
    /// <summary>Longest encoding of a 32-bit number.</summary>
    public const int BytesMax = 5;

    public static int SizeOf(uint value) => value < 1u << 7 ? 1 : value < 1u << 14 ? 2 : value < 1u << 21 ? 3 : value < 1u << 28 ? 4 : BytesMax;

    /// <summary>Writes a number and gives the bytes it took.</summary>
    public static int Write(Span<byte> destination, uint value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) destination[at++] = (byte)(value | 0x80);
        destination[at++] = (byte)value;
        return at;
    }

    /// <summary>Reads a number; <see langword="false"/> if it is cut off, does not fit 32 bits or is not in its shortest form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out uint value, out int read)
    {
        (value, read) = (0, 0);
        for (var shift = 0; read < source.Length && read < BytesMax; shift += 7)
        {
            var b = source[read++];
            if (shift == 28 && b > 0x0F) return false;
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80) return b != 0 || read == 1; // a last byte of zero adds nothing: not the shortest form
        }
        return false;
    }
}
