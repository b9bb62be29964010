// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.Cli.Terminal;

/// <summary>Text of others on the reader's terminal: a value or an answer must not move the cursor or change colours.</summary>
internal static class PrintableText
{
    /// <summary>One line of at most <paramref name="charsMax"/> characters: line ends become ⏎, other control characters �.</summary>
    public static string OneLine(string text, int charsMax)
    {
        var cut = text.Length > charsMax;
        if (cut) text = text[..(charsMax - 1)];
        if (!cut && !text.Any(char.IsControl)) return text;
        var printable = new StringBuilder(text.Length + 1);
        foreach (var c in text) printable.Append(c == '\n' ? '⏎' : c == '\t' ? ' ' : char.IsControl(c) ? '\uFFFD' : c);
        return (cut ? printable.Append('…') : printable).ToString();
    }
}
