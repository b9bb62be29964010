// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using Heliograph.Protocol.Wire;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Simulation.Fleet;

/// <summary>Another realm whose origin happens to sign with the same key: everything about it is right, except that it is another log.</summary>
internal sealed class ForeignRealm
{
    private static readonly Revision _ahead = new(1, 1_000_000); // of anything that the true log comes to

    private readonly MerkleMap _records;
    private readonly MerkleMap _directory = MerkleMap.Empty;
    private readonly Revision _revision;
    private readonly SignedHead _head;

    /// <summary>Another realm.</summary>
    public ForeignRealm() : this(new SimRealm("another", 1))
    {
    }

    private ForeignRealm(SimRealm realm) : this(realm.Anchor.LogId, 1, realm.SignerOf(0))
    {
    }

    /// <summary>A realm as whoever has a key would like it.</summary>
    public ForeignRealm(Hash256 logId, uint rootVersion, IHeadSigner signer) : this(logId, rootVersion, signer, _ahead, "value")
    {
    }

    /// <summary>A realm at a revision, where the only setting of each namespace has this value.</summary>
    public ForeignRealm(Hash256 logId, uint rootVersion, IHeadSigner signer, Revision revision, string value)
    {
        _revision = revision;
        _records = MerkleMap.Empty.Set(SettingRecord.KeyOf(SettingKey.Create("foreign")), SettingRecord.ValueOf(Setting.Of("foreign", value)));
        foreach (var name in Authors.Names) _directory = _directory.Set(RealmNamespace.DirectoryKeyOf(name), StateOf(name));
        _head = SignedHead.Seal(new Head
        {
            LogId = Bytes(logId),
            Epoch = (uint)revision.Epoch,
            Sequence = (ulong)revision.Sequence,
            EntryHash = Bytes(Hash256.Zero),
            DirectoryRoot = Bytes(_directory.Root),
            IssuedAtMs = Kernel.SimClock.WorldBegan.ToUnixTimeMilliseconds(),
            ExpiresAtMs = Kernel.SimClock.WorldBegan.AddDays(1).ToUnixTimeMilliseconds(),
            HeartbeatSeconds = 2,
            RootVersion = Math.Max(1, rootVersion),
        }, signer);
    }

    /// <summary>Root over the records of each namespace.</summary>
    public Hash256 StateRoot => _records.Root;

    /// <summary>A snapshot of a namespace as it is there.</summary>
    public byte[] UpdateOf(NamespaceName name)
    {
        var records = RecordStream.Encode(_records);
        return new Update
        {
            Namespace = name.Value,
            SignedHead = ByteString.CopyFrom(_head.Bytes.Span),
            NamespaceState = ByteString.CopyFrom(StateOf(name)),
            Proof = ByteString.CopyFrom(_directory.Prove(RealmNamespace.DirectoryKeyOf(name)).ToBytes()),
            StreamBytes = (ulong)records.Length,
            Records = ByteString.CopyFrom(records),
        }.ToByteArray();
    }

    private byte[] StateOf(NamespaceName name) => new NamespaceState
    {
        Name = name.Value,
        LastEpoch = (uint)_revision.Epoch,
        LastSequence = (ulong)_revision.Sequence,
        StateRoot = Bytes(_records.Root),
        Records = (ulong)_records.Count,
        Bytes = (ulong)_records.Bytes,
    }.ToByteArray();

    private static ByteString Bytes(Hash256 hash) => ByteString.CopyFrom(hash.ToArray());
}
