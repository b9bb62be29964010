// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Benchmarks.AppConfiguration;

/// <summary><c>./bench azure</c>: which work, for how long, how often.</summary>
internal static class AppConfigurationCommand
{
    private const int SecondsMax = 30, PairsMax = 20;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var (works, seconds, pairs) = (new List<string>(), 2, 3);
        for (var i = 0; i < arguments.Count; i++)
        {
            if (AppConfigurationBenchmark.Works.Contains(arguments[i])) works.Add(arguments[i]);
            else if (arguments[i] == "--seconds" && Number(i + 1, SecondsMax) is { } time) (seconds, i) = (time, i + 1);
            else if (arguments[i] == "--pairs" && Number(i + 1, PairsMax) is { } times) (pairs, i) = (times, i + 1);
            else
            {
                Console.Error.WriteLine($"error: '{arguments[i]}' is not understood. There are {string.Join(", ", AppConfigurationBenchmark.Works)}, --seconds 1 to {SecondsMax} and --pairs 1 to {PairsMax}.");
                return 2;
            }
        }
        var directory = Directory.CreateTempSubdirectory("helio-bench-").FullName;
        try
        {
            await AppConfigurationBenchmark.RunAsync(directory, works.Count > 0 ? works : AppConfigurationBenchmark.Works, TimeSpan.FromSeconds(seconds), pairs);
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        int? Number(int at, int max) => at < arguments.Count && int.TryParse(arguments[at], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= max ? value : null;
    }
}
