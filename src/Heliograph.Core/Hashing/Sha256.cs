// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Heliograph.Core.Hashing;

/// <summary>SHA-256 (FIPS 180-4) of what comes in pieces, and of what is short: a Merkle node is 65 bytes, and a change hashes dozens.</summary>
/// <remarks>
/// <see cref="SHA256"/> makes, fetches and frees a context for each digest, which takes several times as long as a node's two blocks. Where the process has OpenSSL 3, as .NET on
/// Linux has, its block functions are called directly (<see cref="BlockHash"/>); everywhere else <see cref="SHA256"/> and <see cref="IncrementalHash"/> are. The digests are the same.
/// </remarks>
internal unsafe ref struct Sha256
{
    /// <summary>Most bytes that are hashed in one call, for which a collection of garbage has to wait: a few microseconds.</summary>
    private const int PieceBytes = 8 << 10;

    private BlockHash.Context _context;
    private readonly IncrementalHash? _managed;

    private Sha256(bool isNative)
    {
        if (!isNative) _managed = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        else
            fixed (BlockHash.Context* context = &_context)
                BlockHash.Begin(context);
    }

    /// <summary>The digest of some bytes.</summary>
    [SkipLocalsInit]
    public static Hash256 Of(ReadOnlySpan<byte> bytes)
    {
        if (!BlockHash.IsSupported) return OfManaged(bytes);
        BlockHash.Context context;
        BlockHash.Begin(&context);
        Append(&context, bytes);
        return End(&context);
    }

    /// <summary>Begins a digest. It is ended once, by <see cref="End()"/>, and not copied before.</summary>
    public static Sha256 Begin() => new(BlockHash.IsSupported);

    /// <summary>Begins one that does without OpenSSL, as on other systems: for tests.</summary>
    internal static Sha256 BeginManaged() => new(isNative: false);

    /// <summary>Adds bytes.</summary>
    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        if (_managed is { } managed) managed.AppendData(bytes);
        else
            fixed (BlockHash.Context* context = &_context)
                Append(context, bytes);
    }

    /// <summary>The digest of all that was added. Releases what was taken; nothing may be added afterwards.</summary>
    public Hash256 End()
    {
        if (_managed is { } managed)
        {
            Span<byte> digest = stackalloc byte[Hash256.SizeBytes];
            managed.GetHashAndReset(digest);
            managed.Dispose();
            return new(digest);
        }
        fixed (BlockHash.Context* context = &_context) return End(context);
    }

    private static Hash256 OfManaged(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Hash256.SizeBytes];
        SHA256.HashData(bytes, digest);
        return new(digest);
    }

    private static void Append(BlockHash.Context* context, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* all = bytes)
            for (var at = 0; at < bytes.Length; at += PieceBytes)
                BlockHash.Append(context, all + at, Math.Min(PieceBytes, bytes.Length - at));
    }

    [SkipLocalsInit]
    private static Hash256 End(BlockHash.Context* context)
    {
        var digest = stackalloc byte[Hash256.SizeBytes];
        BlockHash.End(context, digest);
        return new(new ReadOnlySpan<byte>(digest, Hash256.SizeBytes));
    }
}
