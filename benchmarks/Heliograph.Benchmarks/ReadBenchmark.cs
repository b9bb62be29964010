// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;

namespace Heliograph.Benchmarks;

/// <summary>What a read costs in the process of an application.</summary>
internal static class ReadBenchmark
{
    public static void Run()
    {
        var directory = Directory.CreateTempSubdirectory("heliograph-bench-read-").FullName;
        try
        {
            using var realm = new BenchRealm(directory, 10_000);
            var view = Client.Views.ViewBuilder.Build(null, realm.Current, []);
            var keys = Enumerable.Range(0, 1_024).Select(index => BenchRealm.Key(index).Key).ToArray();
            long found = 0;
            Measure.Each("read a string in process, 10,000 settings", 1_000_000, i => found += view.GetString(keys[i & 1_023])!.Length);
            Measure.Each("  of it: the loop without the read", 1_000_000, i => found += keys[i & 1_023].Length);
            if (found == 0) throw new InvalidOperationException("Nothing was read.");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
