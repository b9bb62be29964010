// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>What the documents name exists.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] Folders = [".ci", "bench", "benchmarks", "deploy", "docs", "samples", "src", "test", "tests"]; // also those that are gone, or are yet to come

    private static readonly Lazy<HashSet<string>> Identifiers = new(() =>
        [.. Code().SelectMany(file => Identifier().Matches(Repository.Read(file)).Select(match => match.Value)), .. Code().Select(file => Path.GetFileNameWithoutExtension(file))]);

    public static TheoryData<string> Documents =>
    [
        .. Directory.GetFiles(Repository.PathOf(), "*.md").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal),
        .. Repository.Files("docs", "*.md"),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_that_a_document_names_exists(string document)
    {
        var named = InCode().Matches(Prose(document)).Select(match => match.Groups[1].Value.TrimEnd('/'));
        var paths = named.Where(IsPath).Select(path => path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path);
        Assert.All(paths.Distinct(StringComparer.Ordinal), path => Assert.True(Path.Exists(Repository.PathOf(path)), $"{document} names {path}, which is not there."));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_relative_link_leads_somewhere(string document)
    {
        var directory = Path.GetDirectoryName(Repository.PathOf(document))!;
        var targets = Link().Matches(Prose(document)).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));
        Assert.All(targets.Distinct(StringComparer.Ordinal), target =>
        {
            var (path, anchor) = target.Split('#') is [var file, var heading] ? (file, heading) : (target, "");
            var full = path.Length == 0 ? Repository.PathOf(document) : Path.Combine(directory, path);
            Assert.True(Path.Exists(full), $"{document} links to {path}, which is not there.");
            if (anchor.Length > 0) Assert.Contains(anchor, Anchors(File.ReadAllText(full)));
        });
    }

    [Theory]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("docs/reference/acceptance.md")]
    [InlineData("docs/reference/log-format.md")]
    [InlineData("docs/reference/snapshot-files.md")]
    [InlineData("docs/reference/storage-etcd.md")]
    [InlineData("docs/reference/storage-sqlite.md")]
    [InlineData("docs/reference/sync-protocol.md")]
    public void Every_name_of_the_code_that_a_document_uses_is_there(string document)
    {
        var named = InCode().Matches(Prose(document)).Select(match => match.Groups[1].Value).Where(name => TypeName().IsMatch(name)).SelectMany(name => name.Split('.'));
        Assert.All(named.Distinct(StringComparer.Ordinal), name => Assert.True(Identifiers.Value.Contains(name), $"{document} speaks of {name}, which no code does."));
    }

    [Fact]
    public void Every_page_that_the_code_refers_to_is_there()
    {
        var pages = Code().SelectMany(file => Page().Matches(Repository.Read(file)).Select(match => (file, page: match.Value))).Distinct().ToList();
        Assert.NotEmpty(pages);
        Assert.All(pages, reference => Assert.True(File.Exists(Repository.PathOf(reference.page)), $"{reference.file} refers to {reference.page}, which is not there."));
    }

    [Fact]
    public void Every_page_of_the_reference_is_reached_from_the_first_page()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(["README.md"]);
        while (open.TryDequeue(out var page))
            if (reached.Add(page) && File.Exists(Repository.PathOf(page)))
                foreach (var link in Link().Matches(Prose(page)).Select(match => match.Groups[1].Value.Split('#')[0]).Where(link => link.EndsWith(".md", StringComparison.Ordinal)))
                    open.Enqueue(Path.GetRelativePath(Repository.PathOf(), Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, link))).Replace('\\', '/'));
        Assert.Subset(reached, Repository.Files("docs/reference", "*.md").ToHashSet(StringComparer.Ordinal));
    }

    private static bool IsPath(string text) =>
        text.StartsWith("./", StringComparison.Ordinal)
        || (text.Contains('/', StringComparison.Ordinal) ? Folders.Contains(text.Split('/')[0], StringComparer.Ordinal) : RootFile().IsMatch(text));

    /// <summary>A document without its blocks of code, which show commands and files of the reader's own.</summary>
    private static string Prose(string document) => Block().Replace(Repository.Read(document), "");

    /// <summary>The fragments by which a page's headings are reached: lower case, spaces as hyphens, punctuation left out.</summary>
    private static IEnumerable<string> Anchors(string markdown) =>
        Heading().Matches(Block().Replace(markdown, "")).Select(match => NotInAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    private static IEnumerable<string> Code() => new[] { "src", "tests" }.SelectMany(folder => new[] { "*.cs", "*.proto" }.SelectMany(pattern => Repository.Files(folder, pattern)));

    [GeneratedRegex("`([A-Za-z0-9_./-]+)`")]
    private static partial Regex InCode();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*\\.(?:md|props|targets|slnx)$|^[A-Z][a-z]+(?:\\.[A-Z][a-z]+)+\\.(?:props|targets)$|^global\\.json$|^\\.editorconfig$")]
    private static partial Regex RootFile();

    [GeneratedRegex("\\]\\(([^)\\s]+)\\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("^#{1,6} +(.+?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^\\w \\-]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex("^(?:[A-Z][a-z0-9]+){2,}(?:\\.[A-Z][A-Za-z0-9]+)*$")]
    private static partial Regex TypeName();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Identifier();

    [GeneratedRegex("docs/[A-Za-z0-9_./-]+\\.md")]
    private static partial Regex Page();
}
