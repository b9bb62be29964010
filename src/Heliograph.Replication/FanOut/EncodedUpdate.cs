// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.FanOut;

/// <summary>The frames that bring a subscriber from one revision of a namespace to another: encoded once, written to everyone who is there.</summary>
internal sealed class EncodedUpdate
{
    /// <summary>Up to here a record stream travels inside the first frame; beyond, in chunks of their own that all heads share.</summary>
    private const int InlineBytesMax = 64 << 10;

    private const int ChunkBytes = 256 << 10;

    private readonly byte[] _stream;
    private readonly ReadOnlyMemory<byte>[] _chunks;

    private EncodedUpdate(Revision? position, byte[] stream, NamespaceVersion version)
    {
        (Base, _stream, Revision) = (position, stream, version.Revision);
        _chunks = stream.Length <= InlineBytesMax ? [] : [.. Chunks(version.Name, stream)];
        First = EncodeFirst(version);
        Head = version.Head.Bytes;
    }

    /// <summary>Where it begins; <see langword="null"/> for a snapshot.</summary>
    public Revision? Base { get; }

    /// <summary>Where it leads.</summary>
    public Revision Revision { get; }

    /// <summary>The first frame: head, state, proof, and the records if they are few.</summary>
    public ReadOnlyMemory<byte> First { get; private set; }

    /// <summary>The other frames.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Rest => _chunks;

    /// <summary>The head in the first frame.</summary>
    public ReadOnlyMemory<byte> Head { get; private set; }

    /// <summary>Bytes of all frames.</summary>
    public long Bytes => First.Length + _chunks.Sum(chunk => (long)chunk.Length);

    /// <summary>A delta to <paramref name="version"/> with the final values of <paramref name="keys"/>.</summary>
    public static EncodedUpdate Delta(Revision position, IEnumerable<ReadOnlyMemory<byte>> keys, NamespaceVersion version) =>
        new(position, RecordStream.Encode(keys.Select(key => version.Records.TryGet(key.Span, out var value) ? MerkleChange.Set(key, value) : MerkleChange.Remove(key))), version);

    /// <summary>All of <paramref name="version"/>.</summary>
    public static EncodedUpdate Snapshot(NamespaceVersion version) => new(null, RecordStream.Encode(version.Records), version);

    /// <summary>The same content under a fresher head: only the first frame is encoded anew.</summary>
    public void Refresh(NamespaceVersion version)
    {
        First = EncodeFirst(version);
        Head = version.Head.Bytes;
    }

    private byte[] EncodeFirst(NamespaceVersion version) => Frame.Encode(FrameType.Update, new Update
    {
        Namespace = version.Name.Value,
        Base = Base?.ToWire(),
        SignedHead = UnsafeByteOperations.UnsafeWrap(version.Head.Bytes),
        NamespaceState = UnsafeByteOperations.UnsafeWrap(version.StateBytes),
        Proof = UnsafeByteOperations.UnsafeWrap(version.Proof),
        StreamBytes = (ulong)_stream.Length,
        Records = _stream.Length <= InlineBytesMax ? UnsafeByteOperations.UnsafeWrap(_stream) : ByteString.Empty,
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
