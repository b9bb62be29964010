// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Replication.Replicas;

namespace Heliograph.Hosting.Replicas;

/// <summary>Which reader keys the signed realm names, by their hashes: what a parent gives is believed only if it is one of them. Thread-safe.</summary>
internal sealed class NamedReaderKeys(INamespaceSource source)
{
    private volatile Reading? _reading;

    /// <summary>Whether an access key of the namespace names this reader key.</summary>
    public bool Contains(NamespaceName name, Hash256 commitment) => Now().Hashes.TryGetValue(name, out var named) && named.Contains(commitment);

    /// <summary>Whether any is named for the namespace.</summary>
    public bool Any(NamespaceName name) => Now().Hashes.ContainsKey(name);

    private Reading Now()
    {
        var realm = source.Find(NamespaceName.Realm)?.Records ?? MerkleMap.Empty;
        if (_reading is { } known && ReferenceEquals(known.Realm, realm)) return known;
        var named = AccessKeyRecord.ReadAll(NamespaceName.Realm, realm).Select(it => (it.Opens, IsNamed: Hash256.TryParse(it.Record.ReaderKeyHash, out var hash), Hash: hash)).Where(it => it.IsNamed)
            .GroupBy(it => it.Opens).ToFrozenDictionary(keys => keys.Key, keys => keys.Select(it => it.Hash).ToFrozenSet());
        return _reading = new(realm, named); // two readers at once may both read; the results are the same
    }

    private sealed record Reading(MerkleMap Realm, FrozenDictionary<NamespaceName, FrozenSet<Hash256>> Hashes);
}
