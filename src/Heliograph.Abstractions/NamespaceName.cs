// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace Heliograph;

/// <summary>The name of a namespace: the unit of atomicity, authorization, subscription and rollout.</summary>
/// <remarks>
/// Segments of lower-case letters, digits, <c>-</c> and <c>_</c>, each beginning and ending with a letter or digit, joined by
/// single dots; 1 to <see cref="Limits.NamespaceNameCharsMax"/> characters, for example <c>payments.checkout.prod</c>.
/// Names beginning with <c>heliograph.</c> are reserved for the realm itself.
/// </remarks>
public readonly record struct NamespaceName : IComparable<NamespaceName>
{
    private readonly string? _value;

    private NamespaceName(string value) => _value = value;

    /// <summary>Holds roles, trust root and feature level; every replica subscribes to it.</summary>
    public static NamespaceName Realm { get; } = new("heliograph.realm");

    /// <summary>Holds what proves callers to the origin (hashes of API tokens); never served to a subscriber.</summary>
    public static NamespaceName Credentials { get; } = new("heliograph.credentials");

    /// <summary>Holds changes that wait for the consent of others; never served to a subscriber, and read through the API's own calls for it only.</summary>
    public static NamespaceName Requests { get; } = new("heliograph.requests");

    /// <summary>No namespace, but the log itself, as roles name it: a reader of it may be given every entry verbatim, whatever namespace it is of. There is never a namespace of this name.</summary>
    public static NamespaceName Log { get; } = new("heliograph.log");

    /// <summary>The name as text.</summary>
    /// <exception cref="InvalidOperationException">This is the default value, which names nothing.</exception>
    public string Value => _value ?? throw new InvalidOperationException("An uninitialized NamespaceName was used.");

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsEmpty => _value is null;

    /// <summary>Whether the name belongs to the realm itself and is not an author's to create or delete.</summary>
    public bool IsReserved => _value is not null && (_value == "heliograph" || _value.StartsWith("heliograph.", StringComparison.Ordinal));

    /// <summary>Whether it is the origin's alone: nobody reads or subscribes to it, whatever roles they have.</summary>
    public bool IsPrivate => this == Credentials || this == Requests;

    /// <summary>Reads a name, or says why it is none.</summary>
    /// <exception cref="FormatException">The text is outside the grammar; the message says where.</exception>
    public static NamespaceName Parse(string text) => TryParse(text, out var name, out var error) ? name : throw new FormatException(error);

    /// <summary>Reads a name, or says in <paramref name="error"/> what is wrong and where.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NamespaceName name, [NotNullWhen(false)] out string? error)
    {
        name = default;
        error = Fault(text);
        if (error is not null) return false;
        name = new(text!);
        return true;
    }

    private static string? Fault(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "A namespace name must not be empty.";
        if (text.Length > Limits.NamespaceNameCharsMax) return $"A namespace name has at most {Limits.NamespaceNameCharsMax} characters; this one has {text.Length}.";
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var edge = i == 0 || i == text.Length - 1 || text[i - 1] == '.' || text[i + 1] == '.';
            var alphanumeric = char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
            if (alphanumeric || (!edge && c is '-' or '_' or '.')) continue;
            return edge && c is '-' or '_' or '.'
                ? $"A namespace name's segments begin and end with a letter or digit; look at position {i + 1} of the name."
                : $"A namespace name holds lower-case letters, digits, '-', '_' and '.'; the character at position {i + 1} is none of them.";
        }
        return null;
    }

    /// <inheritdoc/>
    public int CompareTo(NamespaceName other) => string.CompareOrdinal(_value, other._value);

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";
}
