// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.AppConfiguration.Filters;

namespace Heliograph.AppConfiguration.Http;

/// <summary>The parameters behind the question mark. Names are compared ignoring case, after decoding.</summary>
internal sealed class QueryParameters
{
    private readonly List<(string Name, string Value)> _parameters = [];
    private readonly List<(string Name, string Raw)> _raw = [];

    /// <summary>Reads a raw query.</summary>
    /// <exception cref="FilterException">Escapes are not UTF-8 text.</exception>
    public QueryParameters(string rawQuery)
    {
        foreach (var part in rawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var (rawName, rawValue) = equals < 0 ? (part, "") : (part[..equals], part[(equals + 1)..]);
            if (!RequestTarget.TryDecode(rawName, plusIsSpace: true, out var name)) throw new FilterException("query", "query: Invalid encoding");
            name = name.ToLowerInvariant();
            if (!RequestTarget.TryDecode(rawValue, plusIsSpace: true, out var value)) throw new FilterException(name, $"{name}: Invalid encoding");
            _parameters.Add((name, value));
            _raw.Add((name, part));
        }
    }

    /// <summary>All values of a parameter.</summary>
    public IReadOnlyList<string> All(string name) => [.. _parameters.Where(one => one.Name == name).Select(one => one.Value)];

    /// <summary>The value of a parameter that stands at most once; <see langword="null"/> if it is not there.</summary>
    /// <exception cref="FilterException">It stands twice.</exception>
    public string? Single(string name)
    {
        string? found = null;
        foreach (var (itsName, value) in _parameters)
        {
            if (itsName != name) continue;
            if (found is not null) throw new FilterException(name, $"{name}: Must not be given more than once");
            found = value;
        }
        return found;
    }

    /// <summary>Whether a parameter is there with a value.</summary>
    public bool Has(string name) => _parameters.Any(one => one.Name == name && one.Value.Length > 0);

    /// <summary>The next page's relative address: all that was asked, as it was written, and <c>after</c> behind it.</summary>
    /// <remarks>The position is never the first parameter, and nothing that could end a Link header's target stays unescaped.</remarks>
    public string Continued(string route, string? after)
    {
        var link = new StringBuilder("/").Append(route);
        var separator = '?';
        foreach (var (name, raw) in _raw.OrderBy(one => one.Name == "api-version" ? 0 : 1))
        {
            if (name == "after") continue;
            link.Append(separator);
            foreach (var c in raw)
            {
                if (c is > ' ' and <= '~' and not (';' or '<' or '>' or '"' or '\'' or ',')) link.Append(c);
                else link.Append(Uri.EscapeDataString(c.ToString()));
            }
            separator = '&';
        }
        if (after is not null) link.Append(separator).Append("after=").Append(after);
        return link.ToString();
    }
}
