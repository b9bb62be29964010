// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Platform.Files;
using Heliograph.Platform.Pki;

namespace Heliograph.Platform.Trust;

/// <summary>Begins a realm: its first trust root and the head keys of its origins.</summary>
public static class RealmKeys
{
    /// <summary>Name of the trust file in a realm's directory. Hand it out.</summary>
    public const string TrustFileName = "trust.json";

    /// <summary>Name of the head key in a realm's directory. Mode 0600; keep a copy offline.</summary>
    public const string HeadKeyFileName = "head-key.pem";

    /// <summary>Name of a head key that waits for the root that names it. Mode 0600.</summary>
    public const string NextHeadKeyFileName = "head-key.next.pem";

    private const string UnfinishedSuffix = ".new"; // a key that no trust file names yet, or whose name is still to be given

    /// <summary>Makes a root with one new head key, and writes both files durably. Killed anywhere, it leaves nothing, or what <see cref="Finish"/> completes.</summary>
    /// <exception cref="ArgumentException">The realm's name is outside the grammar of <see cref="RealmName"/>.</exception>
    /// <exception cref="IOException">One of the files exists (nothing is overwritten), or could not be written.</exception>
    public static TrustAnchor Create(string realmName, string directory)
    {
        if (RealmName.Fault(realmName) is { } fault) throw new ArgumentException(fault, nameof(realmName));
        Directory.CreateDirectory(directory);
        var (keyPath, trustPath) = (Path.Combine(directory, HeadKeyFileName), Path.Combine(directory, TrustFileName));
        foreach (var path in (ReadOnlySpan<string>)[trustPath, keyPath])
            if (File.Exists(path)) throw new IOException($"{Path.GetFullPath(path)} exists already: there is a realm here, and it is not overwritten.");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var anchor = TrustAnchor.Seal(Root(realmName, [key]));
        // The key is safe before the root that names it is there, and has its own name only then: an unfinished key of a start that was killed was never used.
        ProtectedFile.Write(keyPath + UnfinishedSuffix, key.ExportPkcs8PrivateKeyPem() + "\n", ProtectedFile.OwnerOnly, replace: true);
        TrustFile.Save(trustPath, anchor, replace: false);
        Finish(directory);
        return anchor;
    }

    /// <summary>Makes a root with a new head key for each of several origins, and writes each origin's key, and the trust file that is the same for all, into its directory. Killed anywhere, it leaves directories that were never used.</summary>
    /// <exception cref="ArgumentException">The realm's name is outside the grammar of <see cref="RealmName"/>.</exception>
    /// <exception cref="IOException">One of the files exists (nothing is overwritten), or could not be written.</exception>
    public static TrustAnchor Create(string realmName, IReadOnlyList<string> directories)
    {
        if (RealmName.Fault(realmName) is { } fault) throw new ArgumentException(fault, nameof(realmName));
        ECDsa[] keys = [.. directories.Select(_ => ECDsa.Create(ECCurve.NamedCurves.nistP256))];
        try
        {
            var anchor = TrustAnchor.Seal(Root(realmName, keys));
            for (var i = 0; i < keys.Length; i++)
            {
                Directory.CreateDirectory(directories[i]);
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(directories[i], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                ProtectedFile.Write(Path.Combine(directories[i], HeadKeyFileName), keys[i].ExportPkcs8PrivateKeyPem() + "\n", ProtectedFile.OwnerOnly, replace: false);
            }
            foreach (var directory in directories) TrustFile.Save(Path.Combine(directory, TrustFileName), anchor, replace: false);
            return anchor;
        }
        finally
        {
            foreach (var key in keys) key.Dispose();
        }
    }

    /// <summary>Completes what a <see cref="Create(string, string)"/> that was killed has left of a realm whose trust file is there. Changes nothing otherwise.</summary>
    /// <exception cref="IOException">The key could not be given its name.</exception>
    public static void Finish(string directory)
    {
        var keyPath = Path.Combine(Path.GetFullPath(directory), HeadKeyFileName);
        if (File.Exists(keyPath) || !File.Exists(keyPath + UnfinishedSuffix) || !File.Exists(Path.Combine(directory, TrustFileName))) return;
        NativeFiles.Rename(keyPath + UnfinishedSuffix, keyPath);
        NativeFiles.FlushDirectory(Path.GetFullPath(directory));
    }

    /// <summary>Gives a head key that waited for its root the name of the present one, once a root names it. Killed before, an origin finds it under either name.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="IOException">It could not be given its name.</exception>
    /// <exception cref="CryptographicException">The root does not name it.</exception>
    public static bool PromoteNextKey(string directory, TrustRoot root)
    {
        var next = Path.Combine(Path.GetFullPath(directory), NextHeadKeyFileName);
        if (!File.Exists(next)) return false;
        FileHeadSigner.Load(next, root).Dispose();
        NativeFiles.Rename(next, Path.Combine(Path.GetFullPath(directory), HeadKeyFileName));
        NativeFiles.FlushDirectory(Path.GetFullPath(directory));
        return true;
    }

    private static TrustRoot Root(string realmName, IEnumerable<ECDsa> keys) => new()
    {
        Format = 1,
        RootVersion = 1,
        Realm = realmName,
        Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
        HeadKeys = { keys.Select(HeadKey) },
    };

    private static HeadKey HeadKey(ECDsa key)
    {
        var publicKey = key.ExportSubjectPublicKeyInfo();
        return new()
        {
            KeyId = Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, 8)), // a name, not a proof: 64 bits tell keys apart
            Algorithm = TrustAnchor.EcdsaP256Sha256,
            PublicKey = ByteString.CopyFrom(publicKey),
        };
    }
}
