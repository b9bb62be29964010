// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text;
using Heliograph.Cli.Api;
using Heliograph.Cli.Import;
using Heliograph.Cli.Import.AppConfiguration;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio export NS</c>: a namespace as a file that <c>helio apply</c> reads back to an identical state root.</summary>
internal sealed class ExportCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<string?> _label = Inputs.Label("That label only; the empty text for settings without one. Default: all; with --format json, yaml, env and properties: those without one.");
    private readonly Option<string?> _prefix = new("--prefix") { HelpName = "PREFIX", Description = "Keys that begin so." };
    private readonly Option<string?> _at = Inputs.AtRevision("--at", "As it stood at this revision.");
    private readonly Option<string?> _file = new("--file", "-f") { HelpName = "PATH", Description = "Where to write it. Default: standard output." };
    private readonly Option<string> _format = new("--format") { HelpName = "heliograph|json|yaml|env|properties|kvset", DefaultValueFactory = _ => "heliograph", Description = "heliograph holds everything; json and yaml are nested like appsettings.json, env and properties a line a value, all four for one label; kvset is what Azure App Configuration imports. Default: heliograph." };

    public ExportCommand(Shell shell) : base("export", "Write a namespace as a document that 'helio apply' reads back.")
    {
        _format.AcceptOnlyFromAmong(["heliograph", .. DocumentFormats.Names, "kvset"]);
        Add(_namespace);
        Add(_label);
        Add(_prefix);
        Add(_at);
        Add(_file);
        Add(_format);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (name, format) = (run.Value(_namespace), run.Value(_format)!);
        var ofOneLabel = DocumentFormats.Names.Contains(format);
        var label = run.Value(_label) ?? (ofOneLabel ? "" : null);
        using var api = run.Connect();
        var settings = await api.ListSettingsAsync(name, run.Value(_prefix), label, run.Value(_at), cancellationToken);
        var content = ofOneLabel ? OneLabel(run, DocumentFormats.Parse(format), settings, name)
            : format == "kvset" ? KeyValueDocument.Write(settings.Items)
            : ExportDocument.Write(name, settings, isWhole: label is null && run.Value(_prefix) is null);
        if (run.Value(_file) is { } path) PrivateFile.Write(path, content);
        else run.Output.Raw(Encoding.UTF8.GetString(content) + (ofOneLabel ? "" : "\n"));
        run.Output.Say($"{settings.Items.Count} settings of {name} at {settings.Revision}.");
        return ExitCode.Success;
    }

    private static byte[] OneLabel(Invocation run, DocumentFormat format, SettingsAtOnce settings, NamespaceName name)
    {
        try
        {
            var lost = settings.Items.Count(NestedJson.Loses);
            if (lost > 0) run.Output.Say($"warning: {lost} settings have tags, a lock or another content type that this format cannot hold; --format heliograph keeps them.");
            var (flat, typed) = format is DocumentFormat.Env or DocumentFormat.Properties ? FlatText.Of(settings.Items, name.Value) : ([], 0);
            if (typed > 0) run.Output.Say($"warning: {typed} values are null or an empty object, which this format cannot say; they are written as empty text.");
            return format switch
            {
                DocumentFormat.Json => NestedJson.Write(settings.Items, name.Value),
                DocumentFormat.Yaml => Encoding.UTF8.GetBytes(YamlText.Write(NestedJson.Write(settings.Items, name.Value))),
                DocumentFormat.Env => Encoding.UTF8.GetBytes(EnvText.Write(flat, name.Value)),
                _ => Encoding.UTF8.GetBytes(PropertiesText.Write(flat)),
            };
        }
        catch (ImportException refused)
        {
            throw new CommandException(ExitCode.Refused, "The namespace cannot be written in this format.", name.Value, "Use --format heliograph, or correct the settings.", refused.Faults);
        }
    }
}
