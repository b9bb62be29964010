// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;

namespace Heliograph.Documents.Tests.Console;

/// <summary>Whether a command printed what its page says. <c>…</c> stands for any text of a line; alone on a line, for any lines, also none.</summary>
internal static class Expectation
{
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Compares, spaces at the ends of lines and empty lines at the end aside.</summary>
    public static bool IsMet(IReadOnlyList<string> says, string output)
    {
        var pattern = string.Concat(says.Select(line => line.Trim() == "…" ? "(?:[^\n]*\n)*?" : Regex.Escape(line.TrimEnd()).Replace("…", "[^\n]*?", StringComparison.Ordinal) + "\n"));
        var lines = output.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd());
        var text = string.Join('\n', lines).TrimEnd('\n');
        return Regex.IsMatch(text.Length == 0 ? "" : text + "\n", $"\\A{pattern}\\z", RegexOptions.CultureInvariant, s_matchTimeout);
    }
}
