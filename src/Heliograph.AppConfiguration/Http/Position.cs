// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;
using System.Text;
using Heliograph.AppConfiguration.Filters;

namespace Heliograph.AppConfiguration.Http;

/// <summary>The <c>after</c> token: where a page ended. base64url without padding, as some clients decode it twice.</summary>
internal static class Position
{
    private const string Parameter = "after";
    private const int CharsMax = 8 << 10;

    /// <summary>Behind a key-value, in the store as it was at a revision: so the pages of one list tell of one moment, whatever is written between them.</summary>
    public static string Of(SettingKey key, Revision? revision) => Of(revision is { } pinned ? $"{key.Key}\0{key.Label}\0{pinned}" : $"{key.Key}\0{key.Label}");

    /// <summary>Behind a text; <see langword="null"/> for "none", which comes first.</summary>
    public static string OfText(string? text) => Of(text is null ? "\0" : $"={text}");

    /// <summary>Behind the n-th change of an entry.</summary>
    public static string Of(long sequence, int index) => Of(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{sequence}.{index}"));

    /// <summary>The key-value behind which to go on; <see langword="null"/>: at the beginning.</summary>
    /// <exception cref="FilterException">It is no position of such a list.</exception>
    public static SettingKey? Key(string? token)
    {
        if (string.IsNullOrEmpty(token)) return null;
        return Text(token).Split('\0') is [{ Length: > 0 } name, var label, ..] && SettingKey.TryCreate(name, label, out var key, out _) ? key : throw Invalid();
    }

    /// <summary>The revision that a list of key-values began at; <see langword="null"/> if the token names none.</summary>
    /// <exception cref="FilterException">It is no position of such a list.</exception>
    public static Revision? RevisionOf(string? token)
    {
        if (string.IsNullOrEmpty(token) || Text(token).Split('\0') is not [_, _, var text]) return null;
        return Revision.TryParse(text, out var revision) ? revision : throw Invalid();
    }

    /// <summary>The text behind which to go on.</summary>
    /// <returns>Whether there is a position, and its text.</returns>
    /// <exception cref="FilterException">It is no position of such a list.</exception>
    public static (bool IsGiven, string? Text) TextAfter(string? token)
    {
        if (string.IsNullOrEmpty(token)) return (false, null);
        var text = Text(token);
        return text == "\0" ? (true, null) : text.StartsWith('=') ? (true, text[1..]) : throw Invalid();
    }

    /// <summary>The entry and its change behind which to go on.</summary>
    /// <exception cref="FilterException">It is no position of such a list.</exception>
    public static (long Sequence, int Index)? Entry(string? token)
    {
        if (string.IsNullOrEmpty(token)) return null;
        var parts = Text(token).Split('.');
        return parts.Length == 2
            && long.TryParse(parts[0], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var sequence)
            && int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index) ? (sequence, index) : throw Invalid();
    }

    private static string Of(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Text(string token)
    {
        if (token.Length > CharsMax || !Base64Url.IsValid(token)) throw Invalid();
        var bytes = Base64Url.DecodeFromChars(token);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw Invalid();
    }

    private static FilterException Invalid() => new(Parameter, $"{Parameter}: Invalid continuation token");
}
