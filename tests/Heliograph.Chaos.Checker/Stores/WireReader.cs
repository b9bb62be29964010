// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Chaos.Checker.Stores;

/// <summary>The fields of a protobuf message: numbers, and bytes or varints.</summary>
internal static class WireReader
{
    public static IEnumerable<(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var value = Varint(message.Span, ref at);
            switch (tag & 7)
            {
                case 0:
                    yield return ((int)(tag >> 3), value, default);
                    break;
                case 2 when value <= (ulong)(message.Length - at):
                    yield return ((int)(tag >> 3), 0, message.Slice(at, (int)value));
                    at += (int)value;
                    break;
                default: throw new FormatException("This is no message of the log.");
            }
        }
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        for (var (value, shift) = (0UL, 0); shift < 64 && at < bytes.Length; shift += 7)
        {
            var octet = bytes[at++];
            value |= (ulong)(octet & 0x7F) << shift;
            if (octet < 0x80) return value;
        }
        throw new FormatException("A number has no end.");
    }
}
