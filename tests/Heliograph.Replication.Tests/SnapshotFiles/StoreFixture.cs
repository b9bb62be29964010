// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.Tests.LastKnownGood;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.SnapshotFiles;

/// <summary>A realm, a clock and the check of a real replica, for tests of the store.</summary>
internal sealed class StoreFixture : IDisposable
{
    public static readonly NamespaceName Shop = NamespaceName.Parse("shop");

    private readonly HeadVerifier _verifier;
    private int _large; // so that no two large values are the same

    public StoreFixture() => _verifier = new(Realm.Anchor);

    public TestRealm Realm { get; } = new();

    public FakeTimeProvider Clock { get; } = new();

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _verifier.Dispose();
        Realm.Dispose();
    }

    public NamespaceVersion Set(string key, string? value) => Realm.Change("shop", (key, value));

    public async Task<LastKnownGoodStore> OpenAsync(IFileStore files, bool isWriter = true, int removedFloorsMin = 1_000) =>
        await LastKnownGoodStore.OpenAsync(files, "", Clock, NullLogger.Instance, new() { IsWriter = isWriter, RemovedFloorsMin = removedFloorsMin }, Cancel);

    /// <summary>Opens the store and loads the namespace.</summary>
    public async Task<(LastKnownGoodStore Store, StoredReplica? Loaded)> StartAsync(IFileStore files, int removedFloorsMin = 1_000)
    {
        var store = await OpenAsync(files, removedFloorsMin: removedFloorsMin);
        return (store, await LoadAsync(store));
    }

    public async Task<StoredReplica?> LoadAsync(LastKnownGoodStore store) => await store.LoadAsync(Shop, Check, Cancel);

    /// <summary>Signature, log, proof and root, as a follower checks them.</summary>
    public Refusal? Check(NamespaceVersion version) => new NamespaceReplica(Shop).CheckStored(version, _verifier);

    /// <summary>A disk with these versions persisted one after the other.</summary>
    public async Task<CrashableFileStore> DiskWithAsync(params NamespaceVersion[] versions)
    {
        var files = new CrashableFileStore();
        using var store = (await StartAsync(files)).Store;
        foreach (var version in versions) await store.PersistAsync(null, version, Cancel);
        return files.AfterPowerCut(Loss.Everything);
    }

    /// <summary>A change so large that the next one folds the delta.</summary>
    public NamespaceVersion SetLarge(string key) => Set(key, $"{_large++}{new string('x', 60_000)}");

    public static string? Value(NamespaceVersion version, string key) =>
        version.Records.TryGet(TestRealm.Key(key), out var value) ? Encoding.UTF8.GetString(value.Span) : null;

    /// <summary>Whether two versions are the same to the last byte, content included.</summary>
    public static void AssertSame(NamespaceVersion expected, NamespaceVersion? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Revision, actual.Revision);
        Assert.Equal(expected.StateBytes.Span, actual.StateBytes.Span);
        Assert.Equal(expected.Head.Bytes.Span, actual.Head.Bytes.Span);
        Assert.Equal(expected.Proof.Span, actual.Proof.Span);
        Assert.Equal(expected.Records.Root, MerkleMap.Build(actual.Records).Root); // hashed again: nothing is taken on trust
    }
}
