// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.Wire;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Testing;

/// <summary>What an origin signs, without a log behind it: a real key, a trust root, namespaces, real heads over their directory.</summary>
/// <remarks>Not thread-safe. Entry hashes are made up; everything else is what an origin would make.</remarks>
internal sealed class TestAuthority : IHeadSigner, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TimeProvider _time;
    private readonly SortedDictionary<NamespaceName, (byte[] StateBytes, MerkleMap Records)> _namespaces = [];
    private MerkleMap _directory = MerkleMap.Empty;
    private SignedHead? _head;

    public TestAuthority(TimeProvider time, byte realm = 1)
    {
        _time = time;
        Anchor = TrustAnchor.Seal(new TrustRoot
        {
            Format = 1,
            RootVersion = 1,
            Realm = "test",
            Nonce = ByteString.CopyFrom([.. Enumerable.Repeat(realm, 16)]),
            HeadKeys = { new HeadKey { KeyId = KeyId, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()) } },
        });
    }

    public string KeyId => Signer?.KeyId ?? "head-1";

    public TrustAnchor Anchor { get; init; }

    /// <summary>Signs in place of the authority's own key: after a rotation.</summary>
    public IHeadSigner? Signer { get; set; }

    /// <summary>The root that heads say they are under.</summary>
    public uint RootVersion { get; set; } = 1;

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Of the newest entry.</summary>
    public Revision Revision { get; private set; } = new(1, 0);

    public SignedHead Head => _head ??= Sign();

    public IReadOnlyCollection<NamespaceName> Names => _namespaces.Keys;

    public byte[] Sign(ReadOnlySpan<byte> data) => Signer?.Sign(data) ?? _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>A head over what is there now, changed by <paramref name="alter"/> before it is signed.</summary>
    public SignedHead Sign(Action<Head>? alter)
    {
        var head = new Head
        {
            LogId = ByteString.CopyFrom(Anchor.LogId.ToArray()),
            Epoch = (uint)Revision.Epoch,
            Sequence = (ulong)Revision.Sequence,
            EntryHash = ByteString.CopyFrom(EntryHash()),
            DirectoryRoot = ByteString.CopyFrom(_directory.Root.ToArray()),
            IssuedAtMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            ExpiresAtMs = (_time.GetUtcNow() + Lifetime).ToUnixTimeMilliseconds(),
            HeartbeatSeconds = (uint)Heartbeat.TotalSeconds,
            RootVersion = RootVersion,
        };
        alter?.Invoke(head);
        return SignedHead.Seal(head, this);
    }

    /// <summary>A fresher head of the same revision.</summary>
    public SignedHead Beat() => _head = Sign();

    /// <summary>One entry that changes settings: a value sets, <see langword="null"/> deletes.</summary>
    public NamespaceVersion Put(NamespaceName name, params (string Key, string? Value)[] changes) => Apply(name,
        [.. changes.Select(change => change.Value is null ? MerkleChange.Remove(KeyOf(change.Key)) : MerkleChange.Set(KeyOf(change.Key), Encoding.UTF8.GetBytes(change.Value)))]);

    /// <summary>One entry that changes records.</summary>
    public NamespaceVersion Apply(NamespaceName name, IReadOnlyList<MerkleChange> changes, Action<NamespaceState>? alter = null)
    {
        Commit(name, changes, alter);
        return Version(name);
    }

    /// <summary>One entry whose state an origin would never sign; gives the state's bytes.</summary>
    public byte[] SignState(NamespaceName name, Action<NamespaceState> alter) => Commit(name, [], alter);

    private byte[] Commit(NamespaceName name, IReadOnlyList<MerkleChange> changes, Action<NamespaceState>? alter)
    {
        var records = (_namespaces.TryGetValue(name, out var before) ? before.Records : MerkleMap.Empty).Apply(changes);
        Revision = Revision.Next();
        var state = new NamespaceState
        {
            Name = name.Value,
            LastEpoch = (uint)Revision.Epoch,
            LastSequence = (ulong)Revision.Sequence,
            StateRoot = ByteString.CopyFrom(records.Root.ToArray()),
            Records = (ulong)records.Count,
            Bytes = (ulong)records.Bytes,
        };
        alter?.Invoke(state);
        var bytes = state.ToByteArray();
        _namespaces[name] = (bytes, records);
        _directory = _directory.Set(Encoding.UTF8.GetBytes(name.Value), bytes);
        Beat();
        return bytes;
    }

    /// <summary>One entry that deletes a namespace.</summary>
    public SignedHead Delete(NamespaceName name)
    {
        _namespaces.Remove(name);
        _directory = _directory.Remove(Encoding.UTF8.GetBytes(name.Value));
        Revision = Revision.Next();
        return Beat();
    }

    /// <summary>From here on another epoch counts, as after a disaster.</summary>
    public void BeginEpoch() => Revision = new(Revision.Epoch + 1, Revision.Sequence);

    /// <summary>A namespace as it is now, proven under the newest head.</summary>
    public NamespaceVersion Version(NamespaceName name) => Version(name, Head);

    public NamespaceVersion Version(NamespaceName name, SignedHead head)
    {
        var (bytes, records) = _namespaces[name];
        return new(name, bytes, NamespaceState.Parser.ParseFrom(bytes), records, head, Prove(name));
    }

    public bool Holds(NamespaceName name) => _namespaces.ContainsKey(name);

    /// <summary>The path that shows what the directory holds under a name: its state, or nothing.</summary>
    public byte[] Prove(NamespaceName name) => _directory.Prove(Encoding.UTF8.GetBytes(name.Value)).ToBytes();

    /// <summary>What brings a replica from <paramref name="from"/> (nothing: a snapshot) to <paramref name="to"/>.</summary>
    public static (UpdateOffer Offer, byte[] Stream) Update(NamespaceVersion to, NamespaceVersion? from = null)
    {
        var stream = from is null ? RecordStream.Encode(to.Records) : RecordStream.Encode(MerkleMap.Diff(from.Records, to.Records));
        return (new(from?.Revision, to.Head.Bytes, to.StateBytes, to.Proof, stream.Length), stream);
    }

    public static byte[] KeyOf(string key) => [1, .. Encoding.UTF8.GetBytes(key), 0];

    public static string? ValueOf(NamespaceVersion version, string key) =>
        version.Records.TryGet(KeyOf(key), out var value) ? Encoding.UTF8.GetString(value.Span) : null;

    public void Dispose() => _key.Dispose();

    private SignedHead Sign() => Sign(alter: null);

    private byte[] EntryHash()
    {
        Span<byte> position = stackalloc byte[12];
        BinaryPrimitives.WriteInt32BigEndian(position, Revision.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(position[4..], Revision.Sequence);
        return SHA256.HashData(position);
    }
}
