// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Http;

public sealed partial class ContractTests
{
    [Fact]
    public async Task The_machine_readable_contract_has_every_call_of_the_written_one_and_no_other()
    {
        await using var origin = await RunningOrigin.StartAsync();
        var contract = await SendAsync(origin.Nobody, HttpMethod.Get, "/openapi/v1.json");
        Assert.StartsWith("3.1", (string)contract["openapi"]!, StringComparison.Ordinal);
        var served = contract["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(call => $"{call.Key.ToUpperInvariant()} {path.Key.TrimEnd('/')}")).Where(call => call.Contains("/api/", StringComparison.Ordinal));
        Assert.Equal(Written().Distinct().Order(StringComparer.Ordinal), served.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Its_parameters_are_those_that_are_written()
    {
        await using var origin = await RunningOrigin.StartAsync();
        var contract = await SendAsync(origin.Nobody, HttpMethod.Get, "/openapi/v1.json");
        foreach (Match match in Call().Matches(await File.ReadAllTextAsync(Document(), Cancel)))
        {
            var operation = contract["paths"]![match.Groups["path"].Value.TrimEnd('/')]?[match.Groups["method"].Value.ToLowerInvariant()];
            if (operation is null || match.Groups["query"].Value.Length == 0) continue;
            var named = operation["parameters"]!.AsArray().Where(parameter => (string)parameter!["in"]! == "query").Select(parameter => (string)parameter!["name"]!);
            Assert.Equal(match.Groups["query"].Value.TrimStart('?').Split('&').Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        }
    }

    private static IEnumerable<string> Written() =>
        Call().Matches(File.ReadAllText(Document())).Select(match => $"{match.Groups["method"].Value} {match.Groups["path"].Value.TrimEnd('/')}");

    private static string Document()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (Path.Combine(directory.FullName, "docs", "reference", "api.md") is var path && File.Exists(path)) return path;
        throw new FileNotFoundException("The documents are not above the test.");
    }

    [GeneratedRegex(@"`(?<method>GET|POST|PUT|PATCH|DELETE) (?<path>/api/v1[^`?\s]*)(?<query>\?[^`\s]*)?`")]
    private static partial Regex Call();
}
