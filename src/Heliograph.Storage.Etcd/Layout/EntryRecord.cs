// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Google.Protobuf;
using Heliograph.Core.Log;

namespace Heliograph.Storage.Etcd.Layout;

/// <summary>The value of <c>e/&lt;sequence&gt;</c>: an entry's bytes, or where they are. Closed; the first byte says which. Big-endian:
/// <code>
///   inline    0  1 0x01    1  n the entry's bytes
///   chunked   0  1 0x02    1 32 the entry's hash    33  8 last sequence of its batch    41 32 hash of that entry    73  4 offset    77  4 length
/// </code>
/// The large entries of a batch lie one after the other, cut into chunks; offset and length are bytes of that whole.
/// </summary>
internal abstract record EntryRecord
{
    private const byte InlineForm = 1, ChunkedForm = 2;
    private const int ChunkedBytes = 81, HashAt = 1, LastSequenceAt = 33, LastHashAt = 41, OffsetAt = 73, LengthAt = 77;

    private EntryRecord() { }

    /// <summary>The entry's bytes themselves.</summary>
    public sealed record Inline(ReadOnlyMemory<byte> Bytes) : EntryRecord;

    /// <summary>The entry is in chunks.</summary>
    /// <param name="Hash">Its hash.</param>
    /// <param name="Batch">Whose chunks.</param>
    /// <param name="Offset">Where it begins in them.</param>
    /// <param name="Length">Its bytes.</param>
    public sealed record Chunked(Hash256 Hash, BatchName Batch, int Offset, int Length) : EntryRecord;

    /// <summary>The hash that the record's entry has, or claims to have.</summary>
    public Hash256 ClaimedHash => this switch
    {
        Inline inline => LogEntry.HashOf(inline.Bytes.Span),
        Chunked chunked => chunked.Hash,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The bytes of a record.</summary>
    public ByteString Encode()
    {
        if (this is Inline { Bytes: var content })
        {
            var whole = new byte[1 + content.Length];
            whole[0] = InlineForm;
            content.CopyTo(whole.AsMemory(1));
            return UnsafeByteOperations.UnsafeWrap(whole);
        }
        var chunked = (Chunked)this;
        var bytes = new byte[ChunkedBytes];
        bytes[0] = ChunkedForm;
        chunked.Hash.CopyTo(bytes.AsSpan(HashAt));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(LastSequenceAt), chunked.Batch.LastSequence);
        chunked.Batch.LastHash.CopyTo(bytes.AsSpan(LastHashAt));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(OffsetAt), chunked.Offset);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(LengthAt), chunked.Length);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>The record in the bytes, or <see langword="null"/> if they are damaged.</summary>
    public static EntryRecord? Decode(ReadOnlyMemory<byte> value)
    {
        var bytes = value.Span;
        if (bytes is [InlineForm, ..]) return new Inline(value[1..]);
        if (bytes is not [ChunkedForm, ..] || bytes.Length != ChunkedBytes) return null;
        var (sequence, offset, length) = (BinaryPrimitives.ReadInt64BigEndian(bytes[LastSequenceAt..]), BinaryPrimitives.ReadInt32BigEndian(bytes[OffsetAt..]), BinaryPrimitives.ReadInt32BigEndian(bytes[LengthAt..]));
        if (sequence < 1 || offset < 0 || length is < 1 or > LogEntry.BytesMax || offset > int.MaxValue - length) return null;
        return new Chunked(new(bytes.Slice(HashAt, Hash256.SizeBytes)), new(sequence, new(bytes.Slice(LastHashAt, Hash256.SizeBytes))), offset, length);
    }
}
