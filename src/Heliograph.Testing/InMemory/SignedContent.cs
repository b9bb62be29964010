// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Heliograph.Client;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Testing.InMemory;

/// <summary>Namespaces as a realm has them, records, roots, proofs and heads included, under a key that nobody trusts and that is gone with the process. Not thread-safe.</summary>
internal sealed class SignedContent : IHeadSigner, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TimeProvider _time;
    private readonly Dictionary<NamespaceName, NamespaceVersion> _versions = [];
    private readonly TrustAnchor _anchor;
    private MerkleMap _directory = MerkleMap.Empty;
    private long _sequence;
    private DateTimeOffset _issuedAt;

    public SignedContent(TimeProvider time)
    {
        _time = time;
        var root = new TrustRoot { Format = 1, RootVersion = 1, Realm = "in-memory", Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)) };
        root.HeadKeys.Add(new HeadKey { KeyId = KeyId, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()) });
        _anchor = TrustAnchor.Seal(root);
    }

    /// <inheritdoc/>
    public string KeyId => "in-memory";

    /// <summary>The namespaces, each at its newest revision.</summary>
    public IReadOnlyDictionary<NamespaceName, NamespaceVersion> Versions => _versions;

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Commits one changeset.</summary>
    /// <returns>The namespace after it; as it was if that changes nothing.</returns>
    /// <exception cref="ArgumentException">It would be larger than a namespace may be.</exception>
    public NamespaceVersion Change(NamespaceName name, IEnumerable<MerkleChange> changes)
    {
        var before = _versions.GetValueOrDefault(name);
        var records = (before?.Records ?? MerkleMap.Empty).Apply([.. changes]);
        if (before is not null && before.Records.Root == records.Root) return before;
        if (records.Count > Limits.NamespaceRecordsMax || records.Bytes > Limits.NamespaceBytesMax)
            throw new ArgumentException($"'{name}' would have {records.Count} settings of {records.Bytes} bytes; the limits are {Limits.NamespaceRecordsMax} and {Limits.NamespaceBytesMax}.");
        var state = new NamespaceState
        {
            Name = name.Value,
            LastEpoch = 1,
            LastSequence = (ulong)++_sequence,
            StateRoot = ByteString.CopyFrom(records.Root.ToArray()),
            Records = (ulong)records.Count,
            Bytes = (ulong)records.Bytes,
        };
        var (key, bytes) = (Encoding.UTF8.GetBytes(name.Value), state.ToByteArray());
        _directory = _directory.Set(key, bytes);
        return _versions[name] = new NamespaceVersion(name, bytes, state, records, Seal(), _directory.Prove(key).ToBytes());
    }

    /// <summary>Forgets a namespace.</summary>
    public void Remove(NamespaceName name) => _versions.Remove(name);

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>The change that makes a setting so.</summary>
    public static MerkleChange Put(Setting setting) => MerkleChange.Set(SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(setting));

    /// <summary>The change that deletes one.</summary>
    public static MerkleChange Delete(SettingKey key) => MerkleChange.Remove(SettingRecord.KeyOf(key));

    private SignedHead Seal()
    {
        var now = _time.GetUtcNow();
        _issuedAt = now > _issuedAt ? now : _issuedAt.AddMilliseconds(1);
        return SignedHead.Seal(new Head
        {
            LogId = ByteString.CopyFrom(_anchor.LogId.ToArray()),
            Epoch = 1,
            Sequence = (ulong)_sequence,
            EntryHash = ByteString.CopyFrom(SHA256.HashData(BitConverter.GetBytes(_sequence))),
            DirectoryRoot = ByteString.CopyFrom(_directory.Root.ToArray()),
            IssuedAtMs = _issuedAt.ToUnixTimeMilliseconds(),
            ExpiresAtMs = _issuedAt.AddDays(1).ToUnixTimeMilliseconds(),
            HeartbeatSeconds = 10,
            RootVersion = 1,
        }, this);
    }
}
