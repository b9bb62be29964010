// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Scale.Tree;

/// <summary>How many threads a process lets work at once: a pool adds some while others wait for a disk.</summary>
internal static class PoolWorkers
{
    private const string ThreadName = ".NET TP Worker";

    /// <summary>Threads of the pool of one of these processes, on average.</summary>
    public static double MeanOf(IReadOnlyCollection<MeasuredProcess> processes) => processes.Count == 0 ? 0 : processes.Average(process => Of(process.Id));

    private static int Of(int process) => Directory.GetDirectories($"/proc/{process}/task").Count(thread => NameOf(thread) == ThreadName);

    private static string NameOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd('\n');
        }
        catch (IOException)
        {
            return ""; // it has ended since the directory was read
        }
    }
}
