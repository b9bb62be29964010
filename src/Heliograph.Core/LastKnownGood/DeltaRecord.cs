// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Heliograph.Core.Hashing;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Core.LastKnownGood;

/// <summary>One step that a namespace took after its snapshot file was written: a change, or only a fresher head and proof.</summary>
/// <remarks>Big-endian; drawn in docs/reference/snapshot-files.md, which changes with this file.
/// <code>
///  0  4  record bytes, digest too    16  4  head bytes     28  4  stream bytes
///  4  4  base epoch                  20  4  state bytes    32     signed head | namespace state | proof | record stream
///  8  8  base sequence               24  4  proof bytes    …  32  SHA-256(previous digest | this record without its digest)
/// </code>
/// The digest before the first record is the snapshot file's. So a record counts only behind exactly the bytes it was written behind.
/// </remarks>
/// <param name="Base">The namespace's revision before.</param>
/// <param name="Attested">State, head and proof after. The same revision as <paramref name="Base"/>: only fresher.</param>
/// <param name="Changes">What changed, ordered by key; empty if only fresher.</param>
/// <param name="Digest">This record's digest, to which the next one chains.</param>
/// <param name="SizeBytes">Length of the record.</param>
public sealed record DeltaRecord(Revision Base, AttestedState Attested, IReadOnlyList<MerkleChange> Changes, Hash256 Digest, int SizeBytes)
{
    /// <summary>Bytes of the fixed part.</summary>
    public const int HeaderBytes = 32;

    private const long RecordBytesMax = HeaderBytes + SignedHead.BytesMax + AttestedState.StateBytesMax + MerkleProof.BytesMax + RecordStream.BytesMax + Hash256.SizeBytes;

    /// <summary>The bytes of a step to <paramref name="version"/>.</summary>
    /// <param name="baseRevision">The namespace's revision before.</param>
    /// <param name="version">What it became.</param>
    /// <param name="stream">The changes as <see cref="RecordStream"/>; empty if only fresher.</param>
    /// <param name="previous">Digest of the record before, or of the snapshot file.</param>
    public static byte[] Encode(Revision baseRevision, NamespaceVersion version, ReadOnlySpan<byte> stream, Hash256 previous)
    {
        var (head, state, proof) = (version.Head.Bytes, version.StateBytes, version.Proof);
        var size = SizeOf(version, stream.Length);
        var record = new byte[size];
        BinaryPrimitives.WriteInt32BigEndian(record, size);
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(4), baseRevision.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(record.AsSpan(8), baseRevision.Sequence);
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(16), head.Length);
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(20), state.Length);
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(24), proof.Length);
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(28), stream.Length);
        var rest = record.AsSpan(HeaderBytes);
        head.Span.CopyTo(rest);
        state.Span.CopyTo(rest = rest[head.Length..]);
        proof.Span.CopyTo(rest = rest[state.Length..]);
        stream.CopyTo(rest[proof.Length..]);
        DigestOf(previous, record.AsSpan(0, size - Hash256.SizeBytes)).CopyTo(record.AsSpan(size - Hash256.SizeBytes));
        return record;
    }

    /// <summary>Bytes that <see cref="Encode"/> gives.</summary>
    public static int SizeOf(NamespaceVersion version, int streamBytes) =>
        checked(HeaderBytes + version.Head.Bytes.Length + version.StateBytes.Length + version.Proof.Length + streamBytes + Hash256.SizeBytes);

    /// <summary>Reads the record at the start of <paramref name="bytes"/>, or says what is wrong with it. Never throws, whatever the bytes.</summary>
    /// <param name="bytes">The record and what follows it. Changes are slices of it.</param>
    /// <param name="baseRevision">Where the namespace stands before it.</param>
    /// <param name="previous">The digest that it must chain to.</param>
    /// <param name="record">The record.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, Revision baseRevision, Hash256 previous, [NotNullWhen(true)] out DeltaRecord? record, [NotNullWhen(false)] out string? error)
    {
        record = null;
        error = TryMeasure(bytes.Span, out var size);
        if (error is not null) return false;
        var body = bytes[..(size - Hash256.SizeBytes)];
        var digest = DigestOf(previous, body.Span);
        if (digest != new Hash256(bytes.Span[body.Length..size]))
        {
            error = "its digest does not match its bytes and what lies before it";
            return false;
        }
        var (headAt, stateAt) = (HeaderBytes, HeaderBytes + Length(body.Span[16..]));
        var proofAt = stateAt + Length(body.Span[20..]);
        var streamAt = proofAt + Length(body.Span[24..]);
        if (!AttestedState.TryParse(body.Span[headAt..stateAt], body.Span[stateAt..proofAt], body.Span[proofAt..streamAt], out var attested, out error)) return false;
        if (!RecordStream.TryReadChanges(body[streamAt..], out var changes, out error)) return false;
        if (Length(body.Span[4..]) != baseRevision.Epoch || BinaryPrimitives.ReadInt64BigEndian(body.Span[8..]) != baseRevision.Sequence)
            error = $"it was not written on {baseRevision}";
        else if (attested.Revision.IsBefore(baseRevision) || (attested.Revision == baseRevision && changes.Count > 0))
            error = $"it changes records but does not come after {baseRevision}";
        if (error is not null) return false;
        record = new(baseRevision, attested, changes, digest, size);
        return true;
    }

    /// <summary>Checks the lengths against their limits and the bytes that are there.</summary>
    private static string? TryMeasure(ReadOnlySpan<byte> bytes, out int size)
    {
        size = 0;
        if (bytes.Length < HeaderBytes + Hash256.SizeBytes) return "it is cut off";
        var claimed = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (claimed > RecordBytesMax) return $"a record has at most {RecordBytesMax} bytes";
        if (claimed > (uint)bytes.Length) return "it is cut off";
        var parts = (long)HeaderBytes + Hash256.SizeBytes;
        for (var at = 16; at < HeaderBytes; at += sizeof(uint)) parts += BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
        if (parts != claimed) return "its parts do not add up to its length";
        size = (int)claimed;
        return null;
    }

    private static Hash256 DigestOf(Hash256 previous, ReadOnlySpan<byte> body)
    {
        Span<byte> before = stackalloc byte[Hash256.SizeBytes];
        previous.CopyTo(before);
        var hash = Sha256.Begin();
        hash.Append(before);
        hash.Append(body);
        return hash.End();
    }

    private static int Length(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadInt32BigEndian(at);
}
