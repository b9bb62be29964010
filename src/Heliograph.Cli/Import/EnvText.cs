// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.Cli.Import;

/// <summary>Reads and writes <c>.env</c> files: a line <c>NAME=value</c> a setting, every value text (docs/reference/cli.md).</summary>
/// <remarks>Two underscores stand for a colon, as .NET's provider of environment variables reads them. Nothing is expanded: a <c>$</c> that other readers would expand is refused outside single quotes.</remarks>
internal static class EnvText
{
    private const string Separator = "__";

    /// <summary>Reads a file.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="faults">Gets what is wrong, by line.</param>
    public static IReadOnlyList<JsonLeaf> Read(string text, List<string> faults)
    {
        var leaves = new List<JsonLeaf>();
        var (at, line) = (0, 1);
        while (at < text.Length)
        {
            var begin = line;
            var end = LineEnd(text, at);
            var content = text[at..end];
            var trimmed = content.TrimStart();
            if (trimmed.Length == 0 || trimmed[0] == '#')
            {
                (at, line) = (end + 1, line + 1);
                continue;
            }
            if (trimmed.StartsWith("export ", StringComparison.Ordinal)) trimmed = trimmed["export ".Length..].TrimStart();
            var equals = trimmed.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? "" : trimmed[..equals].TrimEnd();
            if (!IsName(name))
            {
                faults.Add(equals < 0 ? $"Line {line} is no NAME=value." : $"The name in line {line} is none: letters, digits, '_', '.', ':' and '-', no digit first.");
                (at, line) = (end + 1, line + 1);
                continue;
            }
            var value = Value(text, end - (trimmed.Length - equals - 1), ref end, ref line, faults);
            leaves.Add(new(name.Replace(Separator, ":", StringComparison.Ordinal), value, IsText: true, begin));
            (at, line) = (end + 1, line + 1);
        }
        return leaves;
    }

    /// <summary>Writes settings.</summary>
    /// <param name="settings">Keys and texts.</param>
    /// <param name="source">Where they were read, for errors.</param>
    /// <exception cref="ImportException">A key has no name that reads back to it.</exception>
    public static string Write(IEnumerable<KeyValuePair<string, string>> settings, string source)
    {
        var (text, faults) = (new StringBuilder(), new List<string>());
        foreach (var (key, value) in settings)
        {
            var name = key.Replace(":", Separator, StringComparison.Ordinal);
            if (!IsName(name) || name.Replace(Separator, ":", StringComparison.Ordinal) != key) faults.Add($"'{key}' has no name in an .env file.");
            else if (value.Contains('\0', StringComparison.Ordinal)) faults.Add($"The value of '{key}' holds a zero character.");
            else text.Append(name).Append('=').Append(Quoted(value)).Append('\n');
        }
        return faults.Count == 0 ? text.ToString() : throw new ImportException(source, faults);
    }

    private static string Quoted(string value)
    {
        if (value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or ':' or ',' or '+' or '@' or '%')) return value;
        if (!value.AsSpan().ContainsAny("'\r\n")) return $"'{value}'";
        var quoted = new StringBuilder("\"");
        foreach (var c in value)
            quoted.Append(c switch { '\n' => "\\n", '\r' => "\\r", '"' => "\\\"", '\\' => "\\\\", '$' => "\\$", _ => c.ToString() });
        return quoted.Append('"').ToString();
    }

    // 'end' and 'line' move on where a quoted value spans lines.
    private static string Value(string text, int at, ref int end, ref int line, List<string> faults)
    {
        var begin = line;
        while (at < end && (text[at] is ' ' or '\t')) at++;
        if (at >= end || text[at] is not ('"' or '\'')) return Unquoted(text[at..end], begin, faults);
        var quote = text[at++];
        var value = new StringBuilder();
        for (; at < text.Length && text[at] != quote; at++)
        {
            if (text[at] == '\n') line++;
            if (quote == '"' && text[at] == '$') faults.Add($"The value in line {begin} would be expanded by others ('$'); write \\$ or use single quotes.");
            if (quote == '"' && text[at] == '\\' && at + 1 < text.Length) value.Append(Escaped(text[++at], begin, faults));
            else value.Append(text[at]);
        }
        if (at >= text.Length) faults.Add($"The quote in line {begin} is not closed.");
        end = at >= text.Length ? text.Length : LineEnd(text, at);
        var rest = at >= text.Length ? "" : text[(at + 1)..end].Trim();
        if (rest.Length > 0 && rest[0] != '#') faults.Add($"Text follows the closing quote in line {line}.");
        return value.ToString();
    }

    private static string Unquoted(string raw, int line, List<string> faults)
    {
        var comment = raw.IndexOf(" #", StringComparison.Ordinal);
        var value = (comment < 0 ? raw.StartsWith('#') ? "" : raw : raw[..comment]).Trim();
        if (value.Contains('$', StringComparison.Ordinal)) faults.Add($"The value in line {line} would be expanded by others ('$'); use single quotes.");
        return value;
    }

    private static char Escaped(char c, int line, List<string> faults)
    {
        switch (c)
        {
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case '"' or '\\' or '$': return c;
            default:
                faults.Add($"'\\{PrintableEscape(c)}' in line {line} is no escape: \\n, \\r, \\t, \\\", \\\\ and \\$ are.");
                return c;
        }
    }

    private static string PrintableEscape(char c) => char.IsControl(c) ? "?" : c.ToString();

    private static int LineEnd(string text, int at)
    {
        var end = text.IndexOf('\n', at);
        return end < 0 ? text.Length : end;
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '-');
}
