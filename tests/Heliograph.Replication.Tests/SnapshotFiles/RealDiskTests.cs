// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Platform.Files;
using Xunit;

namespace Heliograph.Replication.Tests.SnapshotFiles;

/// <summary>The same on a directory of this machine's disk, where large files are mapped.</summary>
public sealed class RealDiskTests : IDisposable
{
    private readonly StoreFixture _fixture = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("heliograph-lkg-").FullName;

    public void Dispose()
    {
        _fixture.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Versions_are_persisted_folded_marked_stable_and_loaded()
    {
        var stable = _fixture.SetLarge("a");
        NamespaceVersion? last = null;
        using (var store = (await _fixture.StartAsync(new DiskFileStore(_directory))).Store)
        {
            await store.PersistAsync(null, stable, StoreFixture.Cancel);
            Assert.True(await store.MarkStableAsync(StoreFixture.Shop, stable.Revision, StoreFixture.Cancel));
            for (var i = 0; i < 12; i++) await store.PersistAsync(null, last = _fixture.SetLarge($"{i}"), StoreFixture.Cancel);
        }

        var (fresh, loaded) = await _fixture.StartAsync(new DiskFileStore(_directory));
        using (fresh)
        {
            Assert.Empty(loaded!.Damage);
            StoreFixture.AssertSame(last!, loaded.Version);
            StoreFixture.AssertSame(stable, await fresh.LoadStableAsync(StoreFixture.Shop, _fixture.Check, [], StoreFixture.Cancel));
            Assert.Equal(4, Directory.GetFiles(Path.Combine(_directory, "ns", "shop"), "*.snap").Length);
        }
    }
}
