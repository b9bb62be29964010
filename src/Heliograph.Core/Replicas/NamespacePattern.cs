// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace Heliograph.Core.Replicas;

/// <summary>Which namespaces a replica keeps whether or not anyone asks: one by name, all under a prefix, or the realm's.</summary>
/// <remarks>Written <c>payments.api</c>, <c>payments.*</c> (or <c>payments.</c>), <c>*</c>. Neither a prefix nor <c>*</c> covers reserved names; <c>payments.*</c> does not cover <c>payments</c>.</remarks>
public readonly record struct NamespacePattern : IComparable<NamespacePattern>
{
    private const string All = "*", Under = ".*";

    private readonly string? _text;

    private NamespacePattern(string text) => _text = text;

    /// <summary>Every namespace of the realm, but reserved ones.</summary>
    public static NamespacePattern Realm { get; } = new(All);

    /// <summary>The one spelling of it.</summary>
    /// <exception cref="InvalidOperationException">This is the default value, which covers nothing.</exception>
    public string Text => _text ?? throw new InvalidOperationException("An uninitialized NamespacePattern was used.");

    /// <summary>Whether it names one namespace, which may be reserved.</summary>
    public bool IsName => Text != All && !Text.EndsWith(Under, StringComparison.Ordinal);

    /// <summary>The one namespace that it names.</summary>
    /// <exception cref="InvalidOperationException">It is a prefix or the realm.</exception>
    public NamespaceName Name => IsName ? NamespaceName.Parse(Text) : throw new InvalidOperationException($"{Text} covers more than one namespace.");

    /// <summary>Whether it covers a namespace.</summary>
    public bool Covers(NamespaceName name)
    {
        if (IsName) return name.Value == Text;
        return !name.IsReserved && (Text == All || name.Value.StartsWith(Text.AsSpan()[..^1], StringComparison.Ordinal));
    }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static NamespacePattern Parse(string text) => TryParse(text, out var pattern, out var error) ? pattern : throw new FormatException(error);

    /// <summary>Reads a pattern, or says in <paramref name="error"/> what is wrong with it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NamespacePattern pattern, [NotNullWhen(false)] out string? error)
    {
        (pattern, error) = (default, null);
        if (text == All)
        {
            pattern = Realm;
            return true;
        }
        var isUnder = text is not null && (text.EndsWith(Under, StringComparison.Ordinal) || text.EndsWith('.'));
        var name = isUnder ? text![..text!.LastIndexOf('.')] : text;
        if (!NamespaceName.TryParse(name, out var parsed, out var fault))
        {
            error = $"A namespace is named whole (payments.api), by a prefix (payments.*), or all of them are (*). {fault}";
            return false;
        }
        if (isUnder && parsed.IsReserved)
        {
            error = "Names beginning 'heliograph' are the realm's own: name them whole.";
            return false;
        }
        pattern = new(isUnder ? parsed.Value + Under : parsed.Value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(NamespacePattern other) => string.CompareOrdinal(_text, other._text);

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";
}
