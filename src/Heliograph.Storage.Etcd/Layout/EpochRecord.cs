// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Google.Protobuf;

namespace Heliograph.Storage.Etcd.Layout;

/// <summary>The value of <c>epoch</c>: the epoch of the log and the entry it began after. Every append compares it; only recovery changes it. Big-endian:
/// <code>
///   0  4 epoch    4  8 base sequence    12 32 base hash    44  4 CRC-32C of bytes 0 to 43
/// </code>
/// </summary>
/// <param name="Epoch">1 from the beginning.</param>
/// <param name="BaseSequence">The last entry of the epoch before; 0 in the first.</param>
/// <param name="BaseHash">Its hash; zero in the first.</param>
internal readonly record struct EpochRecord(int Epoch, long BaseSequence, Hash256 BaseHash)
{
    public const int SizeBytes = 48;

    private const int BaseSequenceAt = 4, BaseHashAt = 12, ChecksumAt = 44;

    /// <summary>The epoch of a log that was never recovered.</summary>
    public static EpochRecord First => new(1, 0, Hash256.Zero);

    /// <summary>The bytes.</summary>
    public ByteString Encode()
    {
        var bytes = new byte[SizeBytes];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Epoch);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(BaseSequenceAt), BaseSequence);
        BaseHash.CopyTo(bytes.AsSpan(BaseHashAt));
        Checksum.Append(bytes, ChecksumAt);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>The record in the bytes; <see langword="false"/> if they are damaged.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out EpochRecord record)
    {
        record = default;
        if (bytes.Length != SizeBytes || !Checksum.Holds(bytes, ChecksumAt)) return false;
        var (epoch, baseSequence) = (BinaryPrimitives.ReadInt32BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[BaseSequenceAt..]));
        if (epoch < 1 || baseSequence < 0) return false;
        record = new(epoch, baseSequence, new(bytes.Slice(BaseHashAt, Hash256.SizeBytes)));
        return true;
    }
}
