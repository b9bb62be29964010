// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Heliograph.Core.Replicas;

namespace Heliograph.Core.LastKnownGood;

/// <summary>What a replica has accepted of a namespace, and below which it never goes again: kept in a file of its own, <c>FLOOR</c>.</summary>
/// <remarks>100 bytes, big-endian, drawn in docs/reference/snapshot-files.md.</remarks>
/// <param name="Revision">The accepted revision of the namespace.</param>
/// <param name="Head">Revision of the head under which it was last verified and persisted.</param>
/// <param name="StateRoot">Root of the namespace at <paramref name="Revision"/>: the same revision with another root is an equivocation.</param>
/// <param name="RemovedAtMs">When the namespace was found deleted, Unix milliseconds by the local clock; 0 while it is held.</param>
public sealed record NamespaceFloor(Revision Revision, Revision Head, Hash256 StateRoot, long RemovedAtMs = 0)
{
    /// <summary>Bytes of the file.</summary>
    public const int SizeBytes = 108;

    private const int Format = 1, BodyBytes = SizeBytes - Hash256.SizeBytes;

    /// <summary>Nothing was accepted yet.</summary>
    public static NamespaceFloor None { get; } = new(Revision.None, Revision.None, Hash256.Zero);

    private static ReadOnlySpan<byte> Magic => "HELIOFLR"u8;

    /// <summary>Whether the namespace was deleted and only the floor is kept, against a replay of its past.</summary>
    public bool IsRemoved => RemovedAtMs != 0;

    /// <summary>The floor of a version.</summary>
    public static NamespaceFloor Of(NamespaceVersion version) => new(version.Revision, version.Head.Revision, version.StateRoot);

    /// <summary>The higher of both, part by part. Never falls.</summary>
    public NamespaceFloor Raise(NamespaceFloor other)
    {
        var head = Head.IsAfter(other.Head) ? Head : other.Head;
        var content = Revision.IsAfter(other.Revision) ? this : other;
        return content with { Head = head, RemovedAtMs = other.RemovedAtMs };
    }

    /// <summary>Whether a version may be accepted over this floor.</summary>
    public FloorVerdict Judge(NamespaceVersion version) =>
        version.Revision.IsBefore(Revision) || version.Head.Revision.IsBefore(Head) ? FloorVerdict.Below
        : version.Revision == Revision && version.StateRoot != StateRoot ? FloorVerdict.Equivocation
        : FloorVerdict.Accepted;

    /// <summary>The file's bytes.</summary>
    public byte[] Encode()
    {
        var file = new byte[SizeBytes];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), Format);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(12), Revision.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(16), Revision.Sequence);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(24), Head.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(28), Head.Sequence);
        StateRoot.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(68), RemovedAtMs);
        SHA256.HashData(file.AsSpan(0, BodyBytes), file.AsSpan(BodyBytes));
        return file;
    }

    /// <summary>Reads a file, or says in <paramref name="error"/> what is wrong with it. Never throws, whatever the bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, [NotNullWhen(true)] out NamespaceFloor? floor, [NotNullWhen(false)] out string? error)
    {
        floor = null;
        error = file.Length != SizeBytes ? $"it has {file.Length} bytes, a floor has {SizeBytes}"
            : !file.StartsWith(Magic) ? "it does not begin with HELIOFLR"
            : BinaryPrimitives.ReadUInt32BigEndian(file[8..]) != Format ? $"format {BinaryPrimitives.ReadUInt32BigEndian(file[8..])} is not known; this version reads format {Format}"
            : !SHA256.HashData(file[..BodyBytes]).AsSpan().SequenceEqual(file[BodyBytes..]) ? "its digest does not match its bytes"
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
        floor = new(new(epoch, sequence), new(headEpoch, headSequence), new(file.Slice(36, Hash256.SizeBytes)), removedAtMs);
        return true;
    }
}

/// <summary>How a version stands to a floor.</summary>
public enum FloorVerdict
{
    /// <summary>At or above it.</summary>
    Accepted,

    /// <summary>Its revision, or its head's, lies below: it must not be accepted.</summary>
    Below,

    /// <summary>The same revision with another root. Someone with a head key says two things: keep the evidence.</summary>
    Equivocation,
}
