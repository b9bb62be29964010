// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Scale.Tree;

/// <summary>How long this machine's cores have been busy, whoever kept them so.</summary>
internal static class MachineCpu
{
    private const double TicksPerSecond = 100; // USER_HZ, which every Linux shows to programs

    /// <summary>Seconds, over all cores: everything but idling and waiting for disks.</summary>
    public static double BusySeconds => Parse(File.ReadLines("/proc/stat").First());

    /// <summary>Reads <c>cpu user nice system idle iowait irq softirq steal …</c>.</summary>
    public static double Parse(string line)
    {
        double[] ticks = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        return ticks.Length == 8 ? (ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond : throw new InvalidDataException($"'{line}' is not the first line of /proc/stat.");
    }
}
