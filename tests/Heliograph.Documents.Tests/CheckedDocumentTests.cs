// SPDX-License-Identifier: Apache-2.0
using Heliograph.Documents.Tests.Console;
using Xunit;

namespace Heliograph.Documents.Tests;

/// <summary>Every document whose commands are checked, typed as written. How a page says so: docs/README.md.</summary>
public sealed class CheckedDocumentTests
{
    /// <summary>How many pages are typed at once: much of a page is waiting. Without networks of their own two would want the same ports.</summary>
    private static readonly SemaphoreSlim s_atOnce = new(ReadersShell.HasOwnNetwork ? 2 : 1);

    /// <summary>What is wrong with each page; the first test that asks has all of them begun.</summary>
    private static readonly Lazy<Dictionary<string, Task<string?>>> s_faults = new(() => Documents.ToDictionary(page => page.Data, page => Task.Run(() => FaultAsync(page.Data))));

    /// <summary>The pages that hold blocks of <c>console</c>.</summary>
    public static TheoryData<string> Documents => [.. All().Where(page => ConsolePage.Parse(File.ReadAllText(Repository.PathOf(page))).Count > 0)];

    /// <summary>The pages that must hold some: what a reader types in a hurry.</summary>
    public static TheoryData<string> MustBeChecked => [.. All().Where(page => (page.StartsWith("docs/runbooks/", StringComparison.Ordinal) && page != "docs/runbooks/README.md") || page == "docs/tour.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_command_says_what_the_page_says(string document)
    {
        var fault = await s_faults.Value[document].WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(fault is null, fault);
    }

    [Theory]
    [MemberData(nameof(MustBeChecked))]
    public void A_tour_and_a_runbook_have_commands_that_are_checked(string document) =>
        Assert.NotEmpty(ConsolePage.Parse(File.ReadAllText(Repository.PathOf(document))));

    private static async Task<string?> FaultAsync(string document)
    {
        await s_atOnce.WaitAsync();
        try { return await CheckedPage.FaultAsync(document, await File.ReadAllTextAsync(Repository.PathOf(document)), CheckedPage.CommandMax, CancellationToken.None); }
        finally { s_atOnce.Release(); }
    }

    private static IEnumerable<string> All() => new[] { "README.md" }.Concat(Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.PathOf(), path).Replace('\\', '/'))).Order(StringComparer.Ordinal);
}
