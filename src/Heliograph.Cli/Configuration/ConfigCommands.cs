// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;

namespace Heliograph.Cli.Configuration;

/// <summary><c>helio config</c>: what a role would be told, and whether it could start with it. The role's own definitions read it; nothing is started.</summary>
internal sealed class ConfigCommands : Command
{
    /// <summary>The commands.</summary>
    /// <param name="shell">Terminal and options.</param>
    /// <param name="roles">The roles that are known here: each is made anew, and runs what it is given with the format that it was told.</param>
    public ConfigCommands(Shell shell, params IReadOnlyList<Func<Func<OutputFormat, ExitCode>, Command>> roles) : base("config", "Say what a role would be told, and whether it could start with it.")
    {
        Add(Of(roles, "check", "Check the configuration of a role: every fault at once.", format => Checked(shell, format)));
        Add(Of(roles, "show", "Show the configuration of a role: every option, its value and where it is from.", format => Shown(shell, format)));
    }

    /// <summary>An origin's options.</summary>
    public static Func<Func<OutputFormat, ExitCode>, Command> Origin(Shell shell) => run => new OriginCommand(shell, (told, _) => Task.FromResult((int)run(told.Format)));

    /// <summary>A relay's options.</summary>
    public static Func<Func<OutputFormat, ExitCode>, Command> Relay(Shell shell) => run => new RelayCommand(shell, (told, _) => Task.FromResult((int)run(told.Format)));

    /// <summary>An agent's options.</summary>
    public static Func<Func<OutputFormat, ExitCode>, Command> Agent(Shell shell) => run => new AgentCommand(shell, (told, _) => Task.FromResult((int)run(told.Format)));

    private static Command Of(IReadOnlyList<Func<Func<OutputFormat, ExitCode>, Command>> roles, string name, string description, Func<OutputFormat, ExitCode> run)
    {
        var command = new Command(name, description);
        foreach (var make in roles)
        {
            var role = make(run);
            role.Description = $"{description} Takes the options of 'helio {role.Name}'.";
            command.Add(role);
        }
        return command;
    }

    private static ExitCode Checked(Shell shell, OutputFormat format)
    {
        var settings = shell.Effective!;
        var output = new Output(shell.Terminal, format, noColor: true);
        output.Result(new CheckedConfiguration(settings.Role, []), ConfigJson.Plain.CheckedConfiguration, it => output.Line($"The {it.Role} can start with this."));
        return ExitCode.Success;
    }

    private static ExitCode Shown(Shell shell, OutputFormat format)
    {
        var output = new Output(shell.Terminal, format, noColor: false);
        output.Result(shell.Effective!, ConfigJson.Plain.EffectiveSettings, settings => output.Table(["OPTION", "VALUE", "FROM"],
            settings.Options.SelectMany(option => Rows(option))));
        return ExitCode.Success;
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(EffectiveSetting option) =>
        (option.Values.Count > 0 ? option.Values : ["-"]).Select((value, index) => (IReadOnlyList<string>)(index == 0 ? [option.Name, value, option.Where ?? option.Source] : ["", value, ""]));
}

/// <summary>What <c>helio config check -o json</c> prints when all is well.</summary>
internal sealed record CheckedConfiguration(string Role, IReadOnlyList<string> Faults);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckedConfiguration))]
[JsonSerializable(typeof(EffectiveSettings))]
internal sealed partial class ConfigJson : JsonSerializerContext
{
    /// <summary>For printing: addresses as they are, not escaped for a web page.</summary>
    public static ConfigJson Plain => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
