// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;

namespace Heliograph.Cli.Manual;

/// <summary>One command in the manual.</summary>
/// <param name="Path">As it is typed: <c>helio ns create</c>.</param>
/// <param name="Summary">What it does, in a sentence.</param>
/// <param name="Synopsis">Path, arguments and options in short.</param>
/// <param name="Arguments">Name and meaning, in order.</param>
/// <param name="Options">How each is written, and its meaning; by name.</param>
internal sealed record ManualEntry(string Path, string Summary, string Synopsis, IReadOnlyList<(string Name, string Text)> Arguments, IReadOnlyList<(string Name, string Text)> Options);

/// <summary>The manual, read from the commands themselves, so that it cannot say anything else than they do.</summary>
internal static class ManualReader
{
    /// <summary>Every command that does something, by path.</summary>
    public static IReadOnlyList<ManualEntry> Entries(RootCommand root) =>
        [.. Walk(root, "helio").Where(found => found.Command.Subcommands.Count == 0 && !found.Command.Hidden).Select(found => Entry(found.Command, found.Path)).OrderBy(entry => entry.Path, StringComparer.Ordinal)];

    /// <summary>The options of every command.</summary>
    public static IReadOnlyList<(string Name, string Text)> GlobalOptions(RootCommand root) => Options(root);

    private static ManualEntry Entry(Command command, string path)
    {
        var arguments = command.Arguments.Where(argument => !argument.Hidden).ToList();
        var words = arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $"[{Shown(argument)}]" : Shown(argument));
        var required = command.Options.Where(option => option.Required && !option.Hidden).Select(option => $"{option.Name} {option.HelpName}");
        var more = command.Options.Any(option => !option.Required && !option.Hidden) ? ["[OPTION]…"] : Array.Empty<string>();
        return new(path, command.Description ?? "", string.Join(' ', new[] { path }.Concat(words).Concat(required).Concat(more)), [.. arguments.Select(argument => (Shown(argument), argument.Description ?? ""))], Options(command));
    }

    private static IReadOnlyList<(string Name, string Text)> Options(Command command) =>
    [
        .. command.Options.Where(option => !option.Hidden && option is not System.CommandLine.Help.HelpOption && option is not VersionOption).OrderBy(option => option.Name, StringComparer.Ordinal)
            .Select(option => (string.Join(", ", option.Aliases.Order(StringComparer.Ordinal).Append(option.Name).Distinct()) + (option.HelpName is { } value ? $" {value}" : ""), $"{option.Description}{(option.Required ? " Required." : "")}")),
    ];

    private static string Shown(Argument argument) => argument.Name.ToUpperInvariant() + (argument.Arity.MaximumNumberOfValues > 1 ? "…" : "");

    private static IEnumerable<(string Path, Command Command)> Walk(Command command, string path) =>
        command.Subcommands.SelectMany(child => Walk(child, $"{path} {child.Name}")).Prepend((path, command));
}
