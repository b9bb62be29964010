// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.AppConfiguration.Filters;

/// <summary>Tags that a key-value must have, all of them, exactly.</summary>
internal sealed class TagFilter
{
    /// <summary>Most tags of a filter.</summary>
    public const int TagsMax = 5;

    private readonly (string Name, string Value)[] _tags;

    private TagFilter((string, string)[] tags) => _tags = tags;

    /// <summary>Lets everything pass.</summary>
    public static TagFilter Any { get; } = new([]);

    /// <summary>Whether everything passes.</summary>
    public bool IsAny => _tags.Length == 0;

    /// <summary>Reads <c>name=value</c>, repeated; <c>\</c> makes the next character stand for itself, and a value of U+0000 means that the tag has none.</summary>
    /// <exception cref="FilterException">One is malformed, or there are too many.</exception>
    public static TagFilter Parse(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0) return Any;
        if (texts.Count > TagsMax) throw new FilterException("tags", $"tags: Too many values. Maximum supported is {TagsMax}");
        return new([.. texts.Select(ParseOne)]);
    }

    /// <summary>Whether a key-value with these tags passes.</summary>
    public bool Matches(Setting setting)
    {
        foreach (var (name, value) in _tags)
        {
            var has = false;
            foreach (var (itsName, itsValue) in setting.Tags) has |= itsName == name && itsValue == value;
            if (!has) return false;
        }
        return true;
    }

    private static (string Name, string Value) ParseOne(string text)
    {
        var (part, isEscaped) = (new StringBuilder(), false);
        string? name = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (isEscaped) isEscaped = false;
            else if (c == '\\') { isEscaped = true; continue; }
            else if (c == '=' && name is null)
            {
                (name, part) = (part.ToString(), part.Clear());
                continue;
            }
            if (char.IsControl(c) && c != '\0') throw new FilterException("tags", $"tags({i + 1}): Invalid character");
            part.Append(c);
        }
        if (isEscaped || name is null) throw new FilterException("tags", $"tags({text.Length}): Invalid character. A tag filter is written name=value");
        if (name.Length == 0) throw new FilterException("tags", "tags(1): A tag's name must not be empty");
        var value = part.ToString();
        return value.Length <= 1 || !value.Contains('\0', StringComparison.Ordinal) ? (name, value) : throw new FilterException("tags", "tags: Invalid character");
    }
}
