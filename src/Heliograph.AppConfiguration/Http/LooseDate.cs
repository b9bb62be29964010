// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.AppConfiguration.Http;

/// <summary>Dates as clients write them: RFC 1123, ISO 8601, and the form of an old Python client.</summary>
internal static class LooseDate
{
    private static readonly string[] Others = ["MMM, dd yyyy HH:mm:ss.FFFFFFF 'GMT'", "MMM, d yyyy HH:mm:ss.FFFFFFF 'GMT'", "ddd, dd MMM yyyy HH:mm:ss.FFFFFFF 'GMT'"];

    /// <summary>Reads a date; without an offset it is UTC.</summary>
    public static bool TryParse(string? text, out DateTimeOffset date)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces;
        date = default;
        return text is { Length: > 0 and <= 64 }
            && (DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, Utc, out date)
                || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out date)
                || DateTimeOffset.TryParseExact(text, Others, CultureInfo.InvariantCulture, Utc, out date));
    }
}
