// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;

namespace Heliograph.AppConfiguration.Http;

/// <summary>A stable version of the contract. All show the same data; later ones show more of it.</summary>
internal enum ApiVersion
{
    V1_0,
    V2023_10_01,
    V2023_11_01,
    V2024_09_01,
    V2026_04_01,
}

/// <summary>Reads <c>api-version</c>.</summary>
internal static partial class ApiVersions
{
    /// <summary>Reads the parameter, or says under which title it is refused.</summary>
    public static string? TryParse(IReadOnlyList<string> given, out ApiVersion version)
    {
        version = default;
        if (given.Count == 0 || (given.Count == 1 && given[0].Length == 0)) return "API version is not specified";
        if (given.Count > 1) return "Ambiguous API version";
        ApiVersion? known = given[0] switch
        {
            "1.0" => ApiVersion.V1_0,
            "2023-10-01" => ApiVersion.V2023_10_01,
            "2023-11-01" => ApiVersion.V2023_11_01,
            "2024-09-01" => ApiVersion.V2024_09_01,
            "2026-04-01" => ApiVersion.V2026_04_01,
            _ => null,
        };
        version = known ?? default;
        return known is not null ? null : Form().IsMatch(given[0]) ? "Unsupported API version" : "Invalid API version";
    }

    [GeneratedRegex(@"^([0-9]{1,4}(\.[0-9]{1,4})?|[0-9]{4}-[0-9]{2}-[0-9]{2})(-[A-Za-z]{1,32})?$")]
    private static partial Regex Form();
}
