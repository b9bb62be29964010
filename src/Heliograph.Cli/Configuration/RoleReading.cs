// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Parsing;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Configuration;

/// <summary>Reads the configuration of a role whole, and finds every fault of it at once.</summary>
internal static class RoleReading
{
    private static readonly ParserConfiguration s_parser = new() { ResponseFileTokenReplacer = null }; // @file is a value here

    /// <summary>Reads it.</summary>
    /// <param name="typed">The command line, read.</param>
    /// <param name="arguments">As it was typed.</param>
    /// <param name="root">The commands that read it; run what they give.</param>
    /// <param name="shell">Theirs; it is told what is in effect.</param>
    /// <param name="again">Makes the same commands anew.</param>
    /// <param name="inspects">Whether the files that it names are looked at before a start; <c>config check</c> always does, <c>config show</c> never.</param>
    /// <returns>The command line with what file and environment add, and everything that is wrong with it.</returns>
    public static (ParseResult Told, IReadOnlyList<string> Faults) Read(ParseResult typed, string[] arguments, RootCommand root, Shell shell, Func<RootCommand> again, bool inspects)
    {
        var global = new GlobalOptionsOfRole(shell.Options.Ca, shell.Options.Format);
        var settings = RoleSettings.Read(typed, global, shell.Terminal);
        string[] all = [.. arguments, .. settings.Arguments];
        var told = root.Parse(all, s_parser);

        // A command that refuses a combination of options does not go on to the single ones: those are read once more without it.
        var single = again().Parse(all, s_parser);
        single.CommandResult.Command.Validators.Clear();
        single = single.RootCommandResult.Command.Parse(all, s_parser);

        var faults = settings.Faults.Concat(told.Errors.Concat(single.Errors).Select(error => settings.Explain(error, HelioCommand.Message(error)))).ToList();
        var asked = (typed.CommandResult.Parent as CommandResult)?.Command.Name;
        if (asked == "check" || (inspects && asked != "show")) faults.AddRange(new RoleInspection(option => Written(told, option), settings).Faults());
        if (faults.Count == 0) shell.Effective = EffectiveSettings.Of(told, settings, global);
        return (told, [.. faults.Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>What is written for an option of the role, or for the authority.</summary>
    private static IReadOnlyList<string> Written(ParseResult told, string name) =>
        told.CommandResult.Command.Options.Concat(told.RootCommandResult.Command.Options).FirstOrDefault(option => option.Name == name) is { } option && told.GetResult(option) is { } result
            ? [.. result.Tokens.Select(token => token.Value)]
            : [];
}
