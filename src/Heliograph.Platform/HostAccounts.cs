// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Platform;

/// <summary>Users and groups of this host, out of <c>/etc/passwd</c> and <c>/etc/group</c>. Those of a directory service are given by number.</summary>
public static class HostAccounts
{
    /// <summary>The number of a user, by name or number.</summary>
    public static bool TryUser(string text, out uint id) => TryFind("/etc/passwd", text, out id);

    /// <summary>The number of a group, by name or number.</summary>
    public static bool TryGroup(string text, out uint id) => TryFind("/etc/group", text, out id);

    private static bool TryFind(string file, string text, out uint id)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id != uint.MaxValue) return true; // the largest means "unchanged"
        if (!File.Exists(file)) return false;
        foreach (var line in File.ReadLines(file))
            if (line.Split(':') is [var name, _, var number, ..] && name == text) return uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out id);
        return false;
    }
}
