// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;

namespace Heliograph.Storage.Etcd.Layout;

/// <summary>The value of <c>leader</c>, which hangs on the leader's lease: who may append, and where the others forward changes to. The token is not in it: it is the key's <c>mod_revision</c>. Big-endian:
/// <code>
///   0  2 bytes of the node's id    2  n the id, UTF-8    .. 2 bytes of the address    .. n the address, UTF-8    .. 4 CRC-32C of all before
/// </code>
/// </summary>
/// <param name="Node">The node.</param>
/// <param name="Address">Where it takes changes; empty if it does not say.</param>
internal sealed record LeaderRecord(string Node, string Address)
{
    private const int ChecksumBytes = 4;

    /// <summary>The bytes.</summary>
    public ByteString Encode()
    {
        var (node, address) = (Encoding.UTF8.GetBytes(Node), Encoding.UTF8.GetBytes(Address));
        var bytes = new byte[2 + node.Length + 2 + address.Length + ChecksumBytes];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)node.Length));
        node.CopyTo(bytes, 2);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 + node.Length), checked((ushort)address.Length));
        address.CopyTo(bytes, 2 + node.Length + 2);
        Checksum.Append(bytes, bytes.Length - ChecksumBytes);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>The record in the bytes, or <see langword="null"/> if they are damaged.</summary>
    public static LeaderRecord? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 + 2 + ChecksumBytes || !Checksum.Holds(bytes, bytes.Length - ChecksumBytes)) return null;
        var rest = bytes[..^ChecksumBytes];
        return TryText(ref rest, out var node) && TryText(ref rest, out var address) && rest.IsEmpty ? new(node, address) : null;
    }

    private static bool TryText(ref ReadOnlySpan<byte> rest, out string text)
    {
        text = "";
        if (rest.Length < 2) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length - 2 < length) return false;
        text = Encoding.UTF8.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        return true;
    }
}
