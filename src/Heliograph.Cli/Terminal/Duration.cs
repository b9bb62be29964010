// SPDX-License-Identifier: Apache-2.0
using System.CommandLine.Parsing;
using System.Globalization;

namespace Heliograph.Cli.Terminal;

/// <summary>Spans of time as people write them: <c>500ms</c>, <c>30s</c>, <c>2m</c>, <c>1h</c>, <c>90d</c>.</summary>
internal static class Duration
{
    private static readonly (string Unit, double Milliseconds)[] s_units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary>Reads the one token of an option, or reports what is wrong with it.</summary>
    public static TimeSpan Parse(ArgumentResult result)
    {
        if (TryParse(result.Tokens[0].Value, out var span)) return span;
        result.AddError($"'{result.Tokens[0].Value}' is no duration. Write a number and a unit: 500ms, 30s, 2m, 1h, 90d.");
        return TimeSpan.Zero;
    }

    /// <summary>Reads a number of at least 0 and a unit; at most 3,650 days.</summary>
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = TimeSpan.Zero;
        foreach (var (unit, milliseconds) in s_units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) continue;
            if (!(number * milliseconds <= TimeSpan.FromDays(3_650).TotalMilliseconds)) return false; // NaN is not within it either
            span = TimeSpan.FromMilliseconds(number * milliseconds);
            return true;
        }
        return false;
    }
}
