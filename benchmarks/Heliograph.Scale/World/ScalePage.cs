// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Scale.World;

/// <summary>The page that holds the tables: what stands between <c>&lt;!-- NAME --&gt;</c> and <c>&lt;!-- /NAME --&gt;</c> is written anew, the rest is people's.</summary>
internal static class ScalePage
{
    /// <summary>The page with these tables in it.</summary>
    /// <exception cref="InvalidDataException">A table has no place in the page.</exception>
    public static string With(string page, IReadOnlyDictionary<string, string> tables)
    {
        foreach (var (name, table) in tables)
        {
            var (open, close) = ($"<!-- {name} -->\n", $"<!-- /{name} -->");
            var (from, to) = (page.IndexOf(open, StringComparison.Ordinal), page.IndexOf(close, StringComparison.Ordinal));
            if (from < 0 || to < from) throw new InvalidDataException($"The page has no place for '{name}': it needs the lines <!-- {name} --> and <!-- /{name} -->.");
            page = string.Concat(page.AsSpan(0, from + open.Length), table, page.AsSpan(to));
        }
        return page;
    }
}
