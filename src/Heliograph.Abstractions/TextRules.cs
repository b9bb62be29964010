// SPDX-License-Identifier: Apache-2.0
namespace Heliograph;

/// <summary>What every piece of text that names something obeys: bounded, no control characters, well-formed UTF-16.</summary>
public static class TextRules
{
    /// <summary>What is wrong with <paramref name="text"/>, or <see langword="null"/>. Never quotes the text: it may be secret or unprintable.</summary>
    /// <param name="what">What the text is, for the message: <c>key</c>, <c>label</c>.</param>
    /// <param name="text">The text to check.</param>
    /// <param name="charsMax">Most UTF-16 characters.</param>
    public static string? Fault(string what, string text, int charsMax)
    {
        if (text.Length > charsMax) return $"A {what} has at most {charsMax} characters; this one has {text.Length}.";
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsControl(c)) return $"A {what} must not hold control characters; there is one at position {i + 1} (U+{(int)c:X4}).";
            if (!char.IsSurrogate(c)) continue;
            if (!char.IsHighSurrogate(c) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return $"A {what} must be well-formed Unicode; half a surrogate pair stands at position {i + 1}.";
            i++;
        }
        return null;
    }
}
