// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Heads;

/// <summary>What a follower trusts from the start: the first version of a realm's root, and through it the log's identity. Later versions follow from it: <see cref="RootChain"/>.</summary>
/// <remarks>Comes from the trust file that an operator hands out with the deployment, never from the network.</remarks>
public sealed class TrustAnchor
{
    /// <summary>Largest trust root, in bytes.</summary>
    public const int BytesMax = 16 << 10;

    /// <summary>Most head keys in a root: one per origin, and as many again during a rotation.</summary>
    public const int HeadKeysMax = 32;

    /// <summary>Most root keys, and most recovery keys, in a root.</summary>
    public const int RoleKeysMax = 16;

    /// <summary>Longest id of a key, in characters.</summary>
    public const int KeyIdCharsMax = 64;

    /// <summary>ECDSA on P-256 with SHA-256 (FIPS 186-5), signatures in IEEE P1363 form, 64 bytes.</summary>
    public const uint EcdsaP256Sha256 = 1;

    private TrustAnchor(ReadOnlyMemory<byte> bytes, TrustRoot root) => (Bytes, Root, LogId) = (bytes, root, new(SHA256.HashData(bytes.Span)));

    /// <summary>The root's canonical bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What the bytes say. Not to be changed.</summary>
    public TrustRoot Root { get; }

    /// <summary>The log's identity: SHA-256 of the first root's bytes.</summary>
    public Hash256 LogId { get; }

    /// <summary>The key of that id as DER SubjectPublicKeyInfo, or <see langword="null"/> if this root has none.</summary>
    public ReadOnlyMemory<byte>? FindHeadKey(string keyId)
    {
        foreach (var key in Root.HeadKeys)
            if (key.KeyId == keyId) return key.PublicKey.Memory;
        return null;
    }

    /// <summary>Seals a root.</summary>
    /// <exception cref="ArgumentException">The root breaks a rule; the message says which.</exception>
    public static TrustAnchor Seal(TrustRoot root) =>
        TryParse(root.ToByteArray(), out var anchor, out var error) ? anchor : throw new ArgumentException(error, nameof(root));

    /// <summary>Reads a root from its canonical bytes.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out TrustAnchor? anchor, [NotNullWhen(false)] out string? error)
    {
        anchor = null;
        if (!CanonicalMessage.TryParse(TrustRoot.Parser, bytes.Span, BytesMax, out var root, out error)) return false;
        error = root.RootVersion > 1 ? $"TrustRoot: version {root.RootVersion} cannot be pinned; version 1 is, and the later ones follow from it." : TrustRootRules.Fault(root);
        if (error is not null) return false;
        anchor = new(bytes, root);
        return true;
    }

    /// <summary>What is wrong with a key id, which stands in logs before its key has been found; <see langword="null"/> for nothing.</summary>
    internal static string? KeyIdFault(string keyId) =>
        keyId.Length == 0 ? "A key id must not be empty." : TextRules.Fault("key id", keyId, KeyIdCharsMax);
}
