// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.Yardstick.Load;

/// <summary>The last 40 bytes of every value, ASCII: <c>@@PB1: | kind | sequence, 16 hexadecimal digits | time sent, likewise | ;</c>.</summary>
/// <remarks>Whoever finds it in a stream knows, whatever the protocol around it, that one value has come whole, which one, and how long ago it was sent.</remarks>
internal static class Stamp
{
    public const int Bytes = 40;
    public const byte Live = (byte)'L', Stored = (byte)'S';

    private const int KindAt = 6, SequenceAt = 7, TimeAt = 23, NumberBytes = 16;

    public static ReadOnlySpan<byte> Marker => "@@PB1:"u8;

    /// <summary>A value of plausible text with a stamp at its end.</summary>
    public static byte[] NewValue(int bytes, byte kind, long sequence)
    {
        var filler = "{feature:checkout,enabled:true,rollout:42},"u8; // no quotes: it is the same length as a JSON string
        var value = new byte[bytes];
        for (var i = 0; i < bytes - Bytes; i++) value[i] = filler[i % filler.Length];
        Write(value, kind, sequence, 0);
        return value;
    }

    /// <summary>Stamps a value with a sequence number and the time now.</summary>
    public static void Renew(Span<byte> value, long sequence) => Write(value, Live, sequence, Stopwatch.GetTimestamp());

    public static byte KindOf(ReadOnlySpan<byte> stamp) => stamp[KindAt];

    public static long SequenceOf(ReadOnlySpan<byte> stamp) => Number(stamp.Slice(SequenceAt, NumberBytes));

    public static long TimeOf(ReadOnlySpan<byte> stamp) => Number(stamp.Slice(TimeAt, NumberBytes));

    private static void Write(Span<byte> value, byte kind, long sequence, long time)
    {
        var stamp = value[^Bytes..];
        Marker.CopyTo(stamp);
        stamp[KindAt] = kind;
        Number(stamp.Slice(SequenceAt, NumberBytes), sequence);
        Number(stamp.Slice(TimeAt, NumberBytes), time);
        stamp[^1] = (byte)';';
    }

    private static long Number(ReadOnlySpan<byte> digits)
    {
        long number = 0;
        foreach (var digit in digits) number = number << 4 | (long)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        return number;
    }

    private static void Number(Span<byte> digits, long number)
    {
        for (var i = digits.Length - 1; i >= 0; i--, number >>= 4) digits[i] = "0123456789abcdef"u8[(int)(number & 15)];
    }
}
