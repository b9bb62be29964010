// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace Heliograph.Yardstick.Pictures;

/// <summary>The lines of a recording, before they are made figures of.</summary>
internal static class RecordedLines
{
    /// <summary>A recording of which some systems were taken anew: their former runs go, those of others stay, and so do the machines that these were taken on.</summary>
    /// <param name="former">What was recorded.</param>
    /// <param name="anew">The new sittings.</param>
    public static IEnumerable<string> Merge(IReadOnlyList<string> former, IReadOnlyList<string> anew)
    {
        var taken = anew.Select(SystemOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
        string? machine = null;
        var kept = new List<string>();
        foreach (var line in former.Where(line => line.Length > 0))
        {
            if (SystemOf(line) is not { } system)
            {
                machine = line;
                continue;
            }
            if (taken.Contains(system)) continue;
            if (machine is not null) kept.Add(machine); // only of sittings that are left
            machine = null;
            kept.Add(line);
        }
        return [.. kept, .. anew];
    }

    /// <summary>The system of a run; <see langword="null"/>: the line is of a machine.</summary>
    private static string? SystemOf(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.TryGetProperty("system", out var system) ? system.GetString() : null;
    }
}
