// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>docs/reference/api.md has every call of the REST API with every parameter. Read from the mappings, which are also what /openapi/v1.json is made of.</summary>
public sealed partial class DocumentedRoutesTests
{
    private static readonly string[] Lines = Repository.Reference("api.md").Split('\n');

    public static TheoryData<string, string> Routes =>
    [
        .. Repository.Files("src/Heliograph.Origin/Http", "*Endpoint*.cs").SelectMany(file => Mapping().Matches(Repository.Read(file)))
            .Select(match => ($"{match.Groups[1].Value.ToUpperInvariant()} /api/v1{match.Groups[2].Value}", Parameters(match.Groups[3].Value))),
    ];

    [Theory]
    [MemberData(nameof(Routes))]
    public void A_call_is_in_the_reference_with_each_of_its_parameters(string call, string parameters)
    {
        var line = Lines.Where(line => Regex.IsMatch(line, $"`{Regex.Escape(call)}[?`]|`{Regex.Escape(call)}`")).ToList();
        Assert.True(line.Count > 0, $"{call} is not in api.md.");
        Assert.All(parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries), name => Assert.True(line.Any(text => Regex.IsMatch(text, $"[?&]{name}\\b")), $"{call} takes {name}, which api.md does not say."));
    }

    [Fact]
    public void The_reference_names_no_call_that_is_not_there()
    {
        Assert.True(Routes.Count >= 20, "The mappings are not found any more: look at the pattern.");
        var ofReplicas = Repository.Files("src/Heliograph.Hosting", "*.cs").SelectMany(file => PlainMapping().Matches(Repository.Read(file))).Select(match => $"GET {match.Groups[1].Value}");
        var known = Routes.Select(row => row.Data.Item1).Concat(ofReplicas).ToHashSet(StringComparer.Ordinal);
        Assert.Subset(known, Lines.SelectMany(line => Call().Matches(line)).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_call_of_an_agents_read_API_is_in_agent_api_md_with_its_parameters_and_no_other_is()
    {
        var mapped = AgentMapping().Matches(Repository.Read("src/Heliograph.Agent/ReadApi/ReadEndpoints.cs")).Select(match => (Call: $"GET {match.Groups[1].Value}", Handler: match.Groups[2].Value)).ToList();
        Assert.Equal(4, mapped.Count);
        var page = Repository.Reference("agent-api.md");
        Assert.All(mapped, route => Assert.Contains($"`{route.Call}?", page, StringComparison.Ordinal));
        Assert.Subset(mapped.Select(route => route.Call).Concat(["GET /api/v1/projections", "GET /api/v1/replica"]).ToHashSet(StringComparer.Ordinal), Call().Matches(page).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal));
        var taken = Taken().Matches(Repository.Read("src/Heliograph.Agent/ReadApi/ReadEndpoints.cs")).SelectMany(match => match.Groups[1].Value.Split(", ")).Select(name => name.Trim('"')).Distinct();
        Assert.All(taken, name => Assert.Matches($"`GET /api/v1/namespaces/[^`]*[?&]{name}\\b", page));
    }

    [GeneratedRegex("Get\\(parts\\.Application, \"([^\"]+)\", reading\\.(\\w+)\\)")]
    private static partial Regex AgentMapping();

    [GeneratedRegex("ReadQuery\\.Of\\(context, ([^)]+)\\)")]
    private static partial Regex Taken();

    /// <summary>The names in the last text of a description, without the marks of those that must be given.</summary>
    private static string Parameters(string rest) => Query().Match(rest) is { Success: true } query ? query.Groups[1].Value.Replace("!", "", StringComparison.Ordinal) : "";

    [GeneratedRegex("routes\\.(Get|Post|Put|Patch|Delete)(?:Stream)?\\(\"([^\"]*)\", api, [^;]*?Describe<[^(]*\\(([^\\n]*)")]
    private static partial Regex Mapping();

    [GeneratedRegex("Map(?:Get|Methods)\\(\"(/api/v1/[a-z/]+)\"")]
    private static partial Regex PlainMapping();

    [GeneratedRegex("^\"[^\"]*\", \"[^\"]*\", \"([^\"]*)\"")]
    private static partial Regex Query();

    [GeneratedRegex("`((?:GET|POST|PUT|PATCH|DELETE) /api/v1[a-z/{}-]*)")]
    private static partial Regex Call();
}
