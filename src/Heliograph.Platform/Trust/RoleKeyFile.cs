// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.Trust;

/// <summary>A key of a role, in two files: the private half (PEM, PKCS #8, mode 0600, encrypted if there is a passphrase) and beside it the public half (<c>.pub</c>, PEM).</summary>
/// <remarks>Encrypted with AES-256-CBC under a key of PBKDF2 with SHA-256 and <see cref="Iterations"/> rounds, as PKCS #8 has it. Only the public half ever leaves the machine that it was made on.</remarks>
public sealed class RoleKeyFile : IHeadSigner, IDisposable
{
    /// <summary>Ending of the public half's name.</summary>
    public const string PublicSuffix = ".pub";

    /// <summary>Rounds of PBKDF2.</summary>
    public const int Iterations = 600_000;

    private readonly ECDsa _key;

    private RoleKeyFile(ECDsa key) => (_key, KeyId) = (key, IdOf(key.ExportSubjectPublicKeyInfo()));

    /// <inheritdoc/>
    public string KeyId { get; }

    /// <summary>Makes a key, and writes both halves.</summary>
    /// <exception cref="IOException">One of the files exists, or could not be written.</exception>
    public static HeadKey Create(string path, string? passphrase)
    {
        if (File.Exists(path + PublicSuffix)) throw new IOException($"{Path.GetFullPath(path + PublicSuffix)} exists already; a key is not overwritten.");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var text = passphrase is null ? key.ExportPkcs8PrivateKeyPem() : key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations));
        ProtectedFile.Write(path, text + "\n", ProtectedFile.OwnerOnly, replace: false);
        ProtectedFile.Write(path + PublicSuffix, key.ExportSubjectPublicKeyInfoPem() + "\n", ProtectedFile.Public, replace: false);
        return Public(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Reads the private half.</summary>
    /// <exception cref="IOException">The file cannot be read, or is accessible to others than its owner.</exception>
    /// <exception cref="CryptographicException">It is no P-256 private key, or not under this passphrase.</exception>
    public static RoleKeyFile Open(string path, string? passphrase)
    {
        var pem = ProtectedFile.ReadSecret(path);
        var isEncrypted = pem.Contains("BEGIN ENCRYPTED", StringComparison.Ordinal);
        if (isEncrypted && passphrase is null) throw new CryptographicException($"{path}: the key is encrypted; give its passphrase.");
        var key = ECDsa.Create();
        try
        {
            if (isEncrypted) key.ImportFromEncryptedPem(pem, passphrase);
            else key.ImportFromPem(pem);
            _ = key.ExportPkcs8PrivateKey(); // throws if the file holds the public half only
            return new(key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new CryptographicException($"{path}: there is no private key in it that can be read{(isEncrypted ? ", or the passphrase is another" : "")}.", exception);
        }
    }

    /// <summary>Reads a public half.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">It is no P-256 public key.</exception>
    public static HeadKey ReadPublic(string path)
    {
        using var key = ECDsa.Create();
        var pem = System.Text.Encoding.UTF8.GetString(ProtectedFile.ReadPublic(path));
        if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal)) throw new CryptographicException($"{path}: this is the private half, which stays where it is; give {Path.GetFileName(path)}{PublicSuffix}.");
        try
        {
            key.ImportFromPem(pem);
            return Public(key.ExportSubjectPublicKeyInfo());
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CryptographicException($"{path}: there is no public key in PEM form.", exception);
        }
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>The key as a root names it.</summary>
    public HeadKey PublicKey => Public(_key.ExportSubjectPublicKeyInfo());

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static HeadKey Public(byte[] publicKey) => new() { KeyId = IdOf(publicKey), Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(publicKey) };

    private static string IdOf(byte[] publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, 8)); // a name, not a proof: 64 bits tell keys apart
}
