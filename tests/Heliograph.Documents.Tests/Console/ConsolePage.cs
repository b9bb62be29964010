// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.RegularExpressions;

namespace Heliograph.Documents.Tests.Console;

/// <summary>
/// The blocks of a page that are marked <c>console</c>: <c>$ command</c>, then what it prints. A command goes on in the next line after a backslash, or where that line begins with <c>&gt; </c>.
/// On the line before a block, <c>&lt;!-- check: none (reason) --&gt;</c> leaves it out, and <c>&lt;!-- check: repeat 30s --&gt;</c> lets its commands be repeated, at most so long, until they say what the page says.
/// </summary>
internal static partial class ConsolePage
{
    /// <summary>Longest repetition that a page may ask for.</summary>
    public static readonly TimeSpan RepeatMax = TimeSpan.FromSeconds(90);

    /// <summary>Reads a page.</summary>
    /// <exception cref="FormatException">A block or a comment is not written as above; the message says which line.</exception>
    public static IReadOnlyList<Step> Parse(string markdown)
    {
        var steps = new List<Step>();
        var lines = markdown.ReplaceLineEndings("\n").Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            if (!lines[at].StartsWith("```", StringComparison.Ordinal)) continue;
            var (language, repeat, isLeftOut) = (lines[at][3..].Trim(), TimeSpan.Zero, false);
            if (at > 0 && lines[at - 1].StartsWith("<!-- check:", StringComparison.Ordinal)) (isLeftOut, repeat) = Instruction(lines[at - 1], at);
            var end = Array.FindIndex(lines, at + 1, line => line.TrimEnd() == "```");
            if (end < 0) throw new FormatException($"Line {at + 1}: the block has no end.");
            if (language == "console" && !isLeftOut) steps.AddRange(Block(lines.AsSpan(at + 1, end - at - 1), at + 2, repeat));
            at = end;
        }
        return steps;
    }

    private static (bool IsLeftOut, TimeSpan Repeat) Instruction(string comment, int line)
    {
        if (None().IsMatch(comment)) return (true, TimeSpan.Zero);
        if (Repeat().Match(comment) is { Success: true } repeat && TimeSpan.FromSeconds(int.Parse(repeat.Groups[1].Value, CultureInfo.InvariantCulture)) is var span && span <= RepeatMax) return (false, span);
        throw new FormatException($"Line {line}: write <!-- check: none (the reason) -->, or <!-- check: repeat 30s --> with at most {RepeatMax.TotalSeconds} s.");
    }

    private static List<Step> Block(ReadOnlySpan<string> lines, int first, TimeSpan repeat)
    {
        var steps = new List<Step>();
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at].TrimEnd();
            if (line.StartsWith("$ ", StringComparison.Ordinal))
            {
                var (begins, command) = (at, line[2..]);
                while (at + 1 < lines.Length && (command.EndsWith('\\') || lines[at + 1].StartsWith("> ", StringComparison.Ordinal) || lines[at + 1].TrimEnd() == ">"))
                    command += "\n" + (lines[++at].StartsWith('>') ? lines[at][Math.Min(2, lines[at].Length)..] : lines[at]);
                steps.Add(new Step(first + begins, command.TrimEnd(), [], repeat));
            }
            else if (steps.Count == 0) throw new FormatException($"Line {first + at}: a console block begins with '$ command'.");
            else steps[^1] = steps[^1] with { Says = [.. steps[^1].Says, line] };
        }
        return steps.Count > 0 ? steps : throw new FormatException($"Line {first}: the block holds no command.");
    }

    [GeneratedRegex(@"^<!-- check: none \([^)]{8,}\) -->\s*$")]
    private static partial Regex None();

    [GeneratedRegex(@"^<!-- check: repeat ([1-9][0-9]{0,2})s -->\s*$")]
    private static partial Regex Repeat();
}
