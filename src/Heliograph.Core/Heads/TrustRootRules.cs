// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Heads;

/// <summary>What every root obeys, whatever its version, and which of its keys have which role.</summary>
internal static class TrustRootRules
{
    /// <summary>The format that this version writes, and the newest that it reads.</summary>
    public const uint Format = 2;

    /// <summary>The format of realms founded without root keys: version 1, head keys only.</summary>
    public const uint HeadKeysOnlyFormat = 1;

    private const int NonceBytes = 16;
    private const string P256Oid = "1.2.840.10045.3.1.7"; // other curves have 256 bits, too
    private const long LatestMs = 253_402_300_799_999; // 9999-12-31, the last that a DateTimeOffset holds

    /// <summary>The keys that sign the next root. A root that names none lets its head keys do it, all of them.</summary>
    public static IReadOnlyList<HeadKey> RootKeys(TrustRoot root) => root.Format == HeadKeysOnlyFormat ? root.HeadKeys : root.RootKeys;

    /// <summary>How many of <see cref="RootKeys"/> must sign.</summary>
    public static int RootThreshold(TrustRoot root) => root.Format == HeadKeysOnlyFormat ? root.HeadKeys.DistinctBy(key => key.PublicKey).Count() : (int)root.RootThreshold;

    /// <summary>What is wrong with a root; <see langword="null"/> for nothing.</summary>
    public static string? Fault(TrustRoot root)
    {
        if (root.Format is not (HeadKeysOnlyFormat or Format)) return $"TrustRoot: format {root.Format} is not known; this version reads formats 1 and {Format}.";
        if (root.RootVersion is 0 or > RootChain.VersionsMax) return $"TrustRoot: a version is 1 to {RootChain.VersionsMax}, not {root.RootVersion}.";
        if (root.HeadKeys.Count is 0 or > TrustAnchor.HeadKeysMax) return $"TrustRoot: it holds 1 to {TrustAnchor.HeadKeysMax} head keys.";
        if (root.Nonce.Length != (root.RootVersion == 1 ? NonceBytes : 0)) return $"TrustRoot: the nonce is {NonceBytes} bytes in version 1, and absent later.";
        if (root.LogId.Length != (root.RootVersion == 1 ? 0 : Hash256.SizeBytes)) return $"TrustRoot: log_id is absent in version 1, and {Hash256.SizeBytes} bytes later.";
        return (root.Format == HeadKeysOnlyFormat ? HeadKeysOnlyFault(root) : RolesFault(root)) ?? KeysFault(root);
    }

    private static string? HeadKeysOnlyFault(TrustRoot root) =>
        root.RootVersion != 1 ? $"TrustRoot: version {root.RootVersion} cannot have format {HeadKeysOnlyFormat}."
        : root.RootKeys.Count + root.RecoveryKeys.Count > 0 || root.RootThreshold != 0 || root.RecoveryThreshold != 0 || root.ExpiresAtMs != 0 || root.MinFormat != 0
            ? $"TrustRoot: format {HeadKeysOnlyFormat} holds head keys only."
        : null;

    private static string? RolesFault(TrustRoot root) =>
        root.RootKeys.Count is 0 or > TrustAnchor.RoleKeysMax ? $"TrustRoot: it holds 1 to {TrustAnchor.RoleKeysMax} root keys."
        : root.RootThreshold == 0 || root.RootThreshold > root.RootKeys.Count ? $"TrustRoot: the threshold of its root keys is 1 to {root.RootKeys.Count}, not {root.RootThreshold}."
        : root.RecoveryKeys.Count > TrustAnchor.RoleKeysMax ? $"TrustRoot: it holds at most {TrustAnchor.RoleKeysMax} recovery keys."
        : root.RecoveryThreshold > root.RecoveryKeys.Count || (root.RecoveryThreshold == 0) != (root.RecoveryKeys.Count == 0)
            ? $"TrustRoot: the threshold of its {root.RecoveryKeys.Count} recovery keys cannot be {root.RecoveryThreshold}."
        : root.ExpiresAtMs is < 0 or > LatestMs ? "TrustRoot: its expiry is out of range."
        : null;

    /// <summary>Each id and each key once, over all roles: a key that stood twice would count twice.</summary>
    private static string? KeysFault(TrustRoot root)
    {
        HashSet<string> ids = new(StringComparer.Ordinal), keys = new(StringComparer.Ordinal);
        foreach (var (role, key) in root.HeadKeys.Select(key => ("head", key)).Concat(root.RootKeys.Select(key => ("root", key))).Concat(root.RecoveryKeys.Select(key => ("recovery", key))))
        {
            if (TrustAnchor.KeyIdFault(key.KeyId) is { } fault) return $"TrustRoot: {fault}";
            if (!ids.Add(key.KeyId)) return $"TrustRoot: two {(root.Format == HeadKeysOnlyFormat ? "head " : "")}keys have the id '{key.KeyId}'.";
            if (key.Algorithm != TrustAnchor.EcdsaP256Sha256) return $"TrustRoot: algorithm {key.Algorithm} of {role} key '{key.KeyId}' is not known.";
            if (!IsP256(key)) return $"TrustRoot: {role} key '{key.KeyId}' is not a P-256 key.";
            // Format 1 may hold a key under two ids: roots like that are out there, and its keys count one by one.
            if (!keys.Add(key.PublicKey.ToBase64()) && root.Format != HeadKeysOnlyFormat) return $"TrustRoot: the key '{key.KeyId}' stands there twice, under different ids.";
        }
        return null;
    }

    private static bool IsP256(HeadKey key)
    {
        try
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(key.PublicKey.Span, out var read);
            return read == key.PublicKey.Length && ecdsa.ExportParameters(false).Curve.Oid.Value == P256Oid;
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException) // the latter: a point that is not on the curve, with OpenSSL
        {
            return false;
        }
    }
}
