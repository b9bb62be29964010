// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Text;
using System.Text;

namespace Heliograph.Origin.Http;

/// <summary>The opaque <c>next</c> of a page: where the one after it begins.</summary>
internal static class Cursors
{
    /// <summary>A cursor behind a setting.</summary>
    public static string Of(SettingKey key) => Of($"{key.Key}\0{key.Label}");

    /// <summary>A cursor behind a name.</summary>
    public static string Of(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    /// <summary>The text in a cursor; <see langword="null"/> if none was given. A wrong one is a fault.</summary>
    public static string? Text(QueryReader query, Faults faults, string name)
    {
        if (query.Text(name) is not { } cursor) return null;
        try
        {
            var bytes = Base64Url.DecodeFromChars(cursor);
            if (System.Text.Unicode.Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        }
        catch (FormatException) { } // told below, as every wrong cursor
        faults.Add(name, "This is not the 'next' of a page before.");
        return null;
    }

    /// <summary>The setting in a cursor; <see langword="null"/> if none was given.</summary>
    public static SettingKey? Setting(QueryReader query, Faults faults, string name)
    {
        if (Text(query, faults, name) is not { } text) return null;
        var parts = text.Split('\0');
        if (parts.Length == 2 && SettingKey.TryCreate(parts[0], parts[1], out var key, out _)) return key;
        faults.Add(name, "This is not the 'next' of a page before.");
        return null;
    }
}
