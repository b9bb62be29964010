// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.Wire;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Core.Tests.LastKnownGood;

/// <summary>A log of one realm, as far as replicas see it: every change gives the namespace's next version, signed and proven.</summary>
/// <param name="signature">Signs with these bytes instead of a key, so that golden vectors stand still; such heads do not verify.</param>
internal sealed class TestRealm(byte[]? signature = null) : IHeadSigner, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Dictionary<string, NamespaceState> _states = [];
    private readonly Dictionary<string, MerkleMap> _records = [];
    private TrustAnchor? _anchor;
    private ulong _sequence;

    public string KeyId => "test-1";

    public TrustAnchor Anchor => _anchor ??= TrustAnchor.Seal(new TrustRoot
    {
        Format = 1,
        RootVersion = 1,
        Realm = "test",
        Nonce = ByteString.CopyFrom(new byte[16]),
        HeadKeys = { new HeadKey { KeyId = KeyId, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()) } },
    });

    public byte[] Sign(ReadOnlySpan<byte> data) => signature ?? _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Changes records of a namespace: a value of null deletes.</summary>
    public NamespaceVersion Change(string name, params (string Key, string? Value)[] changes)
    {
        _sequence++;
        var records = _records.GetValueOrDefault(name, MerkleMap.Empty).Apply([.. changes.Select(change => change.Value is null ? MerkleChange.Remove(Key(change.Key)) : MerkleChange.Set(Key(change.Key), Encoding.UTF8.GetBytes(change.Value)))]);
        _records[name] = records;
        _states[name] = new()
        {
            Name = name,
            LastEpoch = 1,
            LastSequence = _sequence,
            StateRoot = ByteString.CopyFrom(records.Root.ToArray()),
            Records = (ulong)records.Count,
            Bytes = (ulong)records.Bytes,
        };
        return Version(name);
    }

    /// <summary>The same namespace under a fresher head: something else changed in the realm.</summary>
    public NamespaceVersion Refresh(string name)
    {
        Change("other", ("n", $"{_sequence}"));
        return Version(name);
    }

    public static byte[] Key(string key) => Encoding.UTF8.GetBytes($"\u0001{key}\0");

    public void Dispose() => _key.Dispose();

    private NamespaceVersion Version(string name)
    {
        var directory = MerkleMap.Build(_states.Select(state => KeyValuePair.Create((ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(state.Key), (ReadOnlyMemory<byte>)state.Value.ToByteArray())));
        var head = SignedHead.Seal(new Head
        {
            LogId = ByteString.CopyFrom(signature is null ? Anchor.LogId.ToArray() : new byte[32]),
            Epoch = 1,
            Sequence = _sequence,
            EntryHash = ByteString.CopyFrom(SHA256.HashData(BitConverter.GetBytes(_sequence))),
            DirectoryRoot = ByteString.CopyFrom(directory.Root.ToArray()),
            IssuedAtMs = 1_700_000_000_000,
            ExpiresAtMs = 1_700_000_600_000,
            HeartbeatSeconds = 10,
            RootVersion = 1,
        }, this);
        var state = _states[name];
        return new(NamespaceName.Parse(name), state.ToByteArray(), state, _records[name], head, directory.Prove(Encoding.UTF8.GetBytes(name)).ToBytes());
    }
}
