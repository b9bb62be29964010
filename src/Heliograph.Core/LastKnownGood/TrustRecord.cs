// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;

namespace Heliograph.Core.LastKnownGood;

/// <summary>The roots and transitions that a replica has taken, as a file beside its last-known-good; big-endian.</summary>
/// <remarks>Drawn in docs/reference/trust.md, which changes with this file.
/// <code>
///  0  8  magic "HELIOTRU"     16  4  number of transitions
///  8  4  format 1             20  …  each root from version 2 on, then each transition: u32 length, bytes
/// 12  4  number of roots         32  SHA-256 of (all before ‖ log id)
/// </code>
/// </remarks>
public static class TrustRecord
{
    private const int Format = 1, HeaderBytes = 20;

    /// <summary>Largest file: as many roots and transitions as there can be.</summary>
    public const int BytesMax = HeaderBytes + RootChain.VersionsMax * (sizeof(uint) + SignedRoot.BytesMax) + EpochHistory.TransitionsMax * (sizeof(uint) + SignedTransition.BytesMax) + Hash256.SizeBytes;

    private static ReadOnlySpan<byte> Magic => "HELIOTRU"u8;

    /// <summary>The file's bytes.</summary>
    public static byte[] Encode(RealmTrust trust)
    {
        ReadOnlyMemory<byte>[] parts = [.. trust.Roots.Later.Select(root => root.Bytes), .. trust.Epochs.Transitions.Select(transition => transition.Bytes)];
        var file = new byte[HeaderBytes + parts.Sum(part => sizeof(uint) + part.Length) + Hash256.SizeBytes];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), Format);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(12), trust.Roots.Later.Count);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), trust.Epochs.Transitions.Count);
        var at = HeaderBytes;
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), part.Length);
            part.Span.CopyTo(file.AsSpan(at + sizeof(uint)));
            at += sizeof(uint) + part.Length;
        }
        Digest(file.AsSpan(0, at), trust.Roots.LogId).CopyTo(file.AsSpan(at));
        return file;
    }

    /// <summary>Reads the file on top of what the trust file pins, whose word stands where they disagree; or says what is wrong. Never throws, whatever the bytes.</summary>
    /// <remarks>Roots are verified again, each by the one before. Transitions are not: the keys that signed one may have been replaced since, and it was proven when it was written.</remarks>
    public static bool TryRestore(ReadOnlySpan<byte> file, RealmTrust pinned, [NotNullWhen(true)] out RealmTrust? trust, [NotNullWhen(false)] out string? error)
    {
        trust = null;
        error = file.Length is < HeaderBytes + Hash256.SizeBytes or > BytesMax ? $"it has {file.Length} bytes"
            : !file.StartsWith(Magic) ? "it does not begin with HELIOTRU"
            : BinaryPrimitives.ReadInt32BigEndian(file[8..]) != Format ? $"format {BinaryPrimitives.ReadInt32BigEndian(file[8..])} is not known; this version reads format {Format}"
            : !Digest(file[..^Hash256.SizeBytes], pinned.Roots.LogId).AsSpan().SequenceEqual(file[^Hash256.SizeBytes..]) ? "its digest does not match its bytes, or it is of another realm"
            : null;
        if (error is not null) return false;
        var (roots, transitions) = (BinaryPrimitives.ReadInt32BigEndian(file[12..]), BinaryPrimitives.ReadInt32BigEndian(file[16..]));
        if (roots is < 0 or > RootChain.VersionsMax || transitions is < 0 or > EpochHistory.TransitionsMax)
        {
            error = "a number in it is out of range";
            return false;
        }
        var read = pinned;
        var rest = file[HeaderBytes..^Hash256.SizeBytes];
        for (var i = 0; i < roots + transitions; i++)
        {
            if (!TryTake(ref rest, out var part))
            {
                error = "it is shorter than it says";
                return false;
            }
            error = i < roots ? AddRoot(ref read, part) : AddTransition(ref read, part);
            if (error is not null) return false;
        }
        trust = read;
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out ReadOnlyMemory<byte> part)
    {
        part = default;
        if (rest.Length < sizeof(uint)) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - sizeof(uint)) return false;
        part = rest.Slice(sizeof(uint), (int)length).ToArray();
        rest = rest[(sizeof(uint) + (int)length)..];
        return true;
    }

    private static string? AddRoot(ref RealmTrust trust, ReadOnlyMemory<byte> root)
    {
        var verdict = trust.Roots.Extend(root);
        if (verdict.Refusal is { } refusal) return $"a root in it does not follow: {refusal.Detail}";
        trust = trust with { Roots = verdict.Value! };
        return null;
    }

    private static string? AddTransition(ref RealmTrust trust, ReadOnlyMemory<byte> transition)
    {
        var verdict = trust.Epochs.Restore(trust.Roots, transition);
        if (verdict.Refusal is { } refusal) return $"a transition in it does not follow: {refusal.Detail}";
        trust = trust with { Epochs = verdict.Value! };
        return null;
    }

    private static byte[] Digest(ReadOnlySpan<byte> body, Hash256 logId) => SHA256.HashData([.. body, .. logId.ToArray()]);
}
