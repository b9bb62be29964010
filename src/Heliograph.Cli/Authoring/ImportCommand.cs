// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Import;
using Heliograph.Cli.Import.AppConfiguration;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio import …</c>: brings settings of other systems.</summary>
internal sealed class ImportCommand : Command
{
    public ImportCommand(Shell shell) : base("import", "Bring settings from a file or another system.")
    {
        Add(new AppConfigurationImportCommand(shell));
        foreach (var format in Enum.GetValues<DocumentFormat>()) Add(new FileImportCommand(shell, format));
    }
}

/// <summary><c>helio import azure-appconfig NS</c>: a live store, or its export, with labels, tags, content types, flags and locks: a plan, your consent, one atomic changeset.</summary>
internal sealed class AppConfigurationImportCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<string?> _connection = new("--from-connection-file") { HelpName = "PATH", Description = "Read the live store of the connection string in this file, or - for standard input." };
    private readonly Option<string?> _file = new("--from-file") { HelpName = "PATH", Description = "Read this export (profile appconfig/kvset), or - for standard input." };
    private readonly Applying _applying = new() { DefaultMessage = "imported from Azure App Configuration" };

    public AppConfigurationImportCommand(Shell shell) : base("azure-appconfig", "Import from Azure App Configuration: a live store or its export.")
    {
        foreach (var option in new Option[] { _connection, _file }) Add(option);
        Add(_namespace);
        _applying.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetValue(_connection) is null == result.GetValue(_file) is null) result.AddError("Give one of --from-connection-file and --from-file.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        _applying.RequireSomebody(run, (run.Value(_file) ?? run.Value(_connection)) == "-");
        var plan = new ImportPlan(run.Value(_namespace), await ReadAsync(run, cancellationToken));
        if (plan.Settings.Count > Limits.ChangesetOperationsMax) throw new CommandException(ExitCode.Usage, $"The store holds {plan.Settings.Count} key-values; a changeset has at most {Limits.ChangesetOperationsMax} operations.", next: "Export it in parts, by label or key prefix, and import one after the other.");
        if (plan.Settings.Count == 0)
        {
            run.Output.Say("There is nothing to import.");
            return ExitCode.Success;
        }
        return await _applying.RunAsync(run, [new(plan, plan.Settings.Select(setting => setting.Key.Label ?? "").ToHashSet())], prefix: "", cancellationToken);
    }

    private async Task<IReadOnlyList<ImportedSetting>> ReadAsync(Invocation run, CancellationToken cancellationToken)
    {
        try
        {
            if (run.Value(_file) is { } file) return KeyValueDocument.ToSettings(KeyValueDocument.Read(await ValueSource.ReadDocumentAsync(file, run.Terminal, cancellationToken), file).Items, file);
            var text = await ValueSource.ReadDocumentAsync(run.Value(_connection)!, run.Terminal, cancellationToken);
            using var store = LiveStore.Parse(System.Text.Encoding.UTF8.GetString(text.Span), run.Terminal.Time);
            return KeyValueDocument.ToSettings(await store.ReadAllAsync(cancellationToken), "the store");
        }
        catch (ImportException refused)
        {
            throw refused.ToCommandException();
        }
    }
}
