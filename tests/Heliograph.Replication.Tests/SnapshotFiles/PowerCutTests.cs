// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Replication.SnapshotFiles;
using Xunit;

namespace Heliograph.Replication.Tests.SnapshotFiles;

/// <summary>The power goes after every single step of a script that uses every way of writing. Whatever was activated is there again, whole.</summary>
[Collection(nameof(PlantedBug))]
public sealed class PowerCutTests : IDisposable
{
    private readonly StoreFixture _fixture = new();
    private readonly NamespaceVersion[] _versions;

    public PowerCutTests()
    {
        var small = (int i) => _fixture.Set("a", $"{i}");
        _versions =
        [
            small(0), small(1), small(2), // a file, a first record, a second
            _fixture.Realm.Refresh("shop"), // a fresher head behind changes
            _fixture.SetLarge("b"), _fixture.SetLarge("c"), small(3), // folds
            _fixture.SetLarge("b2"), _fixture.SetLarge("c2"), small(4),
            _fixture.SetLarge("b3"), _fixture.SetLarge("c3"), // a fourth generation: the first goes, but STABLE's stays
            _fixture.Realm.Refresh("shop"),
        ];
    }

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Whatever_step_it_cuts_off_nothing_goes_backwards() => Assert.Empty(await ViolationsAsync());

#if PLANTED_BUGS
    [Fact]
    public async Task Without_flushing_the_directory_it_does()
    {
        using var planted = PlantedBug.On(nameof(Core.Planted.NoDirectoryFlush));

        Assert.NotEmpty(await ViolationsAsync());
    }
#endif

    [Fact]
    public async Task What_a_restart_shows_after_a_kill_at_whatever_step_a_power_cut_does_not_take_back()
    {
        var whole = new CrashableFileStore();
        await RunAsync(whole);

        var violations = new List<string>();
        for (var kill = 0; kill <= whole.Steps; kill++)
        {
            // Given a process that was killed: what it wrote is in the page cache, flushed or not
            var files = new CrashableFileStore { CutAfter = kill };
            await RunAsync(files);
            files.CutAfter = null;

            // When another one starts from it, and then the power goes
            var shown = (await _fixture.StartAsync(files)).Loaded?.Version?.Revision ?? Revision.None;
            foreach (var (loss, seed) in ((Loss, int)[])[(Loss.Everything, 0), (Loss.Some, kill), (Loss.Some, kill + 1000)])
            {
                var again = (await _fixture.StartAsync(files.AfterPowerCut(loss, seed))).Loaded?.Version?.Revision ?? Revision.None;
                if (again.IsBefore(shown)) violations.Add($"killed after {kill} ({files.Log.LastOrDefault()}), losing {loss}: {shown} was shown, then {again}");
            }
        }
        Assert.Empty(violations);
    }

    private async Task<IReadOnlyList<string>> ViolationsAsync()
    {
        var whole = new CrashableFileStore();
        await RunAsync(whole);
        Assert.InRange(whole.Steps, 60, 400);

        var violations = new List<string>();
        for (var cut = 0; cut <= whole.Steps; cut++)
        {
            var files = new CrashableFileStore { CutAfter = cut };
            var activated = await RunAsync(files);
            foreach (var (loss, seed) in ((Loss, int)[])[(Loss.Everything, 0), (Loss.Nothing, 0), (Loss.Some, cut), (Loss.Some, cut + 1000), (Loss.Some, cut + 2000)])
            {
                if (await ViolationAsync(files.AfterPowerCut(loss, seed), activated) is { } violation) violations.Add($"cut after {cut} ({files.Log.LastOrDefault()}), losing {loss}: {violation}");
            }
        }
        return violations;
    }

    /// <summary>Runs the script until the power goes, or to its end.</summary>
    /// <returns>How many versions were activated.</returns>
    private async Task<int> RunAsync(CrashableFileStore files)
    {
        var activated = 0;
        try
        {
            using var store = (await _fixture.StartAsync(files)).Store;
            foreach (var version in _versions)
            {
                _fixture.Clock.Advance(TimeSpan.FromHours(1)); // a fresher head is always due
                await store.PersistAsync(null, version, StoreFixture.Cancel);
                activated++;
                if (activated == 3) await store.MarkStableAsync(StoreFixture.Shop, version.Revision, StoreFixture.Cancel);
            }
        }
        catch (PowerCutException)
        {
            Assert.NotNull(files.CutAfter);
        }
        return activated;
    }

    private async Task<string?> ViolationAsync(CrashableFileStore files, int activated)
    {
        var (store, loaded) = await _fixture.StartAsync(files);
        using (store)
        {
            if (activated == 0 && loaded?.Version is null) return loaded is { Floor.IsNone: false } ? "a floor without anything accepted" : null;
            if (loaded?.Version is not { } version) return $"nothing was loaded. {string.Join(' ', loaded?.Damage ?? [])}";
            var index = Array.FindIndex(_versions, published => published.Head.Bytes.Span.SequenceEqual(version.Head.Bytes.Span));
            if (index < activated - 1) return $"version {index} was loaded, {activated - 1} had been activated. {string.Join(' ', loaded.Damage)}";
            if (index > activated) return $"version {index} was loaded, but {activated} was the last to be written";
            StoreFixture.AssertSame(_versions[index], version);
            if (loaded.Floor.Revision.IsBefore(version.Revision) || (activated > 0 && loaded.Floor.Revision.IsBefore(_versions[activated - 1].Revision))) return $"the floor fell to {loaded.Floor.Revision}";
            if (loaded.Damage.Any(damage => damage.Contains("was accepted before", StringComparison.Ordinal))) return $"the floor lies above all that is there. {string.Join(' ', loaded.Damage)}";

            // And it goes on from there: what comes next is durable as ever.
            var next = _versions[^1];
            await store.PersistAsync(version, next, StoreFixture.Cancel);
            var again = (await _fixture.StartAsync(files.AfterPowerCut(Loss.Everything))).Loaded;
            return again?.Version?.Revision == next.Revision ? null : $"what was persisted after the restart is not there. {string.Join(' ', again?.Damage ?? [])}";
        }
    }
}

/// <summary>Tests that plant a bug run alone: the switch is the process's.</summary>
[CollectionDefinition(nameof(PlantedBug), DisableParallelization = true)]
public sealed class PlantedBug : IDisposable
{
#if PLANTED_BUGS
    internal static PlantedBug On(string bug)
    {
        Core.Planted.Bug = bug;
        return new();
    }

    /// <inheritdoc/>
    public void Dispose() => Core.Planted.Bug = null;
#else
    /// <inheritdoc/>
    public void Dispose() { }
#endif
}
