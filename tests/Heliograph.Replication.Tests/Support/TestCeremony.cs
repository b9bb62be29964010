// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using SignedRoot = Heliograph.Core.Heads.SignedRoot;

namespace Heliograph.Testing;

/// <summary>Keys by name, and the roots and transitions that they sign. A name gives the same key as long as the ceremony lives.</summary>
internal sealed class TestCeremony : IDisposable
{
    private readonly SortedDictionary<string, ECDsa> _keys = new(StringComparer.Ordinal);

    /// <summary>A first root with two of three root keys, two of two recovery keys and one head key.</summary>
    public TrustAnchor First(string headKey = "head-1") =>
        TrustAnchor.Seal(Root(1, [headKey], root => root.Nonce = ByteString.CopyFrom([.. Enumerable.Repeat((byte)7, 16)])));

    /// <summary>A root as it would be proposed.</summary>
    public TrustRoot Root(uint version, string[] headKeys, Action<TrustRoot>? alter = null, Hash256? logId = null)
    {
        var root = new TrustRoot { Format = 2, RootVersion = version, Realm = "test", RootThreshold = 2, RecoveryThreshold = 2 };
        root.HeadKeys.AddRange(headKeys.Select(Public));
        root.RootKeys.AddRange(new[] { "root-1", "root-2", "root-3" }.Select(Public));
        root.RecoveryKeys.AddRange(new[] { "rescue-1", "rescue-2" }.Select(Public));
        if (logId is { } id) root.LogId = ByteString.CopyFrom(id.ToArray());
        alter?.Invoke(root);
        return root;
    }

    /// <summary>The root after a chain's newest, signed.</summary>
    public SignedRoot Next(RootChain chain, string[] headKeys, string[] signers, Action<TrustRoot>? alter = null) =>
        Sign(SignedRoot.Propose(Root(chain.Version + 1, headKeys, alter, chain.LogId)), signers);

    public SignedRoot Sign(SignedRoot root, params string[] signers) => signers.Aggregate(root, (signed, name) => signed.SignedBy(Signer(name)));

    /// <summary>A transition to an epoch behind a base, signed.</summary>
    public SignedTransition Transition(Hash256 logId, int epoch, Revision basis, string[] signers, Action<EpochTransition>? alter = null)
    {
        var transition = new EpochTransition
        {
            LogId = ByteString.CopyFrom(logId.ToArray()), Epoch = (uint)epoch, BaseEpoch = (uint)basis.Epoch, BaseSequence = (ulong)basis.Sequence,
            BaseHash = ByteString.CopyFrom(SHA256.HashData([1])), Reason = "a drill",
        };
        alter?.Invoke(transition);
        return signers.Aggregate(SignedTransition.Propose(transition), (signed, name) => signed.SignedBy(Signer(name)));
    }

    public HeadKey Public(string name) =>
        new() { KeyId = name, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(Key(name).ExportSubjectPublicKeyInfo()) };

    public IHeadSigner Signer(string name) => new NamedSigner(name, Key(name));

    private ECDsa Key(string name) => _keys.TryGetValue(name, out var key) ? key : _keys[name] = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        foreach (var key in _keys.Values) key.Dispose();
    }

    private sealed class NamedSigner(string name, ECDsa key) : IHeadSigner
    {
        public string KeyId => name;

        public byte[] Sign(ReadOnlySpan<byte> data) => key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
