// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;

namespace Heliograph.Simulation;

/// <summary>The command line: <c>[--cluster] --seed N [--seeds COUNT] [--bug NAME] [--trace]</c>.</summary>
internal static class Replay
{
    public static int Run(string[] args)
    {
        var first = ulong.Parse(ValueOf(args, "--seed") ?? "1", CultureInfo.InvariantCulture);
        var count = ulong.Parse(ValueOf(args, "--seeds") ?? "1", CultureInfo.InvariantCulture);
        Simulator.Plant(ValueOf(args, "--bug"));
        var failures = 0;
        for (var seed = first; seed < first + count; seed++)
        {
            var began = Stopwatch.GetTimestamp();
            var echo = args.Contains("--trace") ? Console.Out : null;
            var report = args.Contains("--cluster") ? Simulator.RunCluster(seed, echo) : Simulator.Run(seed, echo);
            Console.WriteLine($"seed {seed}: {report.Setup}");
            Console.WriteLine($"seed {seed}: {report.Steps} steps, {report.Changes} changes acknowledged, digest {report.Digest}, {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s: {report.Failure?.ToString() ?? "clean"}");
            if (report.Failure is null) continue;
            failures++;
            Console.WriteLine(report.ReplayCommand);
        }
        return failures == 0 ? 0 : 1;
    }

    private static string? ValueOf(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
}
