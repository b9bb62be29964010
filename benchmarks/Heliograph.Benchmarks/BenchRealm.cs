// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using Heliograph.Platform.Trust;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Benchmarks;

/// <summary>A realm with one namespace whose versions are signed as an origin signs them.</summary>
internal sealed class BenchRealm : IDisposable
{
    private readonly FileHeadSigner _signer;
    private long _sequence;

    public BenchRealm(string directory, int settings)
    {
        Directory.CreateDirectory(directory);
        Anchor = RealmKeys.Create("bench", directory);
        _signer = FileHeadSigner.Load(Path.Combine(directory, RealmKeys.HeadKeyFileName), Anchor);
        Current = Sign(MerkleMap.Build(Enumerable.Range(0, settings).Select(index => KeyValuePair.Create<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
            SettingRecord.KeyOf(Key(index)), SettingRecord.ValueOf(Value(index, 0))))));
    }

    public TrustAnchor Anchor { get; }

    public static NamespaceName Name { get; } = NamespaceName.Parse("bench.settings");

    public NamespaceVersion Current { get; private set; }

    /// <summary>Changes one setting and gives the delta as it travels.</summary>
    public (UpdateOffer Offer, byte[] Stream) Change(int index, int round)
    {
        var change = MerkleChange.Set(SettingRecord.KeyOf(Key(index)), SettingRecord.ValueOf(Value(index, round)));
        var before = Current.Revision;
        Current = Sign(Current.Records.Apply([change]));
        var stream = RecordStream.Encode([change]);
        return (new UpdateOffer(before, Current.Head.Bytes, Current.StateBytes, Current.Proof, stream.Length), stream);
    }

    /// <summary>All of it, as it travels.</summary>
    public (UpdateOffer Offer, byte[] Stream) Snapshot()
    {
        var stream = RecordStream.Encode(Current.Records);
        return (new UpdateOffer(null, Current.Head.Bytes, Current.StateBytes, Current.Proof, stream.Length), stream);
    }

    public static SettingKey Key(int index) => SettingKey.Create($"Service:Section{index % 97}:Key{index}");

    private static Setting Value(int index, int round) => Setting.Of(Key(index).Key, $"value {index} of round {round}, {new string('x', 100)}");

    private NamespaceVersion Sign(MerkleMap records)
    {
        var state = new NamespaceState
        {
            Name = Name.Value,
            LastEpoch = 1,
            LastSequence = (ulong)++_sequence,
            StateRoot = ByteString.CopyFrom(records.Root.ToArray()),
            Records = (ulong)records.Count,
            Bytes = (ulong)records.Bytes,
        };
        var (stateBytes, key) = (state.ToByteArray(), Encoding.UTF8.GetBytes(Name.Value));
        var directory = MerkleMap.Empty.Set(key, stateBytes);
        var now = TimeProvider.System.GetUtcNow();
        var head = new Head
        {
            LogId = ByteString.CopyFrom(Anchor.LogId.ToArray()),
            Epoch = 1,
            Sequence = (ulong)_sequence,
            EntryHash = ByteString.CopyFrom(records.Root.ToArray()),
            DirectoryRoot = ByteString.CopyFrom(directory.Root.ToArray()),
            IssuedAtMs = now.ToUnixTimeMilliseconds(),
            ExpiresAtMs = now.AddMinutes(10).ToUnixTimeMilliseconds(),
            HeartbeatSeconds = 10,
            RootVersion = 1,
        };
        return new NamespaceVersion(Name, stateBytes, state, records, SignedHead.Seal(head, _signer), directory.Prove(key).ToBytes());
    }

    public void Dispose() => _signer.Dispose();
}
