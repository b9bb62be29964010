// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>Each line of the hardening and threat tables has its test, and the lines about the code itself are tested here.</summary>
public sealed partial class HardeningTests
{
    private static readonly Dictionary<string, string> TestClasses = Repository.Files("tests", "*.cs")
        .SelectMany(file => Class().Matches(Repository.Read(file)).Select(match => (Name: match.Groups[1].Value, Text: Repository.Read(file))))
        .GroupBy(found => found.Name).ToDictionary(group => group.Key, group => string.Join('\n', group.Select(found => found.Text)), StringComparer.Ordinal);

    public static TheoryData<string, string> Lines =>
    [
        .. RowsOf("docs/reference/hardening.md").Select(row => ("hardening.md", row)),
        .. RowsOf("SECURITY.md").Select(row => ("SECURITY.md", row)),
    ];

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_names_tests_that_exist(string page, string row)
    {
        var cells = row.Trim('|').Split('|');
        Assert.True(cells.Length == 3, $"{page}: risk, setting, test: {row}");
        var named = Named().Matches(cells[2]).Select(match => match.Groups[1].Value).ToList();
        Assert.True(named.Count > 0 || cells[2].Trim() == "–", $"{page}: no test: {row}");
        Assert.All(named, name =>
        {
            var parts = name.Split('.');
            Assert.True(TestClasses.TryGetValue(parts[0], out var text), $"{page} names {parts[0]}, which is no class of tests.");
            if (parts.Length > 1) Assert.Contains($" {parts[1]}(", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Both_tables_are_read() => Assert.InRange(Lines.Count, 45, 200);

    [Fact]
    public void No_regular_expression_of_the_product_is_made_at_run_time() => NoneOf("new Regex(", "Regex.Match(", "Regex.IsMatch(", "Regex.Replace(", "Regex.Split(");

    [Fact]
    public void Only_the_command_line_reads_YAML_and_only_as_a_stream_of_events()
    {
        Assert.All(Repository.Files("src", "*.csproj").Where(file => Repository.Read(file).Contains("YamlDotNet", StringComparison.Ordinal)), file => Assert.EndsWith("/Heliograph.Cli.csproj", file, StringComparison.Ordinal));
        NoneOf("YamlDotNet.Serialization", "YamlDotNet.RepresentationModel"); // they make objects and follow aliases
    }

    [Fact]
    public void Secrets_are_compared_in_constant_time() =>
        Assert.All(new[] { "src/Heliograph.Origin/Access/Credentials.cs", "src/Heliograph.Origin/Enrolment/Enroller.cs", "src/Heliograph.AppConfiguration/Access/SignedRequest.cs" },
            file => Assert.Contains("CryptographicOperations.FixedTimeEquals", Repository.Read(file), StringComparison.Ordinal));

    private static void NoneOf(params string[] words) =>
        Assert.All(Repository.Files("src", "*.cs"), file =>
        {
            var text = Repository.Read(file);
            Assert.All(words, word => Assert.False(text.Contains(word, StringComparison.Ordinal), $"{file} holds '{word}'."));
        });

    private static IEnumerable<string> RowsOf(string page) =>
        Repository.Read(page).Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Count(character => character == '|') == 4 && !line.StartsWith("| risk |", StringComparison.Ordinal) && !line.StartsWith("| threat |", StringComparison.Ordinal));

    [GeneratedRegex(@"class (\w+Tests)\b")]
    private static partial Regex Class();

    [GeneratedRegex(@"`(\w+Tests(?:\.\w+)?)`")]
    private static partial Regex Named();
}
