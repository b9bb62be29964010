// SPDX-License-Identifier: Apache-2.0
using Heliograph.Documents.Tests.Console;
using Xunit;

namespace Heliograph.Documents.Tests;

/// <summary>Every document whose commands are checked, typed as written. How a page says so: docs/README.md.</summary>
public sealed class CheckedDocumentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The pages that hold blocks of <c>console</c>.</summary>
    public static TheoryData<string> Documents => [.. All().Where(page => ConsolePage.Parse(File.ReadAllText(Repository.PathOf(page))).Count > 0)];

    /// <summary>The pages that must hold some: what a reader types in a hurry.</summary>
    public static TheoryData<string> MustBeChecked => [.. All().Where(page => (page.StartsWith("docs/runbooks/", StringComparison.Ordinal) && page != "docs/runbooks/README.md") || page == "docs/tour.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_command_says_what_the_page_says(string document)
    {
        var fault = await CheckedPage.FaultAsync(document, await File.ReadAllTextAsync(Repository.PathOf(document), Cancel), CheckedPage.CommandMax, Cancel);
        Assert.True(fault is null, fault);
    }

    [Theory]
    [MemberData(nameof(MustBeChecked))]
    public void A_tour_and_a_runbook_have_commands_that_are_checked(string document) =>
        Assert.NotEmpty(ConsolePage.Parse(File.ReadAllText(Repository.PathOf(document))));

    private static IEnumerable<string> All() => new[] { "README.md" }.Concat(Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.PathOf(), path).Replace('\\', '/'))).Order(StringComparer.Ordinal);
}
