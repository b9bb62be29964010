// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>What the documents name exists.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents =>
    [
        .. new[] { "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md" },
        .. Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.PathOf(), path)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_that_a_document_names_exists(string document)
    {
        var named = PathInCode().Matches(File.ReadAllText(Repository.PathOf(document))).Select(match => match.Groups[1].Value.TrimEnd('/', '.'));
        Assert.All(named.Distinct(StringComparer.Ordinal), path => Assert.True(Path.Exists(Repository.PathOf(path)), $"{document} names {path}, which is not there."));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_relative_link_leads_somewhere(string document)
    {
        var directory = Path.GetDirectoryName(Repository.PathOf(document))!;
        var targets = Link().Matches(File.ReadAllText(Repository.PathOf(document))).Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal));
        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(directory, target)), $"{document} links to {target}, which is not there."));
    }

    [GeneratedRegex("`((?:src|tests|benchmarks|docs|samples|\\.ci)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex PathInCode();

    [GeneratedRegex("\\]\\(([^)\\s]+)\\)")]
    private static partial Regex Link();
}
