// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.FanOut;

/// <summary>The frames that bring a subscriber from one revision of a namespace to another: encoded once, written to everyone who is there.</summary>
/// <remarks>Immutable: pumps read it while the channel goes on.</remarks>
internal sealed class EncodedUpdate
{
    /// <summary>Up to here a record stream travels inside the first frame; beyond, in chunks of their own that all heads share.</summary>
    private const int InlineBytesMax = 64 << 10;

    private const int ChunkBytes = 256 << 10;

    private readonly int _streamBytes;
    private readonly ReadOnlyMemory<byte> _inline; // the stream, if it is short; a long one is in the chunks only
    private readonly ReadOnlyMemory<byte>[] _chunks;

    private EncodedUpdate(Revision? position, byte[] stream, NamespaceVersion version)
    {
        (Base, _streamBytes, Revision, Head) = (position, stream.Length, version.Revision, version.Head.Bytes);
        var isInline = stream.Length <= InlineBytesMax;
        _inline = isInline ? stream : default;
        _chunks = isInline ? [] : [.. Chunks(version.Name, stream)];
        First = EncodeFirst(version);
    }

    private EncodedUpdate(EncodedUpdate same, NamespaceVersion version)
    {
        (Base, _streamBytes, Revision, Head) = (same.Base, same._streamBytes, same.Revision, version.Head.Bytes);
        (_inline, _chunks) = (same._inline, same._chunks);
        First = EncodeFirst(version);
    }

    /// <summary>Where it begins; <see langword="null"/> for a snapshot.</summary>
    public Revision? Base { get; }

    /// <summary>Where it leads.</summary>
    public Revision Revision { get; }

    /// <summary>The first frame: head, state, proof, and the records if they are few.</summary>
    public ReadOnlyMemory<byte> First { get; }

    /// <summary>The other frames.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Rest => _chunks;

    /// <summary>The head in the first frame.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>Bytes of all frames.</summary>
    public long Bytes => First.Length + _chunks.Sum(chunk => (long)chunk.Length);

    /// <summary>A delta to <paramref name="version"/> with the final values of <paramref name="keys"/>.</summary>
    public static EncodedUpdate Delta(Revision position, IEnumerable<ReadOnlyMemory<byte>> keys, NamespaceVersion version) =>
        new(position, RecordStream.Encode(keys.Select(key => version.Records.TryGet(key.Span, out var value) ? MerkleChange.Set(key, value) : MerkleChange.Remove(key))), version);

    /// <summary>All of <paramref name="version"/>.</summary>
    public static EncodedUpdate Snapshot(NamespaceVersion version) => new(null, RecordStream.Encode(version.Records), version);

    /// <summary>The same content under a fresher head: only the first frame is encoded anew.</summary>
    public EncodedUpdate Under(NamespaceVersion version) => new(this, version);

    private byte[] EncodeFirst(NamespaceVersion version) => Frame.Encode(FrameType.Update, new Update
    {
        Namespace = version.Name.Value,
        Base = Base?.ToWire(),
        SignedHead = UnsafeByteOperations.UnsafeWrap(version.Head.Bytes),
        NamespaceState = UnsafeByteOperations.UnsafeWrap(version.StateBytes),
        Proof = UnsafeByteOperations.UnsafeWrap(version.Proof),
        StreamBytes = (ulong)_streamBytes,
        Records = UnsafeByteOperations.UnsafeWrap(_inline),
    });

    private static IEnumerable<ReadOnlyMemory<byte>> Chunks(NamespaceName name, byte[] stream)
    {
        for (var offset = 0; offset < stream.Length; offset += ChunkBytes)
            yield return Frame.Encode(FrameType.UpdateChunk, new UpdateChunk
            {
                Namespace = name.Value,
                Offset = (ulong)offset,
                Records = UnsafeByteOperations.UnsafeWrap(stream.AsMemory(offset, Math.Min(ChunkBytes, stream.Length - offset))),
            });
    }
}
