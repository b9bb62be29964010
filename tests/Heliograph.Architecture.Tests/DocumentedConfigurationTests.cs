// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Configuration;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>docs/reference/configuration.md holds every option that a file or a variable may give, and no other.</summary>
public sealed class DocumentedConfigurationTests
{
    private static readonly string[] Page = Repository.Reference("configuration.md").Split('\n');

    [Fact]
    public void Every_option_of_a_role_has_its_row_and_every_row_its_option()
    {
        var root = DocumentedCommandsTests.Root;
        var global = new GlobalOptionsOfRole(root.Options.Single(option => option.Name == "--ca"), root.Options.Single(option => option.Name == "--output"));
        var rows = ConfigurationNames.Roles
            .SelectMany(role => ConfigurationNames.Options(root.Subcommands.Single(command => command.Name == role), global).Select(option => (role, option)))
            .GroupBy(pair => pair.option.Name, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Row(group.Key, group.First().option, [.. group.Select(pair => pair.role)]))
            .ToList();

        var written = Page.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();
        string[] faults = [.. rows.Except(written).Select(row => $"lacks: {row}"), .. written.Except(rows).Select(row => $"has, for no option: {row}")];
        Assert.True(faults.Length == 0, $"docs/reference/configuration.md\n{string.Join('\n', faults)}"); // all of them, to be pasted
    }

    private static string Row(string name, Option option, IReadOnlyList<string> roles)
    {
        var member = ConfigurationNames.Member(name);
        var variable = ConfigurationNames.Variable("ROLE", name)[ConfigurationNames.Prefix("ROLE").Length..];
        return $"| `{member}` | `{variable}` | {(ConfigurationNames.IsList(option) ? "list" : option.ValueType == typeof(bool) ? "true, false" : option.HelpName is { } form ? form.Replace("|", ", ", StringComparison.Ordinal) : "text")} | {string.Join(", ", roles)} |";
    }
}
