// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Platform.Files;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.Benchmarks;

/// <summary>Last-known-good of 100,000 settings: how long it takes to write, to append a change, and to start from.</summary>
internal static class SnapshotBenchmark
{
    private const int Settings = 100_000, Changes = 100;

    public static async Task RunAsync(string directory)
    {
        using var realm = new BenchRealm(Path.Combine(directory, "snapshot"), Settings);
        var files = new DiskFileStore(Path.Combine(directory, "lkg"));
        using (var store = await OpenAsync(files))
        {
            await store.LoadAsync(BenchRealm.Name, _ => null, CancellationToken.None);
            var clock = Stopwatch.StartNew();
            await store.PersistAsync(null, realm.Current, CancellationToken.None);
            Measure.Say($"persist {Settings} settings, whole file", $"{clock.Elapsed.TotalMilliseconds:F1} ms");
            var times = new List<double>();
            for (var round = 1; round <= Changes; round++)
            {
                var before = realm.Current;
                realm.Change(round, round);
                clock.Restart();
                await store.PersistAsync(before, realm.Current, CancellationToken.None);
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
            times.Sort();
            Measure.Say($"persist a delta of one setting, {Settings} settings", $"{times[0]:F2} / {times[Changes / 2]:F2} / {times[^1]:F2} ms");
        }
        GC.Collect();
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        using var again = await OpenAsync(files);
        var load = Stopwatch.StartNew();
        var loaded = await again.LoadAsync(BenchRealm.Name, _ => null, CancellationToken.None);
        Measure.Say($"load {Settings} settings, verified", $"{load.Elapsed.TotalMilliseconds:F0} ms, {(GC.GetTotalMemory(forceFullCollection: true) - heap) / 1_048_576.0:F1} MiB kept");
        if (loaded?.Version?.StateRoot != realm.Current.StateRoot) throw new InvalidOperationException("What was loaded is not what was persisted.");
    }

    private static async Task<LastKnownGoodStore> OpenAsync(DiskFileStore files) =>
        await LastKnownGoodStore.OpenAsync(files, "", TimeProvider.System, NullLogger.Instance);
}
