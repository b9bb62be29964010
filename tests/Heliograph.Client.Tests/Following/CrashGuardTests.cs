// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Replica;
using Heliograph.Client.Tests.Support;
using Heliograph.Client.Views;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Platform.Files;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Following;

/// <summary>A client without an agent breaks its own crash loops: with the real store and the real files.</summary>
public sealed class CrashGuardTests : IDisposable
{
    private static readonly TimeSpan Bake = TimeSpan.FromMinutes(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("hlc-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly TestRealm _realm;

    public CrashGuardTests() => _realm = new TestRealm(_time);

    public void Dispose()
    {
        _realm.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task After_two_unclean_ends_on_a_new_revision_the_stable_one_is_served_until_a_newer_comes()
    {
        // Given a revision that has earned its place, and a newer one that ends the service twice
        var good = _realm.Put("shop.basket", ("A", "good"));
        await EarnStableAsync(good);
        var bad = _realm.Put("shop.basket", ("A", "bad"));
        await RunAsync(clean: false, receive: bad);
        await RunAsync(clean: false, receive: null);

        // When it starts again, then the good one is served, and it says so
        var (served, guard) = await RunAsync(clean: true, receive: null);
        Assert.Equal((good.Revision, ViewOrigin.Stable), (served!.Version.Revision, served.Origin));
        Assert.True(guard.IsServingStable);

        // And a newer revision is served as any other
        var fixedRevision = _realm.Put("shop.basket", ("A", "fixed"));
        (served, guard) = await RunAsync(clean: true, receive: fixedRevision);
        Assert.Equal((fixedRevision.Revision, ViewOrigin.Live), (served!.Version.Revision, served.Origin));
        Assert.False(guard.IsServingStable);
    }

    [Fact]
    public async Task A_revision_in_quarantine_that_a_parent_sends_again_does_not_replace_the_stable_one()
    {
        var good = _realm.Put("shop.basket", ("A", "good"));
        await EarnStableAsync(good);
        var bad = _realm.Put("shop.basket", ("A", "bad"));
        await RunAsync(clean: false, receive: bad);
        await RunAsync(clean: false, receive: null);

        await using var run = await Run.StartAsync(this);
        Assert.Equal(good.Revision, (await run.LoadedAsync())?.Version.Revision);

        Assert.Null(await run.Guard.AdmitAsync(new(bad, ViewOrigin.Live, IsFromParent: true), Cancel));
    }

    [Fact]
    public async Task Clean_ends_and_ends_on_a_stable_revision_count_for_nothing()
    {
        var good = _realm.Put("shop.basket", ("A", "good"));
        await EarnStableAsync(good);
        for (var i = 0; i < 3; i++) Assert.Equal(ViewOrigin.LastKnownGood, (await RunAsync(clean: false, receive: null)).Served!.Origin);

        var next = _realm.Put("shop.basket", ("A", "next"));
        await RunAsync(clean: true, receive: next);
        await RunAsync(clean: true, receive: null);
        await RunAsync(clean: false, receive: null);
        var (served, _) = await RunAsync(clean: true, receive: null);

        Assert.Equal((next.Revision, ViewOrigin.LastKnownGood), (served!.Version.Revision, served.Origin));
    }

    [Fact]
    public async Task Without_a_stable_revision_it_goes_on_with_the_newest()
    {
        var only = _realm.Put("shop.basket", ("A", "only"));
        await RunAsync(clean: false, receive: only);
        await RunAsync(clean: false, receive: null);

        var (served, _) = await RunAsync(clean: true, receive: null);

        Assert.Equal((only.Revision, ViewOrigin.LastKnownGood), (served!.Version.Revision, served.Origin));
    }

    [Fact]
    public async Task While_the_service_is_not_well_nothing_becomes_stable()
    {
        var version = _realm.Put("shop.basket", ("A", "1"));
        await RunAsync(clean: true, receive: version);
        await using var run = await Run.StartAsync(this);
        await run.LoadedAsync();

        _time.Advance(Bake);
        await run.Guard.TickAsync(isHealthy: false, Cancel);
        await run.Guard.TickAsync(isHealthy: true, Cancel);
        Assert.Null(run.Store.StableRevision(Basket));

        _time.Advance(Bake);
        await run.Guard.TickAsync(isHealthy: true, Cancel);
        Assert.Equal(version.Revision, run.Store.StableRevision(Basket));
    }

    /// <summary>Applied in one process, read back by the next, and well for the bake time.</summary>
    private async Task EarnStableAsync(NamespaceVersion version)
    {
        await RunAsync(clean: true, receive: version);
        await using var run = await Run.StartAsync(this);
        await run.LoadedAsync();
        _time.Advance(Bake);
        await run.Guard.TickAsync(isHealthy: true, Cancel);
        Assert.Equal(version.Revision, run.Store.StableRevision(Basket));
    }

    /// <summary>One life of the service: it loads what is there, perhaps receives a version, and ends.</summary>
    private async Task<(OfferedVersion? Served, CrashGuard Guard)> RunAsync(bool clean, NamespaceVersion? receive)
    {
        var run = await Run.StartAsync(this);
        var served = await run.LoadedAsync();
        if (receive is not null)
        {
            await run.Store.PersistAsync(served?.Version, receive, Cancel);
            served = await run.Guard.AdmitAsync(new(receive, ViewOrigin.Live, IsFromParent: true), Cancel);
        }
        if (clean) await run.DisposeAsync();
        else run.Store.Dispose(); // its files are let go, as the system does when a process dies; nothing is written
        return (served, run.Guard);
    }

    /// <summary>A process with the directory in its hands.</summary>
    private sealed class Run(LastKnownGoodStore store, CrashGuard guard, NamespaceVersion? held) : IAsyncDisposable
    {
        public LastKnownGoodStore Store { get; } = store;

        public CrashGuard Guard { get; } = guard;

        public static async Task<Run> StartAsync(CrashGuardTests test)
        {
            var files = new DiskFileStore(test._directory);
            var store = await LastKnownGoodStore.OpenAsync(files, "", test._time, NullLogger.Instance, cancellationToken: Cancel);
            var stored = await store.LoadAsync(Basket, _ => null, Cancel);
            var guard = new CrashGuard(store, new BootRecordFile(files, "", NullLogger.Instance), new TrustCell(test._realm.Anchor), "basket", test._time, NullLogger.Instance, Bake);
            await guard.StartAsync(hostBoot: "", Cancel);
            return new Run(store, guard, stored?.Version);
        }

        /// <summary>What is served of what was on disk.</summary>
        public async Task<OfferedVersion?> LoadedAsync() =>
            held is null ? null : await Guard.AdmitAsync(new(held, ViewOrigin.LastKnownGood, IsFromParent: false), Cancel);

        public async ValueTask DisposeAsync()
        {
            await Guard.DisposeAsync();
            Store.Dispose();
        }
    }
}
