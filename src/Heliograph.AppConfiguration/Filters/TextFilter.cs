// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.AppConfiguration.Filters;

/// <summary>A filter on keys, labels or names: anything, or up to five texts, each exact or a prefix.</summary>
/// <remarks><c>,</c> separates, a trailing <c>*</c> makes a prefix, <c>\</c> makes the next character stand for itself. An element that is only U+0000 stands for "no label".</remarks>
internal sealed class TextFilter
{
    /// <summary>Most elements of a filter.</summary>
    public const int ElementsMax = 5;

    private readonly Element[] _elements; // empty: anything

    private TextFilter(Element[] elements) => _elements = elements;

    /// <summary>Lets everything pass.</summary>
    public static TextFilter Any { get; } = new([]);

    /// <summary>Lets only what has no label pass.</summary>
    public static TextFilter Absent { get; } = new([new(null, false)]);

    /// <summary>Whether everything passes.</summary>
    public bool IsAny => _elements.Length == 0;

    /// <summary>The one text that passes, if it is only one.</summary>
    public string? Single => _elements is [{ Text: { } text, IsPrefix: false }] ? text : null;

    /// <summary>What everything that passes begins with; empty if nothing is known.</summary>
    public string CommonPrefix => _elements is [{ Text: { } text }] ? text : "";

    /// <summary>Whether at most one text, or none at all, can pass.</summary>
    public bool IsExact => _elements is [{ IsPrefix: false }];

    /// <summary>Reads a filter.</summary>
    /// <param name="parameter">Its name, for errors.</param>
    /// <param name="text">What came, decoded; <see langword="null"/> or empty: anything.</param>
    /// <param name="mayBeAbsent">Whether U+0000 stands for "none": so for labels.</param>
    /// <exception cref="FilterException">It is malformed, or has too many elements.</exception>
    public static TextFilter Parse(string parameter, string? text, bool mayBeAbsent)
    {
        if (string.IsNullOrEmpty(text)) return Any;
        var elements = new List<Element>();
        var current = new StringBuilder();
        var (isPrefix, isAny, isEscaped) = (false, false, false);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && !isEscaped))
            {
                if (isEscaped) throw Invalid(parameter, i - 1);
                isAny |= isPrefix && current.Length == 0;
                Add(parameter, elements, new(Text(parameter, current.ToString(), mayBeAbsent), isPrefix));
                current.Clear();
                isPrefix = false;
                continue;
            }
            if (isPrefix) throw Invalid(parameter, i - 1); // after a '*' nothing more comes
            var c = text[i];
            if (isEscaped) isEscaped = false;
            else if (c == '\\') { isEscaped = true; continue; }
            else if (c == '*') { isPrefix = true; continue; }
            if (char.IsControl(c) && c != '\0') throw Invalid(parameter, i);
            current.Append(c);
        }
        return isAny ? Any : new([.. elements]);
    }

    /// <summary>Whether a text passes; <see langword="null"/> is "none".</summary>
    public bool Matches(string? text)
    {
        if (_elements.Length == 0) return true;
        foreach (var element in _elements)
            if (element.Matches(text)) return true;
        return false;
    }

    private static void Add(string parameter, List<Element> elements, Element element)
    {
        if (elements.Count == ElementsMax) throw new FilterException(parameter, $"{parameter}: Too many values. Maximum supported is {ElementsMax}");
        elements.Add(element);
    }

    private static string? Text(string parameter, string text, bool mayBeAbsent)
    {
        if (mayBeAbsent && text is "\0" or "") return null;
        var at = text.IndexOf('\0', StringComparison.Ordinal);
        return at < 0 ? text : throw Invalid(parameter, at);
    }

    /// <summary>A character stands where it must not: positions count from 0, as the service's do.</summary>
    private static FilterException Invalid(string parameter, int position) => new(parameter, $"{parameter}({position}): Invalid character");

    private readonly record struct Element(string? Text, bool IsPrefix)
    {
        public bool Matches(string? text) =>
            Text is null ? (text is null && !IsPrefix)
            : text is not null && (IsPrefix ? text.StartsWith(Text, StringComparison.Ordinal) : text == Text);
    }
}
