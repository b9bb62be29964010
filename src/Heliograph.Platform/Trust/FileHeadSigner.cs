// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.Trust;

/// <summary>Signs heads with a private key kept in a PEM file (PKCS #8, mode 0600).</summary>
/// <remarks>Thread-safe; signatures are made one at a time, some 40 µs each.</remarks>
public sealed class FileHeadSigner : IHeadSigner, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ECDsa _key;

    private FileHeadSigner(string keyId, ECDsa key) => (KeyId, _key) = (keyId, key);

    /// <inheritdoc/>
    public string KeyId { get; }

    /// <summary>Reads the key and finds the id under which the trust root holds it.</summary>
    /// <exception cref="IOException">The file cannot be read, or is accessible to others than its owner.</exception>
    /// <exception cref="CryptographicException">It holds no P-256 private key, or one that the root does not name: no follower would believe it.</exception>
    public static FileHeadSigner Load(string path, TrustAnchor anchor) => Load(path, anchor.Root);

    /// <summary>Reads the key and finds the id under which a root holds it among its head keys.</summary>
    /// <exception cref="IOException">The file cannot be read, or is accessible to others than its owner.</exception>
    /// <exception cref="CryptographicException">It holds no P-256 private key, or one that the root does not name: no follower would believe it.</exception>
    public static FileHeadSigner Load(string path, TrustRoot root)
    {
        var pem = ProtectedFile.ReadSecret(path);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            var publicKey = key.ExportSubjectPublicKeyInfo();
            foreach (var candidate in root.HeadKeys)
                if (candidate.PublicKey.Span.SequenceEqual(publicKey))
                {
                    _ = key.ExportPkcs8PrivateKey(); // throws if the file holds the public half only
                    return new(candidate.KeyId, key);
                }
            throw new CryptographicException($"{path}: the key is not one of the head keys of realm '{root.Realm}''s trust root, version {root.RootVersion}.");
        }
        catch (Exception exception)
        {
            key.Dispose();
            if (exception is ArgumentException) throw new CryptographicException($"{path}: there is no private key in PEM form.", exception);
            throw;
        }
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (_gate) return _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate) _key.Dispose();
    }
}
