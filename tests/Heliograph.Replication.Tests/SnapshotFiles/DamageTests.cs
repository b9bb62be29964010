// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Core.Tests.LastKnownGood;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Xunit;

namespace Heliograph.Replication.Tests.SnapshotFiles;

/// <summary>Whatever happens to one file, the next start serves a whole, signed version; and whatever fails while writing, nothing is lost.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    private static CancellationToken Cancel => StoreFixture.Cancel;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Any_one_file_may_be_damaged_lost_or_unreadable()
    {
        var versions = new[] { _fixture.SetLarge("a"), _fixture.SetLarge("b"), _fixture.SetLarge("c"), _fixture.SetLarge("d"), _fixture.Set("e", "1"), _fixture.Set("f", "2") };
        var whole = await _fixture.DiskWithAsync(versions);
        Assert.Contains(whole.Paths, path => path.EndsWith(".delta", StringComparison.Ordinal));
        var injuries = new (string Name, Action<CrashableFileStore, string> Injure)[]
        {
            ("a bit at the start", (files, path) => files.Damage(path, bytes => Flip(bytes, 0))),
            ("a bit in the middle", (files, path) => files.Damage(path, bytes => Flip(bytes, bytes.Length / 2))),
            ("a bit at the end", (files, path) => files.Damage(path, bytes => Flip(bytes, bytes.Length - 1))),
            ("cut in half", (files, path) => files.Damage(path, bytes => bytes[..(bytes.Length / 2)])),
            ("emptied", (files, path) => files.Damage(path, _ => [])),
            ("all zeros", (files, path) => files.Damage(path, bytes => new byte[bytes.Length])),
            ("longer", (files, path) => files.Damage(path, bytes => [.. bytes, 1])),
            ("lost", (files, path) => files.Lose(path)),
            ("a bad sector", (files, path) => files.Unreadable.Add(path)),
        };
        var tried = 0;
        foreach (var path in whole.Paths.ToArray())
        {
            foreach (var (name, injure) in injuries)
            {
                var files = whole.AfterPowerCut(Loss.Everything);
                injure(files, path);

                var (store, loaded) = await _fixture.StartAsync(files);

                if (loaded?.Version is null) Assert.Fail($"{path} {name}: {string.Join(' ', loaded?.Damage ?? [])}");
                StoreFixture.AssertSame(versions.Single(version => version.Revision == loaded.Version.Revision), loaded.Version);
                if (path.EndsWith("FLOOR", StringComparison.Ordinal) || path.EndsWith("CURRENT", StringComparison.Ordinal)) Assert.Equal(versions[^1].Revision, loaded.Version.Revision);
                else Assert.Equal(versions[^1].Revision, loaded.Floor.Revision); // the floor does not fall with the content
                if (loaded.Version.Revision != versions[^1].Revision) Assert.NotEmpty(loaded.Damage);

                await store.PersistAsync(loaded.Version, versions[^1], Cancel); // a parent brings it again
                var healed = (await _fixture.StartAsync(files.AfterPowerCut(Loss.Everything))).Loaded;
                if (name != "a bad sector") StoreFixture.AssertSame(versions[^1], healed?.Version);
                tried++;
            }
        }
        Assert.InRange(tried, 40, 200);
    }

    [Fact]
    public async Task Everything_damaged_gives_the_floor_and_no_content()
    {
        var version = _fixture.Set("a", "1");
        var files = await _fixture.DiskWithAsync(version);
        files.Damage("ns/shop/1-1.snap", bytes => Flip(bytes, 100));

        var loaded = (await _fixture.StartAsync(files)).Loaded!;

        Assert.Null(loaded.Version);
        Assert.Equal(Floor.Of(version), loaded.Floor);
        Assert.Contains("1-1.snap", Assert.Single(loaded.Damage), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_a_forged_head_is_passed_over()
    {
        // Given a newer generation that is right in every digest, but signed by someone else
        var honest = _fixture.Set("a", "honest");
        var files = await _fixture.DiskWithAsync(honest);
        using var thief = new TestRealm();
        for (var i = 0; i < 8; i++) thief.Change("shop", ("a", "forged"));
        var forged = thief.Change("shop", ("a", "forged"));
        await files.WriteAsync($"ns/shop/{new Generation(forged.Revision).SnapshotName}", [SnapshotFile.Encode(forged)], Cancel);
        await files.WriteAsync("ns/shop/CURRENT", [new GenerationPointer(new(forged.Revision), forged.Revision).Encode()], Cancel);

        var loaded = (await _fixture.StartAsync(files)).Loaded!;

        StoreFixture.AssertSame(honest, loaded.Version);
        Assert.Contains(loaded.Damage, damage => damage.Contains("not signed", StringComparison.Ordinal) || damage.Contains("another log", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forged_record_in_the_delta_is_passed_over()
    {
        var honest = _fixture.Set("a", "honest");
        var files = await _fixture.DiskWithAsync(honest);
        Assert.True(SnapshotFile.TryOpen(files.Read("ns/shop/1-1.snap"), out var snapshot, out _));
        using var thief = new TestRealm();
        thief.Change("shop", ("a", "forged"));
        var forged = thief.Change("shop", ("a", "forged"));
        var record = DeltaRecord.Encode(honest.Revision, forged, RecordStream.Encode(Core.Merkle.MerkleMap.Diff(honest.Records, forged.Records)), snapshot.Digest);
        await files.AppendAsync("ns/shop/1-1.snap.delta", record, Cancel);

        var (store, loaded) = await _fixture.StartAsync(files);

        StoreFixture.AssertSame(honest, loaded?.Version);
        Assert.NotEmpty(loaded!.Damage);
        var next = _fixture.Set("a", "next");
        await store.PersistAsync(null, next, Cancel); // not behind the forged record
        StoreFixture.AssertSame(next, (await _fixture.StartAsync(files.AfterPowerCut(Loss.Everything))).Loaded?.Version);
    }

    [Fact]
    public async Task Another_namespaces_file_under_this_name_is_passed_over()
    {
        var files = await _fixture.DiskWithAsync(_fixture.Set("a", "1"));
        var other = _fixture.Realm.Change("cart", ("a", "1"));
        await files.WriteAsync("ns/shop/1-2.snap", [SnapshotFile.Encode(other)], Cancel);
        files.Lose("ns/shop/CURRENT");
        files.Lose("ns/shop/1-1.snap");

        var loaded = (await _fixture.StartAsync(files)).Loaded!;

        Assert.Null(loaded.Version);
        Assert.Contains(loaded.Damage, damage => damage.Contains("not what its name says", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FileFault.Full)]
    [InlineData(FileFault.ReadOnly)]
    [InlineData(FileFault.Denied)]
    [InlineData(FileFault.Io)]
    public async Task A_disk_that_cannot_be_written_still_starts_and_refuses_to_advance(FileFault fault)
    {
        var held = _fixture.Set("a", "1");
        var files = await _fixture.DiskWithAsync(held);
        files.WriteFault = fault;
        var (store, loaded) = await _fixture.StartAsync(files);
        StoreFixture.AssertSame(held, loaded?.Version);

        var refused = await Assert.ThrowsAsync<FileStoreException>(() => store.PersistAsync(held, _fixture.Set("a", "2"), Cancel).AsTask());
        Assert.Equal(fault, refused.Fault);
        StoreFixture.AssertSame(held, (await _fixture.LoadAsync(await _fixture.OpenAsync(files)))?.Version);

        // And when the disk is well again, it goes on without a restart
        files.WriteFault = null;
        var next = _fixture.Set("a", "3");
        await store.PersistAsync(held, next, Cancel);
        StoreFixture.AssertSame(next, (await _fixture.StartAsync(files.AfterPowerCut(Loss.Everything))).Loaded?.Version);
    }

    [Fact]
    public async Task On_a_full_disk_older_generations_make_way_for_a_change()
    {
        var files = new CrashableFileStore();
        var (store, _) = await _fixture.StartAsync(files);
        for (var i = 0; i < 8; i++) await store.PersistAsync(null, _fixture.SetLarge($"{i % 2}"), Cancel);
        var generations = files.Paths.Count(path => path.EndsWith(".snap", StringComparison.Ordinal));
        files.Capacity = files.Paths.Sum(path => (long)files.Read(path).Length) + 200;

        var emergency = _fixture.Set("switch", "off");
        await store.PersistAsync(null, emergency, Cancel);

        Assert.Equal(3, generations);
        StoreFixture.AssertSame(emergency, (await _fixture.StartAsync(files.AfterPowerCut(Loss.Everything))).Loaded?.Version);
    }

    [Fact]
    public async Task A_full_disk_without_anything_to_spare_refuses_and_leaves_no_litter()
    {
        var held = _fixture.Set("a", "1");
        var files = await _fixture.DiskWithAsync(held);
        var (store, _) = await _fixture.StartAsync(files);
        var before = files.Paths.ToArray();
        files.Capacity = before.Sum(path => (long)files.Read(path).Length) + 50;

        await Assert.ThrowsAsync<FileStoreException>(() => store.PersistAsync(held, _fixture.SetLarge("b"), Cancel).AsTask());

        Assert.Equal(before, files.Paths);
        StoreFixture.AssertSame(held, (await _fixture.StartAsync(files.AfterPowerCut(Loss.Everything))).Loaded?.Version);
    }

    [Fact]
    public async Task Whichever_step_fails_the_next_change_is_durable_and_nothing_goes_backwards()
    {
        NamespaceVersion[] versions = [_fixture.Set("a", "0"), _fixture.Set("a", "1"), _fixture.Set("a", "2"), _fixture.SetLarge("b"), _fixture.SetLarge("b"), _fixture.Set("a", "3"), _fixture.Set("a", "4")];
        var whole = new CrashableFileStore();
        await RunAsync(whole);
        for (var step = 1; step <= whole.Steps; step++)
        {
            var files = new CrashableFileStore { FailAt = step };
            var (activated, failures) = await RunAsync(files);
            foreach (var loss in (Loss[])[Loss.Everything, Loss.Nothing, Loss.Some])
            {
                var loaded = (await _fixture.StartAsync(files.AfterPowerCut(loss, step))).Loaded;
                if (activated is null) continue;
                if (loaded?.Version is null || loaded.Version.Revision.IsBefore(activated.Revision)) Assert.Fail($"step {step} ({files.Log[step - 1]}) failed, losing {loss}: {loaded?.Version?.Revision} instead of {activated.Revision}");
                StoreFixture.AssertSame(versions.Single(version => version.Revision == loaded.Version.Revision), loaded.Version);
            }
            Assert.InRange(failures, 0, 1);
            Assert.True(failures == 0 || activated is not null, $"step {step}: nothing could be persisted after one failure");
        }

        async Task<(NamespaceVersion? Activated, int Failures)> RunAsync(CrashableFileStore files)
        {
            NamespaceVersion? activated = null;
            var failures = 0;
            var (store, _) = await _fixture.StartAsync(files);
            foreach (var version in versions)
            {
                try
                {
                    await store.PersistAsync(activated, version, Cancel);
                    activated = version;
                }
                catch (FileStoreException)
                {
                    failures++;
                }
            }
            return (activated, failures);
        }
    }

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 0x10;
        return bytes;
    }
}
