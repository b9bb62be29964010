// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
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

    [Fact]
    public async Task It_is_a_valid_document_that_names_what_every_call_takes_and_answers()
    {
        await using var origin = await RunningOrigin.StartAsync();
        var text = await origin.Nobody.GetStringAsync("/openapi/v1.json", Cancel);
        var read = OpenApiDocument.Parse(text, "json", new OpenApiReaderSettings { RuleSet = ValidationRuleSet.GetDefaultRuleSet() });
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);

        foreach (var (path, item) in read.Document!.Paths)
            foreach (var (method, operation) in item.Operations!)
            {
                var call = $"{method} {path}";
                IList<IOpenApiParameter> parameters = operation.Parameters ?? [];
                var inPath = parameters.Where(parameter => parameter.In == ParameterLocation.Path).Select(parameter => $"{{{parameter.Name}}}");
                Assert.True(Variable().Matches(path).Select(match => match.Value).SequenceEqual(inPath), $"{call} does not say what its path holds.");
                Assert.All(parameters, parameter => Assert.False(string.IsNullOrEmpty(parameter.Description) || parameter.Schema is null, $"{call}: {parameter.Name}"));
                var isForEveryone = operation.Security is { Count: 0 };
                Assert.Equal(path.EndsWith("/trust", StringComparison.Ordinal), isForEveryone);
                foreach (var status in Expected(method, operation, isForEveryone))
                    Assert.True(operation.Responses![status].Content!.ContainsKey("application/problem+json"), $"{call} does not say how it answers {status}.");
            }
        Assert.Equal(["operations"], read.Document.Components!.Schemas!["ChangeBody"].Required);
        Assert.Equal(JsonSchemaType.Integer, read.Document.Components.Schemas["ChangeView"].Properties!["changed"].Type);
        Assert.Equal(["certificate", "token"], read.Document.Components.SecuritySchemes!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(2, read.Document.Security!.Count); // one of the two
    }

    private static string[] Expected(HttpMethod method, OpenApiOperation operation, bool isForEveryone) =>
        isForEveryone ? ["400", "500"]
        : method == HttpMethod.Get ? ["400", "401", "404", "500", "503"]
        : [.. operation.RequestBody is null ? Array.Empty<string>() : ["413", "415"], "400", "401", "403", "404", "409", "422", "500", "503", "504", "507"];

    private static IEnumerable<string> Written() =>
        Call().Matches(OfTheOrigin()).Select(match => $"{match.Groups["method"].Value} {match.Groups["path"].Value.TrimEnd('/')}").Where(call => call != "GET /api/v1/replica"); // a relay's or an agent's

    private static string OfTheOrigin() => File.ReadAllText(Document()).Split("## A relay or an agent")[0];

    private static string Document()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (Path.Combine(directory.FullName, "docs", "reference", "api.md") is var path && File.Exists(path)) return path;
        throw new FileNotFoundException("The documents are not above the test.");
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"`(?<method>GET|POST|PUT|PATCH|DELETE) (?<path>/api/v1[^`?\s]*)(?<query>\?[^`\s]*)?`")]
    private static partial Regex Call();
}
