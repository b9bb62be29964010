// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using Heliograph.Replication.Replicas;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Client.Tests.Support;

/// <summary>A realm driven by hand: real records, roots, proofs and signatures, without a log behind them. Serves as the source of an origin.</summary>
internal sealed class TestRealm : ICompleteSource, IHeadSigner, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TimeProvider _time;
    private readonly Lock _sync = new(), _telling = new(); // observers are told under a lock of their own: they ask back while other threads, with their locks, ask too
    private readonly Dictionary<NamespaceName, NamespaceVersion> _versions = [];
    private readonly List<INamespaceObserver> _observers = [];
    private MerkleMap _directory = MerkleMap.Empty;
    private long _sequence;
    private DateTimeOffset _issuedAt;

    public TestRealm(TimeProvider time)
    {
        _time = time;
        var root = new TrustRoot { Format = 1, RootVersion = 1, Realm = "test", Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)) };
        root.HeadKeys.Add(new HeadKey { KeyId = KeyId, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()) });
        Anchor = TrustAnchor.Seal(root);
    }

    public TrustAnchor Anchor { get; }

    public TimeSpan HeadLifetime { get; set; } = TimeSpan.FromMinutes(10);

    public string KeyId => "k1";

    public SignedHead? NewestHead { get; private set; }

    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Commits one changeset: the settings are put, those with a <see langword="null"/> value are deleted.</summary>
    public NamespaceVersion Put(string name, params (string Key, string? Value)[] settings) =>
        Change(name, [.. settings.Select(setting => setting.Value is null
            ? MerkleChange.Remove(SettingRecord.KeyOf(SettingKey.Create(setting.Key)))
            : Of(Setting.Of(setting.Key, setting.Value)))]);

    /// <summary>Commits one changeset of whole settings.</summary>
    public NamespaceVersion Put(string name, IEnumerable<Setting> settings) => Change(name, [.. settings.Select(Of)]);

    /// <summary>Commits one changeset of records, whatever they mean.</summary>
    public NamespaceVersion Change(string name, IReadOnlyList<MerkleChange> changes)
    {
        lock (_telling)
        {
            NamespaceVersion version;
            lock (_sync) version = Commit(NamespaceName.Parse(name), changes);
            Tell(observer => observer.OnHead(version.Head));
            Tell(observer => observer.OnChanged(version));
            return version;
        }
    }

    private NamespaceVersion Commit(NamespaceName name, IReadOnlyList<MerkleChange> changes)
    {
        var records = (_versions.TryGetValue(name, out var before) ? before.Records : MerkleMap.Empty).Apply(changes);
        var state = new NamespaceState
        {
            Name = name.Value,
            LastEpoch = 1,
            LastSequence = (ulong)++_sequence,
            StateRoot = ByteString.CopyFrom(records.Root.ToArray()),
            Records = (ulong)records.Count,
            Bytes = (ulong)records.Bytes,
        };
        var bytes = state.ToByteArray();
        _directory = _directory.Set(Encoding.UTF8.GetBytes(name.Value), bytes);
        Seal();
        return _versions[name] = new NamespaceVersion(name, bytes, state, records, NewestHead!, _directory.Prove(Encoding.UTF8.GetBytes(name.Value)).ToBytes());
    }

    /// <summary>A fresh head about the same content.</summary>
    public void Heartbeat()
    {
        lock (_telling)
        {
            lock (_sync) Seal();
            Tell(observer => observer.OnHead(NewestHead!));
        }
    }

    public NamespaceVersion? Find(NamespaceName name)
    {
        lock (_sync)
        {
            if (!_versions.TryGetValue(name, out var version)) return null;
            return version with { Head = NewestHead!, Proof = _directory.Prove(Encoding.UTF8.GetBytes(name.Value)).ToBytes() };
        }
    }

    /// <summary>What an agent holds that has lost everything above it: all of this, and nothing newer ever.</summary>
    public INamespaceSource Frozen() => new FrozenSource(NewestHead, new Dictionary<NamespaceName, NamespaceVersion>(_versions));

    public IDisposable Want(NamespaceName name) => new Nothing(() => { });

    public IDisposable Observe(INamespaceObserver observer)
    {
        lock (_sync) _observers.Add(observer);
        return new Nothing(() =>
        {
            lock (_sync) _observers.Remove(observer);
        });
    }

    public void Gone(NamespaceGone gone)
    {
        lock (_telling) Tell(observer => observer.OnGone(gone));
    }

    public void Dispose() => _key.Dispose();

    private void Seal()
    {
        var now = _time.GetUtcNow();
        _issuedAt = now > _issuedAt ? now : _issuedAt.AddMilliseconds(1);
        NewestHead = SignedHead.Seal(new Head
        {
            LogId = ByteString.CopyFrom(Anchor.LogId.ToArray()),
            Epoch = 1,
            Sequence = (ulong)_sequence,
            EntryHash = ByteString.CopyFrom(SHA256.HashData(BitConverter.GetBytes(_sequence))),
            DirectoryRoot = ByteString.CopyFrom(_directory.Root.ToArray()),
            IssuedAtMs = _issuedAt.ToUnixTimeMilliseconds(),
            ExpiresAtMs = (_issuedAt + HeadLifetime).ToUnixTimeMilliseconds(),
            HeartbeatSeconds = 10,
            RootVersion = 1,
        }, this);
    }

    private void Tell(Action<INamespaceObserver> what)
    {
        INamespaceObserver[] observers;
        lock (_sync) observers = [.. _observers];
        foreach (var observer in observers) what(observer);
    }

    private static MerkleChange Of(Setting setting) => MerkleChange.Set(SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(setting));

    private sealed class Nothing(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    private sealed class FrozenSource(SignedHead? head, Dictionary<NamespaceName, NamespaceVersion> versions) : INamespaceSource
    {
        public SignedHead? NewestHead => head;

        public NamespaceVersion? Find(NamespaceName name) => versions.GetValueOrDefault(name);

        public IDisposable Want(NamespaceName name) => new Nothing(() => { });

        public IDisposable Observe(INamespaceObserver observer) => new Nothing(() => { });
    }
}
