// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Workloads;

/// <summary>What a server spends while nothing changes, in percent of a core.</summary>
/// <param name="Percent">All in all.</param>
/// <param name="QuietPercent">In the median half second, in which it does not speak to everyone.</param>
/// <param name="LeastPercent">In the quietest half second: what is taken off when other work is measured.</param>
internal sealed record IdleWatch(double Percent, double QuietPercent, double LeastPercent)
{
    /// <summary>Watches for some time.</summary>
    public static IdleWatch Over(MeasuredProcess server, TimeSpan time)
    {
        var samples = new List<double>();
        var (cpu, began) = (server.CpuSeconds, Stopwatch.GetTimestamp());
        var (lastCpu, lastAt) = (cpu, began);
        while (Stopwatch.GetElapsedTime(began) < time)
        {
            Thread.Sleep(500);
            var (now, used) = (Stopwatch.GetTimestamp(), server.CpuSeconds);
            samples.Add((used - lastCpu) / Stopwatch.GetElapsedTime(lastAt, now).TotalSeconds * 100);
            (lastCpu, lastAt) = (used, now);
        }
        return new IdleWatch((lastCpu - cpu) / Stopwatch.GetElapsedTime(began, lastAt).TotalSeconds * 100, Percentiles.Median(samples), samples.Min());
    }
}
