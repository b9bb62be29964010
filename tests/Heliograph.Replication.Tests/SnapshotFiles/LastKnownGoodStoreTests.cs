// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Replication.SnapshotFiles;
using Xunit;

namespace Heliograph.Replication.Tests.SnapshotFiles;

public sealed class LastKnownGoodStoreTests : IDisposable
{
    private readonly StoreFixture _fixture = new();
    private readonly CrashableFileStore _files = new();

    private static CancellationToken Cancel => StoreFixture.Cancel;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_store_without_anything_gives_nothing()
    {
        var (store, loaded) = await _fixture.StartAsync(_files);

        Assert.Null(loaded);
        Assert.Empty(await store.ListAsync(Cancel));
    }

    [Fact]
    public async Task What_was_persisted_is_loaded_with_its_floor()
    {
        var versions = new[] { _fixture.Set("a", "1"), _fixture.Set("b", "2"), _fixture.Set("a", null) };
        var files = await _fixture.DiskWithAsync(versions);

        var (store, loaded) = await _fixture.StartAsync(files);

        StoreFixture.AssertSame(versions[2], loaded?.Version);
        Assert.Equal(Floor.Of(versions[2]), loaded!.Floor);
        Assert.Empty(loaded.Damage);
        Assert.Equal([StoreFixture.Shop], await store.ListAsync(Cancel));
    }

    [Fact]
    public async Task A_change_is_one_append_and_one_flush_and_then_the_floor()
    {
        var (store, _) = await _fixture.StartAsync(_files);
        foreach (var value in (string[])["1", "2"]) await store.PersistAsync(null, _fixture.Set("a", value), Cancel);
        _files.Log.Clear();

        await store.PersistAsync(null, _fixture.Set("a", "3"), Cancel);

        Assert.Equal(
        [
            "append ns/shop/1-1.snap.delta", "flush ns/shop/1-1.snap.delta",
            "create ns/shop/FLOOR.tmp", "write ns/shop/FLOOR.tmp", "flush ns/shop/FLOOR.tmp", "rename ns/shop/FLOOR", "flush ns/shop/",
        ], _files.Log);
    }

    [Fact]
    public async Task Whoever_leaves_while_it_cleans_up_learns_all_the_same_that_a_version_is_durable()
    {
        // Given a follower whose connection ends between the floor and the last clean-up
        using var leaving = new CancellationTokenSource();
        var (store, _) = await _fixture.StartAsync(_files);
        _files.Listing = leaving.Cancel;

        // When a version is made durable; otherwise its floor would be one of which the follower does not know, and the next parent's older version an error
        await store.PersistAsync(null, _fixture.Set("a", "1"), leaving.Token);

        Assert.True(leaving.IsCancellationRequested);
    }

    [Fact]
    public async Task Namespaces_do_not_touch_each_other()
    {
        var cart = NamespaceName.Parse("shop.cart");
        var (store, _) = await _fixture.StartAsync(_files);
        await store.LoadAsync(cart, version => null, Cancel);
        var first = _fixture.Set("a", "1");
        var other = _fixture.Realm.Change("shop.cart", ("a", "2"));
        await Task.WhenAll(store.PersistAsync(null, first, Cancel).AsTask(), store.PersistAsync(null, other, Cancel).AsTask());

        var fresh = await _fixture.OpenAsync(_files);

        Assert.Equal([StoreFixture.Shop, cart], await fresh.ListAsync(Cancel));
        StoreFixture.AssertSame(first, (await _fixture.LoadAsync(fresh))?.Version);
        StoreFixture.AssertSame(other, (await fresh.LoadAsync(cart, version => null, Cancel))?.Version);
    }

    [Fact]
    public async Task A_fresher_head_is_written_once_in_an_interval()
    {
        var (store, _) = await _fixture.StartAsync(_files);
        await store.PersistAsync(null, _fixture.Set("a", "1"), Cancel);
        _files.Log.Clear();

        _fixture.Clock.Advance(TimeSpan.FromMinutes(59));
        await store.PersistAsync(null, _fixture.Realm.Refresh("shop"), Cancel);
        Assert.Empty(_files.Log);

        _fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        var fresher = _fixture.Realm.Refresh("shop");
        await store.PersistAsync(null, fresher, Cancel);

        var loaded = (await _fixture.StartAsync(_files.AfterPowerCut(Loss.Everything))).Loaded!;
        StoreFixture.AssertSame(fresher, loaded.Version);
        Assert.Equal(fresher.Head.Revision, loaded.Floor.HeadRevision);
    }

    [Fact]
    public async Task Fresher_heads_of_an_idle_namespace_do_not_let_its_files_grow()
    {
        var (store, _) = await _fixture.StartAsync(_files);
        await store.PersistAsync(null, _fixture.Set("a", "1"), Cancel);
        for (var i = 0; i < 5; i++)
        {
            _fixture.Clock.Advance(TimeSpan.FromHours(1));
            await store.PersistAsync(null, _fixture.Realm.Refresh("shop"), Cancel);
        }
        Assert.InRange(_files.Read("ns/shop/1-1.snap.delta").Length, 1, 1_000);
    }

    [Fact]
    public async Task Three_generations_are_kept_and_the_stable_one()
    {
        var (store, _) = await _fixture.StartAsync(_files);
        var stable = _fixture.Set("a", "1");
        await store.PersistAsync(null, stable, Cancel);
        Assert.True(await store.MarkStableAsync(StoreFixture.Shop, stable.Revision, Cancel));
        for (var i = 0; i < 20; i++) await store.PersistAsync(null, _fixture.SetLarge("b"), Cancel); // each second one folds

        Assert.Equal(4, _files.Paths.Count(path => path.EndsWith(".snap", StringComparison.Ordinal)));
        Assert.Contains("ns/shop/1-1.snap", _files.Paths);
        var fresh = await _fixture.OpenAsync(_files);
        StoreFixture.AssertSame(stable, await fresh.LoadStableAsync(StoreFixture.Shop, _fixture.Check, [], Cancel));
    }

    [Fact]
    public async Task Stable_means_a_revision_not_all_that_was_appended_since()
    {
        var (store, _) = await _fixture.StartAsync(_files);
        NamespaceVersion Next() => _fixture.Set("a", $"{_fixture.Clock.GetUtcNow().Ticks}");
        await store.PersistAsync(null, Next(), Cancel);
        var stable = Next();
        await store.PersistAsync(null, stable, Cancel);
        Assert.True(await store.MarkStableAsync(StoreFixture.Shop, stable.Revision, Cancel));
        var newest = _fixture.Set("a", "newest");
        await store.PersistAsync(null, newest, Cancel);
        Assert.False(await store.MarkStableAsync(StoreFixture.Shop, stable.Revision, Cancel)); // not what is held any more

        var (fresh, loaded) = await _fixture.StartAsync(_files.AfterPowerCut(Loss.Everything));

        StoreFixture.AssertSame(newest, loaded?.Version);
        StoreFixture.AssertSame(stable, await fresh.LoadStableAsync(StoreFixture.Shop, _fixture.Check, [], Cancel));
        Assert.Equal(stable.Revision, fresh.StableRevision(StoreFixture.Shop));
        Assert.Equal(newest.Revision, (await _fixture.LoadAsync(fresh))!.Floor.Revision); // falling back does not lower the floor
    }

    [Fact]
    public async Task What_a_crash_left_is_removed_and_what_is_not_ours_is_not()
    {
        var files = await _fixture.DiskWithAsync(_fixture.Set("a", "1"));
        foreach (var name in (string[])["1-9.snap.tmp", "FLOOR.tmp", "notes.txt"]) await files.WriteAsync($"ns/shop/{name}", [new byte[10]], Cancel);

        await _fixture.StartAsync(files);

        Assert.Equal(["ns/shop/1-1.snap", "ns/shop/CURRENT", "ns/shop/FLOOR", "ns/shop/notes.txt"], files.Paths);
    }

    [Fact]
    public async Task A_deleted_namespace_leaves_its_floor_for_as_long_as_its_past_could_be_replayed()
    {
        // Given a namespace that was found deleted
        var last = _fixture.Set("a", "1");
        var files = await _fixture.DiskWithAsync(last);
        var (store, _) = await _fixture.StartAsync(files);
        var head = _fixture.Realm.Refresh("shop").Head;
        await store.RemoveAsync(StoreFixture.Shop, head, Cancel);

        // Then only the floor is left, at the head that shows the deletion
        Assert.Equal(["ns/shop/FLOOR"], files.Paths);
        var (fresh, loaded) = await _fixture.StartAsync(files.AfterPowerCut(Loss.Everything));
        Assert.Null(loaded!.Version);
        Assert.Equal(new(last.Revision, head.Revision, last.StateRoot), loaded.Floor);
        Assert.Empty(await fresh.ListAsync(Cancel));

        // And it stays, whatever a clock says, while it is among the last thousand
        _fixture.Clock.Advance(TimeSpan.FromDays(20_000));
        await fresh.ForgetRemovedAsync(head.IssuedAt + TimeSpan.FromDays(20_000), Cancel);
        Assert.NotNull(await _fixture.LoadAsync(fresh));

        // And beyond, until heads are so new that nothing of its past can be replayed any more
        var (crowded, _) = await _fixture.StartAsync(files, removedFloorsMin: 0);
        await crowded.ForgetRemovedAsync(head.IssuedAt + TimeSpan.FromDays(30), Cancel);
        Assert.NotNull(await _fixture.LoadAsync(crowded));
        await crowded.ForgetRemovedAsync(head.IssuedAt + TimeSpan.FromDays(31), Cancel);
        Assert.Null(await _fixture.LoadAsync(crowded));
    }

    [Fact]
    public async Task A_namespace_that_is_made_anew_after_its_deletion_is_kept_again()
    {
        var files = await _fixture.DiskWithAsync(_fixture.Set("a", "1"));
        var (store, _) = await _fixture.StartAsync(files);
        await store.RemoveAsync(StoreFixture.Shop, _fixture.Realm.Refresh("shop").Head, Cancel);
        var anew = _fixture.Set("a", "2");
        await store.PersistAsync(null, anew, Cancel);

        StoreFixture.AssertSame(anew, (await _fixture.StartAsync(files.AfterPowerCut(Loss.Everything))).Loaded?.Version);
    }

    [Fact]
    public async Task A_reader_reads_and_changes_nothing()
    {
        var version = _fixture.Set("a", "1");
        var files = await _fixture.DiskWithAsync(version);
        files.Log.Clear();
        var reader = await _fixture.OpenAsync(files, isWriter: false);

        StoreFixture.AssertSame(version, (await _fixture.LoadAsync(reader))?.Version);
        await reader.PersistAsync(null, _fixture.Set("a", "2"), Cancel);
        await reader.RemoveAsync(StoreFixture.Shop, version.Head, Cancel);
        Assert.False(await reader.MarkStableAsync(StoreFixture.Shop, version.Revision, Cancel));

        Assert.Empty(files.Log);
    }

    [Fact]
    public async Task Nothing_is_persisted_below_the_floor_or_before_the_floor_is_known()
    {
        var (older, newer) = (_fixture.Set("a", "1"), _fixture.Set("a", "2"));
        var files = await _fixture.DiskWithAsync(newer);
        var store = await _fixture.OpenAsync(files);
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.PersistAsync(null, _fixture.Set("a", "3"), Cancel).AsTask());
        await _fixture.LoadAsync(store);

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.PersistAsync(null, older, Cancel).AsTask());
    }

    [Fact]
    public async Task A_loaded_version_outlives_the_bytes_it_was_read_from()
    {
        var files = await _fixture.DiskWithAsync(_fixture.Set("a", "one"), _fixture.Set("b", "two"));

        var loaded = (await _fixture.StartAsync(files)).Loaded!.Version!; // the file store overwrites what was disposed

        Assert.Equal(("one", "two"), (StoreFixture.Value(loaded, "a"), StoreFixture.Value(loaded, "b")));
    }
}
