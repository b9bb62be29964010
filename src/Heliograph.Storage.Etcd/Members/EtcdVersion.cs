// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Storage.Etcd.Members;

/// <summary>Which releases of etcd keep the promises that this store rests on.</summary>
internal static class EtcdVersion
{
    private static readonly Version First35 = new(3, 5, 33), First36 = new(3, 6, 14);

    /// <summary>Why a release is not supported, or <see langword="null"/> if it is: 3.5.33 and later of the 3.5 line, 3.6.14 and later, and whatever comes after.</summary>
    /// <param name="text">As the member says it: <c>3.5.33</c>.</param>
    public static string? Fault(string text)
    {
        if (!TryParse(text, out var version)) return $"its version, '{Printable(text)}', is not one that can be judged";
        if (version >= First36 || (version >= First35 && version.Minor == 5 && version.Major == 3)) return null;
        const string needed = "3.5.33 or 3.6.14 is needed";
        return version.Major == 3 && version.Minor >= 5
            ? $"it is etcd {version}, and {needed}: watches of earlier ones could miss or leak events"
            : $"it is etcd {version}, a line that is not maintained any more, and {needed}: known faults of it give stale linearizable reads after a pause, revisions that fall after a crash, and leases that are renewed after they ended";
    }

    private static bool TryParse(string text, out Version version)
    {
        version = new();
        var digits = text.AsSpan();
        if (digits.IndexOfAny('-', '+') is >= 0 and var end) digits = digits[..end]; // 3.6.0-rc.1 counts as 3.6.0
        Span<Range> parts = stackalloc Range[4];
        if (digits.Split(parts, '.') != 3) return false;
        Span<int> numbers = stackalloc int[3];
        for (var i = 0; i < numbers.Length; i++)
            if (!int.TryParse(digits[parts[i]], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return false;
        version = new(numbers[0], numbers[1], numbers[2]);
        return true;
    }

    private static string Printable(string text) => new([.. text.Take(40).Select(letter => letter is >= ' ' and <= '~' ? letter : '?')]);
}
