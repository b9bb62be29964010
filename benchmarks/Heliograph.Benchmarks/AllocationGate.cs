// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Heliograph.Client.Views;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;

namespace Heliograph.Benchmarks;

/// <summary>Allocated bytes, which do not wobble as time does, against <c>benchmarks/baselines/allocations.json</c>. More than the baseline fails.</summary>
internal static class AllocationGate
{
    private const int Reads = 1_000_000, Deltas = 300;

    /// <summary>What allocates nothing may still share a process with something that does: less than this is nothing.</summary>
    private const double Nothing = 0.5;

    /// <summary>How far above its baseline an amount may lie that depends on the shape of trees and on hashes.</summary>
    private const double Headroom = 1.05;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Measures everything and compares, or writes new baselines.</summary>
    /// <returns>The exit code. The last line is a summary in the form of the test runner's.</returns>
    public static int Run(bool update)
    {
        var clock = Stopwatch.StartNew();
        var measured = Measured();
        var file = Path.Combine(Repository(), "benchmarks", "baselines", "allocations.json");
        if (update) File.WriteAllText(file, JsonSerializer.Serialize(measured, Indented) + "\n");
        var baselines = JsonSerializer.Deserialize<SortedDictionary<string, double>>(File.ReadAllText(file))!;
        var failed = 0;
        foreach (var (name, bytes) in measured)
        {
            var holds = baselines.TryGetValue(name, out var allowed) && bytes <= Math.Max(Nothing, allowed * Headroom);
            if (!holds) failed++;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-32} {bytes,12:F2} B   baseline {allowed:F2} B{(holds ? "" : "   [FAIL] more than the baseline; if that is right: ./bench allocations --update")}"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Total: {measured.Count}, Errors: 0, Failed: {failed}, Skipped: 0, Time: {clock.Elapsed.TotalSeconds:F1}s"));
        return failed == 0 ? 0 : 1;
    }

    private static SortedDictionary<string, double> Measured()
    {
        var directory = Directory.CreateTempSubdirectory("heliograph-allocations-").FullName;
        try
        {
            var measured = new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["deliveryBytes"] = Round(FanOutAllocations.PerDelivery(directory)),
                ["readBytes"] = Round(PerRead(directory)),
                ["appliedDeltaBytes.100"] = Round(PerDelta(directory, 100)),
                ["appliedDeltaBytes.10000"] = Round(PerDelta(directory, 10_000)),
            };
            if (!OperatingSystem.IsLinux()) return measured; // loops are epoll's
            measured["loop.deliveryBytes"] = Round(FanOutAllocations.PerDeliveryOverLoops(directory));
            measured["loop.waitingReadBytes"] = Round(LoopAllocations.PerWaitingRead(isInline: true));
            measured["loop.waitingReadBytes.pool"] = Round(LoopAllocations.PerWaitingRead(isInline: false));
            measured["loop.readyReadBytes"] = Round(LoopAllocations.PerReadyRead());
            measured["loop.fittingWriteBytes"] = Round(LoopAllocations.PerFittingWrite());
            if (Platform.Net.Tls.TlsServerContext.WhyUnavailable is not null) return measured;
            measured["loop.tls.fittingWriteBytes"] = Round(TlsLoopAllocations.PerFittingWrite());
            measured["loop.tls.readyReadBytes"] = Round(TlsLoopAllocations.PerReadyRead());
            return measured;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double PerRead(string directory)
    {
        using var realm = new BenchRealm(Path.Combine(directory, "read"), 1_000);
        var view = ViewBuilder.Build(null, realm.Current, []);
        var keys = Enumerable.Range(0, 512).Select(index => BenchRealm.Key(index).Key).ToArray();
        long found = 0;
        for (var i = 0; i < Reads / 10; i++) found += view.GetString(keys[i & 511])!.Length;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Reads; i++) found += view.GetString(keys[i & 511])!.Length;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return found > 0 ? allocated / (double)Reads : throw new InvalidOperationException("Nothing was read.");
    }

    private static double PerDelta(string directory, int settings)
    {
        using var realm = new BenchRealm(Path.Combine(directory, settings.ToString(CultureInfo.InvariantCulture)), settings);
        using var verifier = new HeadVerifier(realm.Anchor);
        var (gate, replica) = (new HeadGate(verifier, new TrustedClock(TimeProvider.System)), new NamespaceReplica(BenchRealm.Name));
        ApplyBenchmark.Apply(replica, gate, realm.Snapshot());
        var deltas = Enumerable.Range(1, 2 * Deltas).Select(round => realm.Change(round * 31 % settings, round)).ToList();
        for (var i = 0; i < Deltas; i++) ApplyBenchmark.Apply(replica, gate, deltas[i]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = Deltas; i < 2 * Deltas; i++) ApplyBenchmark.Apply(replica, gate, deltas[i]);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Deltas;
    }

    private static double Round(double bytes) => bytes < Nothing ? 0 : Math.Round(bytes, 2);

    private static string Repository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx"))) return directory.FullName;
        throw new InvalidOperationException("The baselines are in the repository; run it from there.");
    }
}
