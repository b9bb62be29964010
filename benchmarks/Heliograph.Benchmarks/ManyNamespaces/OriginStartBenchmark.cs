// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Core.Log;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Systems;
using Microsoft.Data.Sqlite;

namespace Heliograph.Benchmarks.ManyNamespaces;

/// <summary>How soon a released origin serves a long log, and what memory that takes, beside reading and hashing the same entries without understanding them.</summary>
internal static class OriginStartBenchmark
{
    private const int Starts = 3;
    private static readonly TimeSpan Goal = TimeSpan.FromSeconds(10), Within = TimeSpan.FromSeconds(60);

    public static void Run(string helio, string directory, string logs, long entries)
    {
        var (times, peak, resident) = (new List<double>(), 0L, 0L);
        for (var i = 0; i < Starts; i++)
        {
            var ports = MeasuredSystem.FreePorts(2);
            var clock = Stopwatch.StartNew();
            using var origin = new MeasuredProcess(helio,
                ["origin", "--realm", "bench", "--id", "o1", "--data", directory, "--listen", $"http://127.0.0.1:{ports[0]}", "--listen", $"tcp://127.0.0.1:{ports[1]}", "-o", "json"],
                Path.Combine(logs, "origin.log"));
            origin.WaitForReadyLine(Within);
            times.Add(clock.Elapsed.TotalSeconds);
            (peak, resident) = (Math.Max(peak, origin.PeakKib), Math.Max(resident, origin.ResidentKib));
        }
        times.Sort();
        Measure.Say($"origin, start to serving a log of {entries} entries", $"{times[0]:F1} / {times[Starts / 2]:F1} / {times[^1]:F1} s, goal {Goal.TotalSeconds:F0} s: {(times[^1] < Goal.TotalSeconds ? "met" : "missed")}");
        Measure.Say("  its memory: the most, and when it serves", $"{peak / 1_024.0:F0} and {resident / 1_024.0:F0} MiB resident");
        Measure.Say("  beside: read and hash the entries, bare SQLite", $"{Bare(Path.Combine(directory, "log.db"), entries):F1} s");
    }

    private static double Bare(string path, long atLeast)
    {
        var clock = Stopwatch.StartNew();
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT bytes FROM entry ORDER BY seq";
        using var rows = command.ExecuteReader();
        var count = 0L;
        for (; rows.Read(); count++) LogEntry.HashOf((byte[])rows[0]);
        return count >= atLeast ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"{count} entries were read, not {atLeast}.");
    }
}
