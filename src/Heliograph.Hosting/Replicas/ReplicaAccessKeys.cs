// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Collections.Frozen;
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Replication.Access;
using Heliograph.Replication.Replicas;

namespace Heliograph.Hosting.Replicas;

/// <summary>The read-only access keys that a relay or an agent can check by itself: which there are is in the verified <c>heliograph.realm</c>, their secrets come from reader keys.</summary>
/// <remarks>A namespace whose key is used is followed from then on, as long as this process lives. Thread-safe.</remarks>
internal sealed class ReplicaAccessKeys(INamespaceSource source, IReaderKeySource readerKeys, TimeProvider time) : IAccessKeySource, IDisposable
{
    private static readonly TimeSpan s_waitMax = TimeSpan.FromSeconds(2), s_look = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<NamespaceName, Lazy<IDisposable>> _wants = new();
    private readonly ConcurrentDictionary<string, (AccessKeyRecord Record, ReadOnlyMemory<byte> ReaderKey, AccessKey Key)> _derived = new(StringComparer.Ordinal);
    private volatile Reading? _reading;

    /// <inheritdoc/>
    public AccessKey? Find(ReadOnlySpan<char> id)
    {
        if (!Now().ById.TryGetValue(id, out var known)) return null;
        Follow(known.Opens);
        if (readerKeys.Find(known.Opens) is not { } readerKey) return null;
        if (_derived.TryGetValue(known.Id, out var derived) && ReferenceEquals(derived.Record, known.Record) && derived.ReaderKey.Equals(readerKey)) return derived.Key;
        var key = AccessKeyDerivation.Key(readerKey.Span, known.Id, known.Record, known.Opens);
        _derived[known.Id] = (known.Record, readerKey, key);
        return key;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> PrepareAsync(string id, CancellationToken cancellationToken)
    {
        if (!Now().ById.TryGetValue(id, out var known)) return false;
        Follow(known.Opens);
        var started = time.GetTimestamp();
        while (readerKeys.Find(known.Opens) is null)
        {
            if (time.GetElapsedTime(started) >= s_waitMax) return false;
            await Task.Delay(s_look, time, cancellationToken);
        }
        return true;
    }

    /// <summary>Follows for nobody any more.</summary>
    public void Dispose()
    {
        foreach (var want in _wants.Values) want.Value.Dispose();
    }

    private void Follow(NamespaceName name)
    {
        if (!_wants.TryGetValue(name, out var want)) want = _wants.GetOrAdd(name, one => new Lazy<IDisposable>(() => source.Want(one)));
        _ = want.Value;
    }

    private Reading Now()
    {
        var realm = source.Find(NamespaceName.Realm)?.Records ?? MerkleMap.Empty;
        if (_reading is { } known && ReferenceEquals(known.Realm, realm)) return known;
        return _reading = new(realm, AccessKeyRecord.ReadAll(NamespaceName.Realm, realm).ToFrozenDictionary(it => it.Id, it => new Known(it.Id, it.Record, it.Opens), StringComparer.Ordinal));
    }

    private sealed record Known(string Id, AccessKeyRecord Record, NamespaceName Opens);

    private sealed class Reading(MerkleMap realm, FrozenDictionary<string, Known> keys)
    {
        public MerkleMap Realm => realm;

        public FrozenDictionary<string, Known>.AlternateLookup<ReadOnlySpan<char>> ById { get; } = keys.GetAlternateLookup<ReadOnlySpan<char>>();
    }
}
