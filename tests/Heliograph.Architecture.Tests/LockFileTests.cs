// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Xml.Linq;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>What is restored is what was reviewed: every project has its lock file, and it holds what the project asks for. <c>.ci/fix-locks</c> writes them.</summary>
public sealed class LockFileTests
{
    private static readonly Dictionary<string, string> Versions = XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
        .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value, StringComparer.OrdinalIgnoreCase);

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Repository.PathOf()).Select(folder => Path.GetFileName(folder)!).Where(folder => folder is not "artifacts" && folder[0] != '.').SelectMany(folder => Repository.Files(folder, "*.csproj"))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_is_in_the_solution_and_locked_at_the_versions_of_the_repository(string project)
    {
        Assert.Contains($"\"{project}\"", Repository.Read("Heliograph.slnx"), StringComparison.Ordinal);
        var lockFile = Repository.PathOf(Path.GetDirectoryName(project)!, "packages.lock.json");
        Assert.True(File.Exists(lockFile), $"{project} has no packages.lock.json: run .ci/fix-locks and commit it.");
        var text = File.ReadAllText(lockFile);
        Assert.DoesNotContain("://", text, StringComparison.Ordinal); // where packages come from is the builder's choice

        var locked = JsonDocument.Parse(text).RootElement.GetProperty("dependencies").GetProperty("net10.0").EnumerateObject()
            .Where(package => package.Value.GetProperty("type").GetString() == "Direct")
            .ToDictionary(package => package.Name, package => package.Value.GetProperty("resolved").GetString()!, StringComparer.OrdinalIgnoreCase);
        var asked = XDocument.Load(Repository.PathOf(project)).Descendants("PackageReference").Select(package => package.Attribute("Include")!.Value);
        Assert.All(asked, package => Assert.True(locked.TryGetValue(package, out var version) && version == Versions[package], $"{project} asks for {package} {Versions[package]}, its lock file has {locked.GetValueOrDefault(package, "none")}: run .ci/fix-locks."));
        Assert.All(locked.Keys.Where(package => package != "Microsoft.NET.ILLink.Tasks"), package => Assert.Contains(package, asked, StringComparer.OrdinalIgnoreCase));
    }
}
