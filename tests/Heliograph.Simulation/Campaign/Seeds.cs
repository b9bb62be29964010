// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Globalization;

namespace Heliograph.Simulation.Campaign;

/// <summary>Runs seeds on as many threads as there are cores: a world has one thread, and worlds share nothing.</summary>
internal static class Seeds
{
    /// <summary>200, more with <c>HELIOGRAPH_SIM_SEEDS</c> or at night.</summary>
    public static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("HELIOGRAPH_SIM_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) ? seeds
        : Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1" ? 5_000 : 200;

    /// <summary>The reports of so many seeds, in their order.</summary>
    public static IReadOnlyList<RunReport> Run(ulong first, int count) => Run(first, count, static seed => Simulator.Run(seed));

    /// <summary>The reports of so many seeds of a world of one's choice.</summary>
    public static IReadOnlyList<RunReport> Run(ulong first, int count, Func<ulong, RunReport> run)
    {
        var reports = new ConcurrentBag<RunReport>();
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, index => reports.Add(run(first + (ulong)index)));
        return [.. reports.OrderBy(report => report.Seed)];
    }
}
