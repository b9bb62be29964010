// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;

namespace Heliograph.Simulation.Fleet;

/// <summary>A realm of the simulated world: its root of trust and its head keys, which come from a phrase, so that every run has the same log id.</summary>
public sealed class SimRealm
{
    private readonly List<SimSigner> _signers = [];

    /// <summary>A realm with a head key for each of its origins.</summary>
    /// <param name="name">Makes the log's identity.</param>
    /// <param name="origins">How many keys.</param>
    public SimRealm(string name, int origins)
    {
        var root = new TrustRoot { Format = 1, RootVersion = 1, Realm = name, Nonce = ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16)) };
        for (var i = 0; i < origins; i++)
        {
            var signer = new SimSigner(string.Create(CultureInfo.InvariantCulture, $"origin-{i}"));
            _signers.Add(signer);
            root.HeadKeys.Add(new HeadKey { KeyId = signer.KeyId, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(signer.PublicKey) });
        }
        Anchor = TrustAnchor.Seal(root);
    }

    /// <summary>What everyone trusts.</summary>
    public TrustAnchor Anchor { get; }

    /// <summary>An origin's key. Realms of any name share their keys: a head of another realm then has a valid signature, and only its log id tells.</summary>
    public IHeadSigner SignerOf(int origin) => _signers[origin];

}

/// <summary>A key that comes from its name.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "It lives as long as its world.")]
internal sealed class SimSigner : IHeadSigner
{
    private readonly ECDsa _key;

    public SimSigner(string keyId)
    {
        KeyId = keyId;
        var secret = SHA256.HashData(Encoding.UTF8.GetBytes("a key for simulated origins only: " + keyId));
        _key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = secret });
    }

    public string KeyId { get; }

    public byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
