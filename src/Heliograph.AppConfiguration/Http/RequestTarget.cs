// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Heliograph.AppConfiguration.Http;

/// <summary>A request's target as it came: never decoded twice, never normalized. A key with <c>%2F</c>, <c>..</c> or <c>%25</c> in it is that key.</summary>
/// <param name="Raw">Path and query, byte for byte: what signatures are over.</param>
/// <param name="Route">First segment, lower case: <c>kv</c>, <c>keys</c>, …</param>
/// <param name="Name">What follows it, decoded; <see langword="null"/> if nothing does.</param>
/// <param name="RawQuery">Behind the question mark; may be empty.</param>
internal sealed record RequestTarget(string Raw, string Route, string? Name, string RawQuery)
{
    /// <summary>Reads a raw target; <see langword="false"/> if its escapes are not UTF-8 text.</summary>
    public static bool TryParse(string raw, [NotNullWhen(true)] out RequestTarget? target)
    {
        target = null;
        raw = PathAndQuery(raw);
        var question = raw.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? raw.AsSpan() : raw.AsSpan(0, question);
        if (path.IsEmpty || path[0] != '/') return false;
        path = path[1..];
        var slash = path.IndexOf('/');
        var route = slash < 0 ? path : path[..slash];
        string? name = null;
        if (slash >= 0 && slash + 1 < path.Length && !TryDecode(path[(slash + 1)..], plusIsSpace: false, out name)) return false;
        if (!TryDecode(route, plusIsSpace: false, out var decoded)) return false;
        target = new(raw, decoded.ToLowerInvariant(), name, question < 0 ? "" : raw[(question + 1)..]);
        return true;
    }

    /// <summary>Path and query of a target in origin or absolute form.</summary>
    public static string PathAndQuery(string raw)
    {
        if (raw.StartsWith('/')) return raw;
        var scheme = raw.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return raw;
        var slash = raw.AsSpan(scheme + 3).IndexOfAny('/', '?');
        return slash < 0 ? "/" : raw[(scheme + 3 + slash)..];
    }

    /// <summary>Decodes percent escapes once, as UTF-8; <see langword="false"/> if they are malformed.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, bool plusIsSpace, [NotNullWhen(true)] out string? decoded)
    {
        if (text.IndexOf('%') < 0 && (!plusIsSpace || text.IndexOf('+') < 0))
        {
            decoded = text.ToString();
            return true;
        }
        decoded = null;
        var bytes = new byte[3 * text.Length];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes[count++] = byte.Parse(text.Slice(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
                i += 2;
            }
            else if (c == '%') { bytes[count++] = (byte)'%'; } // a lone one stands for itself; as a key it is refused later
            else if (c == '+' && plusIsSpace) bytes[count++] = (byte)' ';
            else if (char.IsAscii(c)) bytes[count++] = (byte)c;
            else count += Encoding.UTF8.GetBytes(text.Slice(i, 1), bytes.AsSpan(count));
        }
        var utf8 = bytes.AsSpan(0, count);
        if (!System.Text.Unicode.Utf8.IsValid(utf8)) return false;
        decoded = Encoding.UTF8.GetString(utf8);
        return true;
    }
}
