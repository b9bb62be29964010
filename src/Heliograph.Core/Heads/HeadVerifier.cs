// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;

namespace Heliograph.Core.Heads;

/// <summary>Checks a head's signature against the trust root. Remembers the last head it accepted, so that a head which comes with many namespaces costs one verification.</summary>
/// <remarks>Not thread-safe. About 70 µs for a head not seen before.</remarks>
public sealed class HeadVerifier(TrustAnchor anchor) : IDisposable
{
    /// <summary>Bytes of a signature.</summary>
    public const int SignatureBytes = 64;

    private static ReadOnlySpan<byte> Domain => "heliograph:head:v1\0"u8;

    private readonly Dictionary<string, ECDsa> _keys = new(StringComparer.Ordinal);
    private ReadOnlyMemory<byte> _lastAccepted;

    /// <summary>What is trusted.</summary>
    public TrustAnchor Anchor { get; } = anchor;

    /// <summary>What a head's signature covers: the domain prefix, then the head's bytes.</summary>
    public static byte[] SignedBytes(ReadOnlySpan<byte> headBytes) => [.. Domain, .. headBytes];

    /// <summary>Whether one of the root's head keys signed exactly these bytes.</summary>
    public bool IsSigned(SignedHead head)
    {
        if (_lastAccepted.Span.SequenceEqual(head.Bytes.Span)) return true;
        if (Key(head.KeyId) is not { } key) return false;
        if (!key.VerifyData(SignedBytes(head.HeadBytes.Span), head.Signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)) return false;
        _lastAccepted = head.Bytes;
        return true;
    }

    private ECDsa? Key(string keyId)
    {
        if (_keys.TryGetValue(keyId, out var known)) return known;
        if (Anchor.FindHeadKey(keyId) is not { } publicKey) return null;
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey.Span, out _);
        return _keys[keyId] = key;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var key in _keys.Values) key.Dispose();
        _keys.Clear();
    }
}
