// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.RegularExpressions;
using Heliograph.Cli;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>docs/reference/cli.md and the command tree say the same.</summary>
public sealed partial class DocumentedCommandsTests
{
    private static readonly string Page = Repository.Reference("cli.md");

    internal static readonly RootCommand Root = HelioCommand.Root(
        new Shell(new HelioTerminal { In = Stream.Null, Out = TextWriter.Null, Error = TextWriter.Null, Environment = _ => null }),
        new TierRunners((_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), (_, _) => Task.FromException<IDevRealm>(new NotSupportedException())));

    public static TheoryData<string> Commands => [.. Walk(Root, "helio").Where(found => found.Command.Subcommands.Count == 0).Select(found => found.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_and_each_of_its_options_is_in_the_reference(string path)
    {
        Assert.True(Page.Contains(path, StringComparison.Ordinal) || IsTier(path), $"'{path}' is not in cli.md.");
        var mentioned = Mentions().Matches(Page).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);
        var options = Walk(Root, "helio").Single(found => found.Path == path).Command.Options.Where(option => !option.Hidden);
        Assert.All(options, option => Assert.True(option.Aliases.Prepend(option.Name).Any(mentioned.Contains), $"{option.Name} of '{path}' is not in cli.md."));
    }

    [Fact]
    public void The_options_of_every_command_are_in_the_reference() =>
        Assert.All(Root.Options.Where(option => option.Name != "--version"), option => Assert.Contains(option.Aliases.Prepend(option.Name), name => Page.Contains($"`{name}", StringComparison.Ordinal) || Page.Contains($" {name}`", StringComparison.Ordinal)));

    [Fact]
    public void The_reference_names_no_option_that_is_not_there()
    {
        var known = Walk(Root, "helio").SelectMany(found => found.Command.Options).SelectMany(option => option.Aliases.Prepend(option.Name)).ToHashSet(StringComparer.Ordinal);
        Assert.Subset(known, Mentions().Matches(Page).Select(match => match.Value).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void The_reference_names_no_command_that_is_not_there()
    {
        var all = Walk(Root, "helio").ToList();
        var known = all.Select(found => found.Path).ToHashSet(StringComparer.Ordinal);
        var takesArguments = all.Where(found => found.Command.Subcommands.Count == 0).Select(found => found.Path).ToHashSet(StringComparer.Ordinal);
        var named = Command().Matches(Page).Select(match => match.Value.Trim('`'));
        Assert.All(named, name => Assert.True(known.Contains(name) || takesArguments.Contains(name[..name.LastIndexOf(' ')]), $"cli.md names '{name}', which is no command."));
    }

    private static bool IsTier(string path) => path is "helio origin" or "helio relay" or "helio agent" && Page.Contains("`helio dev|origin|relay|agent`", StringComparison.Ordinal);

    private static IEnumerable<(string Path, System.CommandLine.Command Command)> Walk(System.CommandLine.Command command, string path) =>
        command.Subcommands.SelectMany(child => Walk(child, $"{path} {child.Name}")).Prepend((path, command));

    [GeneratedRegex("(?<![\\w-])(?:--[a-z][a-z-]*|-[a-z](?![\\w-]))")]
    private static partial Regex Mentions();

    [GeneratedRegex("`helio [a-z]+(?: [a-z]+)?(?=[ `])")]
    private static partial Regex Command();
}
