// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace Heliograph.Cli.Import;

/// <summary>Reads and writes Java properties, in UTF-8: every value text, keys as they stand (docs/reference/cli.md).</summary>
internal static class PropertiesText
{
    /// <summary>Reads a file.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="faults">Gets what is wrong, by line.</param>
    public static IReadOnlyList<JsonLeaf> Read(string text, List<string> faults)
    {
        var leaves = new List<JsonLeaf>();
        foreach (var (content, line) in LogicalLines(text))
        {
            var at = 0;
            var key = Unescaped(content, ref at, line, faults, stopAtSeparator: true);
            while (at < content.Length && IsBlank(content[at])) at++;
            if (at < content.Length && (content[at] is '=' or ':'))
            {
                at++;
                while (at < content.Length && IsBlank(content[at])) at++;
            }
            var value = Unescaped(content, ref at, line, faults, stopAtSeparator: false);
            if (key.Length == 0) faults.Add($"Line {line} has no key.");
            leaves.Add(new(key, value, IsText: true, line));
        }
        return leaves;
    }

    /// <summary>Writes settings.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string>> settings)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in settings)
        {
            Escaped(text, key, isKey: true);
            text.Append('=');
            Escaped(text, value, isKey: false);
            text.Append('\n');
        }
        return text.ToString();
    }

    // A line that ends with an odd number of backslashes goes on in the next one, whose leading blanks do not count.
    private static IEnumerable<(string Content, int Line)> LogicalLines(string text)
    {
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var (begin, content) = (i + 1, lines[i].TrimStart(' ', '\t', '\f'));
            if (content.Length == 0 || content[0] is '#' or '!') continue;
            var whole = new StringBuilder(content);
            while (EndsInOddBackslashes(whole) && i + 1 < lines.Length)
            {
                whole.Length--;
                whole.Append(lines[++i].TrimStart(' ', '\t', '\f'));
            }
            if (EndsInOddBackslashes(whole)) whole.Length--;
            yield return (whole.ToString(), begin);
        }
    }

    private static bool EndsInOddBackslashes(StringBuilder text)
    {
        var count = 0;
        while (count < text.Length && text[text.Length - 1 - count] == '\\') count++;
        return count % 2 == 1;
    }

    private static string Unescaped(string content, ref int at, int line, List<string> faults, bool stopAtSeparator)
    {
        var result = new StringBuilder();
        for (; at < content.Length; at++)
        {
            var c = content[at];
            if (stopAtSeparator && (IsBlank(c) || c is '=' or ':')) break;
            if (c != '\\')
            {
                result.Append(c);
                continue;
            }
            c = content[++at]; // never past the end: a last single backslash was taken off
            if (c != 'u') result.Append(c switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'f' => '\f', _ => c });
            else if (at + 4 < content.Length && ushort.TryParse(content.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                result.Append((char)unit);
                at += 4;
            }
            else faults.Add($"'\\u' in line {line} is not followed by four hexadecimal digits.");
        }
        var text = result.ToString();
        if (!IsWellFormed(text)) faults.Add($"A text in line {line} is not well-formed Unicode.");
        return text;
    }

    private static void Escaped(StringBuilder text, string raw, bool isKey)
    {
        for (var i = 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c == '\\' || (isKey && (c is '=' or ':' or ' ')) || (i == 0 && (c is '#' or '!' or ' '))) text.Append('\\').Append(c);
            else if (c == '\n') text.Append("\\n");
            else if (c == '\r') text.Append("\\r");
            else if (c == '\t') text.Append("\\t");
            else if (char.IsControl(c)) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else text.Append(c);
        }
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return false;
            i++;
        }
        return true;
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\f';
}
