// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Google.Protobuf;
using Heliograph.Core.Log;

namespace Heliograph.Storage.Etcd.Layout;

/// <summary>The value of <c>head</c>: the tip of the log. Every append compares it and moves it. Big-endian:
/// <code>
///   0  4 epoch    4  8 sequence    12 32 entry hash    44  8 committed_at_ms    52  4 CRC-32C of bytes 0 to 51
/// </code>
/// </summary>
internal static class HeadRecord
{
    public const int SizeBytes = 56;

    private const int SequenceAt = 4, HashAt = 12, CommittedAtMsAt = 44, ChecksumAt = 52;

    /// <summary>The bytes of a tip.</summary>
    public static ByteString Encode(LogTip tip)
    {
        var bytes = new byte[SizeBytes];
        BinaryPrimitives.WriteInt32BigEndian(bytes, tip.Revision.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(SequenceAt), tip.Revision.Sequence);
        tip.Hash.CopyTo(bytes.AsSpan(HashAt));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(CommittedAtMsAt), tip.CommittedAtMs);
        Checksum.Append(bytes, ChecksumAt);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>The tip in the bytes; <see langword="false"/> if they are damaged.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out LogTip tip)
    {
        tip = default;
        if (bytes.Length != SizeBytes || !Checksum.Holds(bytes, ChecksumAt)) return false;
        var (epoch, sequence) = (BinaryPrimitives.ReadInt32BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[SequenceAt..]));
        if (epoch < 1 || sequence < 0) return false;
        tip = new(new(epoch, sequence), new(bytes.Slice(HashAt, Hash256.SizeBytes)), BinaryPrimitives.ReadInt64BigEndian(bytes[CommittedAtMsAt..]));
        return true;
    }
}
