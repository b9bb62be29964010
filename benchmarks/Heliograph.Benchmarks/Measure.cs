// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;

namespace Heliograph.Benchmarks;

/// <summary>Times a step many times over and prints what one costs: minimum, median and maximum of five rounds, and the bytes it allocates.</summary>
internal static class Measure
{
    private const int Rounds = 5;

    public static void Each(string what, int times, Action<int> step)
    {
        for (var i = 0; i < Math.Min(times, 200); i++) step(i);
        var micros = new double[Rounds];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < times; i++) step(i);
            micros[round] = clock.Elapsed.TotalMicroseconds / times;
        }
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)(Rounds * times);
        Array.Sort(micros);
        Say(what, $"{micros[0]:F3} / {micros[Rounds / 2]:F3} / {micros[^1]:F3} µs, {bytes:F0} B");
    }

    public static void Say(string what, FormattableString figures) => Console.WriteLine($"{what,-62} {figures.ToString(CultureInfo.InvariantCulture)}");
}
