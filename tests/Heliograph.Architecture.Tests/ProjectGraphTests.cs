// SPDX-License-Identifier: Apache-2.0
using System.Xml.Linq;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>References point inward: hosts to adapters to ports to words. Read from the project files, so that a wrong arrow fails before it is used.</summary>
public sealed class ProjectGraphTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Heliograph.Abstractions"] = [],
        ["Heliograph.Core"] = ["Heliograph.Abstractions"],
        ["Heliograph.Protocol"] = ["Heliograph.Core"],
        ["Heliograph.Storage.Sqlite"] = ["Heliograph.Core"],
        ["Heliograph.Storage.Etcd"] = ["Heliograph.Core"],
        ["Heliograph.Replication"] = ["Heliograph.Protocol"],
        ["Heliograph.Platform"] = ["Heliograph.Replication"],
        ["Heliograph.Hosting"] = ["Heliograph.Platform"],
        ["Heliograph.Origin"] = ["Heliograph.Hosting", "Heliograph.Storage.Sqlite", "Heliograph.Storage.Etcd", "Heliograph.FeatureFlags"],
        ["Heliograph.Relay"] = ["Heliograph.Hosting"],
        ["Heliograph.Agent"] = ["Heliograph.Hosting"],
        ["Heliograph.Planning"] = ["Heliograph.Abstractions"],
        ["Heliograph.FeatureFlags"] = [],
        ["Heliograph.AppConfiguration"] = ["Heliograph.Hosting", "Heliograph.FeatureFlags"],
        ["Heliograph.OpenFeature"] = ["Heliograph.Hosting", "Heliograph.FeatureFlags"],
        ["Heliograph.Client"] = ["Heliograph.Platform"],
        ["Heliograph.Client.Configuration"] = ["Heliograph.Client"],
        ["Heliograph.Testing"] = ["Heliograph.Client.Configuration"],
        ["Heliograph.Cli"] = ["Heliograph.Origin", "Heliograph.Relay", "Heliograph.Agent", "Heliograph.AppConfiguration", "Heliograph.OpenFeature", "Heliograph.Planning", "Heliograph.Client.Configuration"],
        ["Heliograph.Agent.Host"] = ["Heliograph.Cli"],
    };

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Repository.PathOf("src")).Select(directory => Path.GetFileName(directory)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_what_lies_further_in(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"src/{project} is not in the map of the house: add it here and to ARCHITECTURE.md.");
        var references = Load(project).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).ToHashSet(StringComparer.Ordinal);
        Assert.Subset(Allowed[project].ToHashSet(StringComparer.Ordinal), references);
    }

    [Fact]
    public void The_client_needs_only_protobuf_and_Microsoft_Extensions()
    {
        // Given everything that an application gets with the SDK
        var reachable = Reachable("Heliograph.Client.Configuration");

        // Then no third party comes along; what builds the messages stays at home
        var packages = reachable.SelectMany(project => Load(project).Descendants("PackageReference"))
            .Where(package => package.Attribute("PrivateAssets")?.Value != "all")
            .Select(package => package.Attribute("Include")!.Value);
        Assert.All(packages, package => Assert.True(package == "Google.Protobuf" || package.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal), package));
        Assert.DoesNotContain(reachable.SelectMany(project => Load(project).Descendants("FrameworkReference")), _ => true);
    }

    [Theory]
    [InlineData("Heliograph.Client")]
    [InlineData("Heliograph.Client.Configuration")]
    [InlineData("Heliograph.Testing")]
    public void Nothing_else_comes_along_with_the_client_at_any_depth(string project)
    {
        // Given the whole graph that its lock file holds
        using var graph = System.Text.Json.JsonDocument.Parse(Repository.Read($"src/{project}/packages.lock.json"));
        var packages = graph.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
            .Where(package => package.Value.GetProperty("type").GetString() != "Project").Select(package => package.Name).ToList();

        // Then it is protobuf, Microsoft.Extensions, and what only builds
        Assert.NotEmpty(packages);
        string[] building = ["Grpc.Tools", "Microsoft.NET.ILLink.Tasks", "Microsoft.CodeAnalysis.PublicApiAnalyzers", "Microsoft.CodeAnalysis.BannedApiAnalyzers"];
        Assert.All(packages, package => Assert.True(package == "Google.Protobuf" || package.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) || building.Contains(package), $"{project} brings {package} along."));
    }

    [Theory]
    [InlineData("Heliograph.Abstractions")]
    [InlineData("Heliograph.Client")]
    [InlineData("Heliograph.Client.Configuration")]
    [InlineData("Heliograph.Testing")]
    public void The_public_API_of_the_SDK_stands_in_text(string project)
    {
        Assert.Contains(Load(project).Descendants("PackageReference"), package => package.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.PublicApiAnalyzers"); // warnings are errors
        Assert.True(Repository.Read($"src/{project}/PublicAPI.Unshipped.txt").Length + Repository.Read($"src/{project}/PublicAPI.Shipped.txt").Length > 100);
    }

    [Theory]
    [InlineData("Heliograph.Core")]
    [InlineData("Heliograph.Replication")]
    [InlineData("Heliograph.Planning")]
    public void The_core_builds_under_the_list_of_banned_symbols(string project)
    {
        var document = Load(project);
        Assert.Contains(document.Descendants("AdditionalFiles"), file => file.Attribute("Include")!.Value.EndsWith("BannedSymbols.txt", StringComparison.Ordinal));
        Assert.Contains(document.Descendants("PackageReference"), package => package.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
    }

    [Fact]
    public void The_judge_of_the_fault_campaign_refers_to_nothing_that_it_judges()
    {
        var document = XDocument.Load(Repository.PathOf("tests", "Heliograph.Chaos.Checker", "Heliograph.Chaos.Checker.csproj"));
        Assert.Empty(document.Descendants("ProjectReference"));
        Assert.Empty(document.Descendants("Compile"));
        Assert.Equal(["Microsoft.Data.Sqlite"], document.Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value));
    }

    [Fact]
    public void Every_package_has_one_exact_version()
    {
        var versions = XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("PackageVersion").ToList();
        Assert.NotEmpty(versions);
        Assert.All(versions, package => Assert.Matches("^[0-9]+(\\.[0-9]+)+$", package.Attribute("Version")!.Value));
        Assert.Equal(versions.Count, versions.Select(package => package.Attribute("Include")!.Value).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    private static HashSet<string> Reachable(string project)
    {
        var reachable = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([project]);
        while (open.TryDequeue(out var next))
            if (reachable.Add(next))
                foreach (var reference in Allowed[next]) open.Enqueue(reference);
        return reachable;
    }

    private static XDocument Load(string project) => XDocument.Load(Repository.PathOf("src", project, $"{project}.csproj"));
}
