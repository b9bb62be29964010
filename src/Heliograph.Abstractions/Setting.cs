// SPDX-License-Identifier: Apache-2.0
namespace Heliograph;

/// <summary>A value under a key and label, with what is said about it.</summary>
/// <param name="Key">What identifies it in its namespace.</param>
/// <param name="Value">Its text, at most <see cref="Limits.ValueBytesMax"/> bytes of UTF-8. Never written to a log.</param>
/// <param name="ContentType">A media type such as <c>application/json</c>, or <see langword="null"/>.</param>
/// <param name="Tags">Name and value pairs, names unique, ordered by name ordinally.</param>
/// <param name="IsLocked">Whether changes are refused until it is unlocked.</param>
/// <param name="Description">What it is for, for people, at most <see cref="Limits.DescriptionCharsMax"/> characters; <see langword="null"/> or empty for none.</param>
/// <param name="Marks">What some protocols tell apart and most readers do not. Default none.</param>
public sealed record Setting(
    SettingKey Key,
    string Value,
    string? ContentType,
    IReadOnlyList<KeyValuePair<string, string>> Tags,
    bool IsLocked = false,
    string? Description = null,
    SettingMarks Marks = SettingMarks.None)
{
    /// <summary>The value of a tag that has none, for protocols that tell it from an empty one.</summary>
    public const string NoTagValue = "\0";

    /// <summary>A setting with a value and nothing else.</summary>
    public static Setting Of(string key, string value, string? label = null, string? contentType = null) =>
        new(SettingKey.Create(key, label), value, contentType, []);

    /// <summary>Compares everything, tags included.</summary>
    public bool Equals(Setting? other) =>
        other is not null && Key == other.Key && Value == other.Value && ContentType == other.ContentType
        && IsLocked == other.IsLocked && Description == other.Description && Marks == other.Marks && Tags.SequenceEqual(other.Tags);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Key, Value, ContentType, IsLocked, Tags.Count);

    /// <summary>The key alone: a value must not reach a log through an interpolated string.</summary>
    public override string ToString() => Key.ToString();
}
