// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.AppConfiguration.Http;

/// <summary>Dates as clients write them: RFC 1123, ISO 8601, and the form of an old Python client.</summary>
internal static class LooseDate
{
    private static readonly string[] Others = ["MMM, dd yyyy HH:mm:ss.FFFFFFF 'GMT'", "MMM, d yyyy HH:mm:ss.FFFFFFF 'GMT'", "ddd, dd MMM yyyy HH:mm:ss.FFFFFFF 'GMT'"];

    private const int Rfc1123Chars = 29;
    private const string Months = "JanFebMarAprMayJunJulAugSepOctNovDec";

    /// <summary>Reads a date; without an offset it is UTC.</summary>
    public static bool TryParse(string? text, out DateTimeOffset date)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces;
        date = default;
        if (text is { Length: Rfc1123Chars } && TryRfc1123(text, out date)) return true; // nearly all clients, at every request
        return text is { Length: > 0 and <= 64 }
            && (DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, Utc, out date)
                || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out date)
                || DateTimeOffset.TryParseExact(text, Others, CultureInfo.InvariantCulture, Utc, out date));
    }

    /// <summary>Reads <c>ddd, dd MMM yyyy HH:mm:ss GMT</c>, and leaves what is not quite that to others. The name of the day is not looked at: it proves nothing.</summary>
    private static bool TryRfc1123(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        if (text is not [_, _, _, ',', ' ', _, _, ' ', _, _, _, ' ', _, _, _, _, ' ', _, _, ':', _, _, ':', _, _, ' ', 'G', 'M', 'T']) return false;
        var month = Months.AsSpan().IndexOf(text.Slice(8, 3), StringComparison.Ordinal);
        if (month < 0 || month % 3 != 0) return false;
        var (day, year, hour, minute, second) = (Number(text.Slice(5, 2)), Number(text.Slice(12, 4)), Number(text.Slice(17, 2)), Number(text.Slice(20, 2)), Number(text.Slice(23, 2)));
        if (year < 1 || day < 1 || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59 || day > DateTime.DaysInMonth(year, month / 3 + 1)) return false;
        date = new(year, month / 3 + 1, day, hour, minute, second, TimeSpan.Zero);
        return true;
    }

    private static int Number(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit)) return -1;
            number = 10 * number + (digit - '0');
        }
        return number;
    }
}
