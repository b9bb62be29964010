// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Benchmarks.ManyNamespaces;

/// <summary><c>./bench heart many</c>: a realm of 100,000 namespaces and a log of a million entries, streams of 1,000 namespaces, and a namespace of 100,000 settings.</summary>
internal static class ManyCommand
{
    private const int Namespaces = 100_000, Entries = 1_000_000;
    private static readonly TimeSpan BuildWithin = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(string directory)
    {
        var helio = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Cli", "release", "helio"));
        if (!File.Exists(helio)) throw new FileNotFoundException("The origin is measured as it is released: build src/Heliograph.Cli in Release, or run ./bench heart.", helio);
        DirectoryBenchmark.Run();
        using var log = new LogBuilder(Path.Combine(directory, "many"), Namespaces);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await log.BuildAsync(Entries, BuildWithin);
        Measure.Say($"(a log of {log.Entries} entries was written for the rest)", $"{clock.Elapsed.TotalSeconds:F0} s{(log.Entries < Entries ? $": no more in {BuildWithin.TotalMinutes:F0} min" : "")}");
        if (log.Entries <= Namespaces) throw new InvalidOperationException($"In {BuildWithin.TotalMinutes} min only {log.Entries} entries could be written: this disk is too slow for what is measured here.");
        var data = Path.Combine(directory, "many");
        OriginStartBenchmark.Run(helio, data, directory, log.Entries);
        await StreamsBenchmark.RunAsync(data, log.Anchor, Namespaces);
        await LargeNamespaceBenchmark.RunAsync(directory);
    }
}
