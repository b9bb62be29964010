// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Heliograph.Core.Replicas;

namespace Heliograph.Core.LastKnownGood;

/// <summary>A namespace's floor as a file of its own, <c>FLOOR</c>: 108 bytes, big-endian.</summary>
/// <remarks>Drawn in docs/reference/snapshot-files.md, which changes with this file.
/// <code>
///  0  8  magic "HELIOFLR"    24  4  head epoch        68  8  removed at, Unix ms; 0: held
///  8  4  format 1            28  8  head sequence     76 32  SHA-256 of (all before ‖ the namespace's name)
/// 12  4  epoch               36 32  state root
/// 16  8  sequence
/// </code>
/// The name is in the digest because a disk may write a sector where it does not belong: the floor of one namespace must not be taken for another's.</remarks>
/// <param name="Floor">What was accepted.</param>
/// <param name="RemovedAtMs">When the head that shows the namespace deleted was signed; 0 while it is held. Its floor outlives it, against a replay of its past.</param>
public sealed record FloorFile(Floor Floor, long RemovedAtMs = 0)
{
    /// <summary>Bytes of the file.</summary>
    public const int SizeBytes = BodyBytes + Hash256.SizeBytes;

    private const int Format = 1, BodyBytes = 76;

    private static ReadOnlySpan<byte> Magic => "HELIOFLR"u8;

    /// <summary>Whether the namespace was deleted.</summary>
    public bool IsRemoved => RemovedAtMs != 0;

    /// <summary>The file's bytes, in the directory of <paramref name="name"/>.</summary>
    public byte[] Encode(NamespaceName name)
    {
        var file = new byte[SizeBytes];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), Format);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(12), Floor.Revision.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(16), Floor.Revision.Sequence);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(24), Floor.HeadRevision.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(28), Floor.HeadRevision.Sequence);
        Floor.StateRoot.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(68), RemovedAtMs);
        Digest(file.AsSpan(0, BodyBytes), name).CopyTo(file.AsSpan(BodyBytes));
        return file;
    }

    /// <summary>Reads the file of <paramref name="name"/>, or says in <paramref name="error"/> what is wrong with it. Never throws, whatever the bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, NamespaceName name, [NotNullWhen(true)] out FloorFile? floor, [NotNullWhen(false)] out string? error)
    {
        floor = null;
        error = file.Length != SizeBytes ? $"it has {file.Length} bytes, a floor has {SizeBytes}"
            : !file.StartsWith(Magic) ? "it does not begin with HELIOFLR"
            : BinaryPrimitives.ReadUInt32BigEndian(file[8..]) != Format ? $"format {BinaryPrimitives.ReadUInt32BigEndian(file[8..])} is not known; this version reads format {Format}"
            : !Digest(file[..BodyBytes], name).AsSpan().SequenceEqual(file[BodyBytes..]) ? "its digest does not match its bytes, or it is another namespace's"
            : null;
        if (error is not null) return false;
        var (epoch, sequence) = (BinaryPrimitives.ReadInt32BigEndian(file[12..]), BinaryPrimitives.ReadInt64BigEndian(file[16..]));
        var (headEpoch, headSequence) = (BinaryPrimitives.ReadInt32BigEndian(file[24..]), BinaryPrimitives.ReadInt64BigEndian(file[28..]));
        var removedAtMs = BinaryPrimitives.ReadInt64BigEndian(file[68..]);
        if (epoch < 0 || sequence < 0 || headEpoch < 0 || headSequence < 0 || removedAtMs < 0)
        {
            error = "a number in it is negative";
            return false;
        }
        floor = new(new(new(epoch, sequence), new(headEpoch, headSequence), new(file.Slice(36, Hash256.SizeBytes))), removedAtMs);
        return true;
    }

    private static byte[] Digest(ReadOnlySpan<byte> body, NamespaceName name) => SHA256.HashData([.. body, .. Encoding.UTF8.GetBytes(name.Value)]);
}
