// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;

namespace Heliograph.Benchmarks;

/// <summary>Times a step many times over and prints what one costs: minimum, median and maximum of five rounds, and the bytes it allocates.</summary>
internal static class Measure
{
    private const int Rounds = 5;

    /// <summary>Steps before the first that is measured.</summary>
    public const int WarmSteps = 200;

    public static void Each(string what, int times, Action<int> step)
    {
        for (var i = 0; i < Math.Min(times, WarmSteps); i++) step(i);
        Thread.Sleep(200); // what was found worth compiling again is compiled
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
        if (micros[Rounds / 2] >= 1) Say(what, $"{micros[0]:F1} / {micros[Rounds / 2]:F1} / {micros[^1]:F1} µs, {bytes:F0} B");
        else Say(what, $"{micros[0] * 1_000:F1} / {micros[Rounds / 2] * 1_000:F1} / {micros[^1] * 1_000:F1} ns, {bytes:F2} B");
    }

    public static void Say(string what, FormattableString figures) => Console.WriteLine($"{what,-62} {figures.ToString(CultureInfo.InvariantCulture)}");
}
