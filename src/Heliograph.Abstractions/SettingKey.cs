// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace Heliograph;

/// <summary>What identifies a setting inside its namespace: a key and, where there is one, a label.</summary>
/// <remarks>
/// Compared character by character. A key has 1 to <see cref="Limits.KeyCharsMax"/> characters, a label 1 to
/// <see cref="Limits.LabelCharsMax"/>; neither holds control characters or half a surrogate pair, and a key is neither
/// <c>.</c> nor <c>..</c>. An absent label and an empty one are the same thing and are kept as <see langword="null"/>.
/// </remarks>
public readonly record struct SettingKey : IComparable<SettingKey>
{
    private readonly string? _key;

    private SettingKey(string key, string? label) => (_key, Label) = (key, label);

    /// <summary>The key.</summary>
    public string Key => _key ?? throw new InvalidOperationException("An uninitialized SettingKey was used.");

    /// <summary>The label, or <see langword="null"/> for a setting without one.</summary>
    public string? Label { get; }

    /// <summary>Makes a key, or says why it is none.</summary>
    /// <exception cref="FormatException">Key or label is outside the grammar; the message says where.</exception>
    public static SettingKey Create(string key, string? label = null) =>
        TryCreate(key, label, out var result, out var error) ? result : throw new FormatException(error);

    /// <summary>Makes a key, or says in <paramref name="error"/> what is wrong and where.</summary>
    public static bool TryCreate([NotNullWhen(true)] string? key, string? label, out SettingKey result, [NotNullWhen(false)] out string? error)
    {
        result = default;
        error = Fault(key, label);
        if (error is not null) return false;
        result = new(key!, string.IsNullOrEmpty(label) ? null : label);
        return true;
    }

    private static string? Fault(string? key, string? label)
    {
        if (string.IsNullOrEmpty(key)) return "A key must not be empty.";
        if (key is "." or "..") return $"A key must not be '{key}'.";
        return TextRules.Fault("key", key, Limits.KeyCharsMax) ?? (label is null ? null : TextRules.Fault("label", label, Limits.LabelCharsMax));
    }

    /// <summary>Orders by key, then label, both ordinally; a setting without label comes first.</summary>
    public int CompareTo(SettingKey other)
    {
        var byKey = string.CompareOrdinal(_key, other._key);
        return byKey != 0 ? byKey : string.CompareOrdinal(Label, other.Label);
    }

    /// <summary><c>key</c>, or <c>key@label</c>. For people; it does not parse back.</summary>
    public override string ToString() => Label is null ? Key : $"{Key}@{Label}";
}
