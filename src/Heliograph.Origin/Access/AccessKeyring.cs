// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;
using System.Security.Cryptography;
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Platform.Files;
using Heliograph.Replication.Access;

namespace Heliograph.Origin.Access;

/// <summary>The access keys of the realm with their secrets, as they stand in the log now. The master key is a file of the origin's.</summary>
/// <remarks>Thread-safe. Read anew only when their namespaces have changed. Origins of one realm need the same master key file.</remarks>
internal sealed class AccessKeyring(Sequencer sequencer, byte[] master) : IAccessKeySource, IReaderKeySource
{
    /// <summary>Name of the file in the data directory, mode 0600: 64 hexadecimal digits.</summary>
    public const string FileName = "access-keys.key";

    private volatile Reading? _reading;

    /// <summary>Reads the master key; makes one if there is none.</summary>
    /// <exception cref="IOException">The file cannot be read or written, others may read it, or it holds something else.</exception>
    public static AccessKeyring Open(Sequencer sequencer, string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path)) MakeMaster([directory]);
        var text = ProtectedFile.ReadSecret(path).AsSpan().Trim();
        var master = new byte[AccessKeyDerivation.KeyBytes];
        if (text.Length != 2 * master.Length || Convert.FromHexString(text, master, out _, out _) != System.Buffers.OperationStatus.Done)
            throw new IOException($"{path} does not hold a master key of access keys: {2 * master.Length} hexadecimal digits.");
        return new(sequencer, master);
    }

    /// <summary>Makes a master key and writes it into each directory.</summary>
    /// <exception cref="IOException">A file exists, or could not be written.</exception>
    public static void MakeMaster(IReadOnlyList<string> directories)
    {
        var text = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(AccessKeyDerivation.KeyBytes)) + "\n";
        foreach (var directory in directories) ProtectedFile.Write(Path.Combine(directory, FileName), text, ProtectedFile.OwnerOnly, replace: false);
    }

    /// <summary>Every key, by id.</summary>
    public FrozenDictionary<string, AccessKey> All => Now().Keys;

    /// <inheritdoc/>
    public AccessKey? Find(ReadOnlySpan<char> id) => Now().ById.TryGetValue(id, out var key) ? key : null;

    /// <summary>The key that a record would be.</summary>
    public AccessKey Reveal(string id, AccessKeyRecord record, NamespaceName opens) =>
        AccessKeyDerivation.Key(record.MayWrite ? AccessKeyDerivation.WriterKey(master, opens) : AccessKeyDerivation.ReaderKey(master, opens), id, record, opens);

    /// <summary>What a record of a key that may only read must say of the reader key.</summary>
    public string CommitmentOf(NamespaceName opens) => AccessKeyDerivation.Commitment(opens, AccessKeyDerivation.ReaderKey(master, opens)).ToString();

    /// <inheritdoc/>
    ReadOnlyMemory<byte>? IReaderKeySource.Find(NamespaceName name) => Now().Readable.Contains(name) ? AccessKeyDerivation.ReaderKey(master, name) : default(ReadOnlyMemory<byte>?); // a plain null would become an empty key

    private Reading Now()
    {
        var state = sequencer.Current.State;
        var (credentials, realm) = (state.Find(NamespaceName.Credentials)?.Records ?? MerkleMap.Empty, state.Find(NamespaceName.Realm)?.Records ?? MerkleMap.Empty);
        if (_reading is { } known && ReferenceEquals(known.Credentials, credentials) && ReferenceEquals(known.Realm, realm)) return known;
        var keys = AccessKeyRecord.ReadAll(NamespaceName.Credentials, credentials).Concat(AccessKeyRecord.ReadAll(NamespaceName.Realm, realm))
            .Select(it => Reveal(it.Id, it.Record, it.Opens)).DistinctBy(key => key.Id).ToFrozenDictionary(key => key.Id, StringComparer.Ordinal);
        return _reading = new(credentials, realm, keys); // two readers at once may both read; the results are the same
    }

    private sealed class Reading(MerkleMap credentials, MerkleMap realm, FrozenDictionary<string, AccessKey> keys)
    {
        public MerkleMap Credentials => credentials;

        public MerkleMap Realm => realm;

        public FrozenDictionary<string, AccessKey> Keys => keys;

        public FrozenSet<NamespaceName> Readable { get; } = keys.Values.Where(key => !key.MayWrite).Select(key => key.Namespace).ToFrozenSet();

        public FrozenDictionary<string, AccessKey>.AlternateLookup<ReadOnlySpan<char>> ById { get; } = keys.GetAlternateLookup<ReadOnlySpan<char>>();
    }
}
