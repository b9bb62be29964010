// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Heads;

/// <summary>Signatures by several keys of a role over the same bytes: of roots and of epoch transitions.</summary>
internal static class RoleSignatures
{
    /// <summary>Most signatures in an envelope: two full roles.</summary>
    public const int SignaturesMax = 2 * TrustAnchor.HeadKeysMax;

    /// <summary>What is wrong with their form; <see langword="null"/> for nothing.</summary>
    public static string? Fault(IReadOnlyCollection<RoleSignature> signatures)
    {
        if (signatures.Count > SignaturesMax) return $"There are {signatures.Count} signatures; at most {SignaturesMax} are allowed.";
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var signature in signatures)
        {
            if (TrustAnchor.KeyIdFault(signature.KeyId) is { } fault) return fault;
            if (signature.Signature.Length != HeadVerifier.SignatureBytes) return $"A signature is {HeadVerifier.SignatureBytes} bytes.";
            if (!ids.Add(signature.KeyId)) return $"There are two signatures of key '{signature.KeyId}'.";
        }
        return null;
    }

    /// <summary>How many of <paramref name="keys"/> have signed. Signatures by other keys are passed over.</summary>
    public static int Count(IEnumerable<HeadKey> keys, ReadOnlySpan<byte> signedBytes, IReadOnlyCollection<RoleSignature> signatures)
    {
        var count = 0;
        foreach (var key in keys.DistinctBy(key => key.PublicKey))
        {
            if (signatures.FirstOrDefault(signature => signature.KeyId == key.KeyId) is not { } signature) continue;
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(key.PublicKey.Span, out _);
            if (ecdsa.VerifyData(signedBytes, signature.Signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)) count++;
        }
        return count;
    }

    /// <summary>The signatures with one more, or with another by the same key.</summary>
    public static IEnumerable<RoleSignature> With(IEnumerable<RoleSignature> signatures, IHeadSigner signer, ReadOnlySpan<byte> signedBytes)
    {
        var more = new RoleSignature { KeyId = signer.KeyId, Signature = ByteString.CopyFrom(signer.Sign(signedBytes)) };
        return signatures.Where(signature => signature.KeyId != signer.KeyId).Append(more).OrderBy(signature => signature.KeyId, StringComparer.Ordinal);
    }
}
