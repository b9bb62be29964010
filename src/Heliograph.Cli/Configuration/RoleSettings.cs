// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Configuration;

/// <summary>
/// What a role is told by its command line, its variables and its file, the first of them that says anything of an option (docs/reference/configuration.md). What the others give is put behind the command line as if it had
/// been typed, so that one set of definitions reads and checks it all.
/// </summary>
internal sealed partial class RoleSettings
{
    private const string AuthorityVariable = "HELIOGRAPH_CA"; // of every command, and so of a role

    private readonly Dictionary<string, GivenSetting> _given;

    private RoleSettings(string role, Dictionary<string, GivenSetting> given, IReadOnlyList<string> faults) => (Role, _given, Faults) = (role, given, faults);

    /// <summary>The role.</summary>
    public string Role { get; }

    /// <summary>What is wrong with the file and the variables themselves.</summary>
    public IReadOnlyList<string> Faults { get; }

    /// <summary>What variables and file add to the command line.</summary>
    public IEnumerable<string> Arguments => _given.Values.Where(setting => setting.Origin != SettingOrigin.Flag).SelectMany(setting => setting.Values.Select(value => $"{setting.Option}={value}"));

    /// <summary>Whether a command is a role's, or asks about one.</summary>
    public static bool IsRole(Command command) => ConfigurationNames.Roles.Contains(command.Name) && command.Options.Any(option => option.Name == ConfigurationNames.FileOption);

    /// <summary>Reads what there is beside the command line.</summary>
    /// <param name="typed">The command line.</param>
    /// <param name="global">Options of every command that concern a role.</param>
    /// <param name="terminal">Whose environment.</param>
    public static RoleSettings Read(ParseResult typed, GlobalOptionsOfRole global, HelioTerminal terminal)
    {
        var command = typed.CommandResult.Command;
        var options = ConfigurationNames.Options(command, global).ToList();
        var given = options.Where(option => typed.GetResult(option) is { Implicit: false }).ToDictionary(option => option.Name, option => new GivenSetting(option.Name, Tokens(typed, option), SettingOrigin.Flag, ""), StringComparer.Ordinal);
        var lists = options.ToDictionary(option => ConfigurationNames.Member(option.Name), ConfigurationNames.IsList, StringComparer.Ordinal);

        var (variables, faults) = RoleEnvironment.Read(command.Name, lists, terminal);
        foreach (var setting in variables) given.TryAdd(setting.Option, setting);
        if (terminal.Environment(AuthorityVariable) is { Length: > 0 } authority) given.TryAdd(global.Ca.Name, new(global.Ca.Name, [authority], SettingOrigin.Environment, AuthorityVariable));
        if (given.GetValueOrDefault(ConfigurationNames.FileOption)?.Values is not [var path]) return new(command.Name, given, faults);

        lists.Remove(ConfigurationNames.Member(ConfigurationNames.FileOption)); // a file names no further file
        var (settings, wrong) = RoleFile.Read(path, lists);
        foreach (var setting in settings) given.TryAdd(setting.Option, setting);
        return new(command.Name, given, [.. faults, .. wrong]);
    }

    /// <summary>Where an option's value is from.</summary>
    public GivenSetting? Of(string option) => _given.GetValueOrDefault(option);

    /// <summary>What the parser found wrong, with where it was written, if not on the command line.</summary>
    public string Explain(ParseError error, string message)
    {
        var option = (error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult)?.Option.Name;
        var named = Mentioned().Matches(message).Select(match => match.Value).Prepend(option ?? "");
        var places = named.Select(name => _given.GetValueOrDefault(name)?.Where).Where(where => !string.IsNullOrEmpty(where)).Distinct(StringComparer.Ordinal);
        var of = option is not null && !message.Contains(option, StringComparison.Ordinal) ? $"{option}: " : "";
        return string.Join(", ", places) is { Length: > 0 } where ? $"{of}{message} [{where}]" : of + message;
    }

    private static IReadOnlyList<string> Tokens(ParseResult result, Option option) => [.. result.GetResult(option)!.Tokens.Select(token => token.Value)];

    [GeneratedRegex("--[a-z][a-z-]*")]
    private static partial Regex Mentioned();
}
