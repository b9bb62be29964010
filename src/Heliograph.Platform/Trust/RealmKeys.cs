// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Platform.Files;
using Heliograph.Platform.Pki;

namespace Heliograph.Platform.Trust;

/// <summary>Begins a realm: its first trust root and the head key of its first origin.</summary>
public static class RealmKeys
{
    /// <summary>Name of the trust file in a realm's directory. Hand it out.</summary>
    public const string TrustFileName = "trust.json";

    /// <summary>Name of the head key in a realm's directory. Mode 0600; keep a copy offline.</summary>
    public const string HeadKeyFileName = "head-key.pem";

    /// <summary>Makes a root with one new head key, and writes both files durably: the key first.</summary>
    /// <exception cref="ArgumentException">The realm's name is outside the grammar of <see cref="RealmName"/>.</exception>
    /// <exception cref="IOException">One of the files exists (nothing is overwritten), or could not be written.</exception>
    public static TrustAnchor Create(string realmName, string directory)
    {
        if (RealmName.Fault(realmName) is { } fault) throw new ArgumentException(fault, nameof(realmName));
        Directory.CreateDirectory(directory);
        var (keyPath, trustPath) = (Path.Combine(directory, HeadKeyFileName), Path.Combine(directory, TrustFileName));
        if (File.Exists(trustPath)) throw new IOException($"{Path.GetFullPath(trustPath)} exists already: there is a realm here, and it is not overwritten.");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var anchor = TrustAnchor.Seal(Root(realmName, key));
        ProtectedFile.Write(keyPath, key.ExportPkcs8PrivateKeyPem() + "\n", ProtectedFile.OwnerOnly, replace: false);
        TrustFile.Save(trustPath, anchor, replace: false);
        return anchor;
    }

    private static TrustRoot Root(string realmName, ECDsa key)
    {
        var publicKey = key.ExportSubjectPublicKeyInfo();
        return new()
        {
            Format = 1,
            RootVersion = 1,
            Realm = realmName,
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
            HeadKeys =
            {
                new HeadKey
                {
                    KeyId = Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, 8)), // a name, not a proof: 64 bits tell keys apart
                    Algorithm = TrustAnchor.EcdsaP256Sha256,
                    PublicKey = ByteString.CopyFrom(publicKey),
                },
            },
        };
    }
}
