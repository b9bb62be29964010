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
    public ConfigCommands(Shell shell) : base("config", "Say what a role would be told, and whether it could start with it.")
    {
        Add(Of(shell, "check", "Check the configuration of a role: every fault at once.", Checked));
        Add(Of(shell, "show", "Show the configuration of a role: every option, its value and where it is from.", Shown));
    }

    private static Command Of(Shell shell, string name, string description, Func<Shell, OutputFormat, ExitCode> run)
    {
        var command = new Command(name, description)
        {
            new OriginCommand(shell, (told, _) => Task.FromResult((int)run(shell, told.Format))) { Description = $"{description} Takes the options of 'helio origin'." },
            new RelayCommand(shell, (told, _) => Task.FromResult((int)run(shell, told.Format))) { Description = $"{description} Takes the options of 'helio relay'." },
            new AgentCommand(shell, (told, _) => Task.FromResult((int)run(shell, told.Format))) { Description = $"{description} Takes the options of 'helio agent'." },
        };
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
