// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Import;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio edit NS</c>: the settings of one label in the author's editor, then a plan, consent, and one changeset for the revision that was opened.</summary>
internal sealed class EditCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<string?> _label = Inputs.Label("That label only. Default: settings without one.");
    private readonly Option<string> _prefix = new("--prefix") { HelpName = "PREFIX", DefaultValueFactory = _ => "", Description = "Only keys that begin so; what is added must, too." };
    private readonly Option<string> _format = new("--format") { HelpName = "yaml|json", DefaultValueFactory = _ => "yaml", Description = "How it is shown. Default: yaml." };
    private readonly Confirmation _confirmation = new();
    private readonly ChangeOptions _change = new();

    public EditCommand(Shell shell) : base("edit", "Edit settings in $VISUAL or $EDITOR: a plan, your consent, one changeset.")
    {
        _format.AcceptOnlyFromAmong("yaml", "json");
        Add(_namespace);
        Add(_label);
        Add(_prefix);
        Add(_format);
        _confirmation.AddTo(this);
        _change.AddTo(this, withExpectedRevision: false, withRequest: true);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (name, label, prefix, format) = (run.Value(_namespace), run.Value(_label), run.Value(_prefix)!, DocumentFormats.Parse(run.Value(_format)!));
        _confirmation.RequireSomebody(run, inputIsTaken: false);
        var editor = Editor.Of(run.Terminal);
        using var api = _change.Connect(run);
        var standing = await api.ListSettingsAsync(name, prefix.Length > 0 ? prefix : null, label ?? "", null, cancellationToken);
        var document = Open(standing, name, label, prefix, format);
        var directory = Directory.CreateTempSubdirectory("helio-edit-"); // only its owner may enter
        var path = Path.Combine(directory.FullName, $"{name}.{run.Value(_format)}");
        PrivateFile.Write(path, document.Text);
        var isKept = true; // until it is written, or nothing is lost with it
        try
        {
            var operations = await EditedAsync(run, editor, document, path, label, prefix, cancellationToken);
            if (operations.Count == 0)
            {
                isKept = false;
                run.Output.Say("Nothing was changed.");
                return ExitCode.Success;
            }
            var body = new ChangeBody(_change.Message(run), standing.Revision, operations);
            if (!_confirmation.IsGiven(run))
            {
                ChangeReport.Describe(run.Output.ForTalk(), await api.ChangeAsync(name, body, dryRun: true, ApiClient.NewIdempotencyKey(), cancellationToken), dryRun: true);
                await _confirmation.AskAsync(run, _change.IsRequest(run) ? "Ask for approval of this?" : "Apply this?", cancellationToken);
            }
            if (_change.IsRequest(run))
            {
                var asked = await _change.RequestAsync(run, api, name, new(operations), cancellationToken); // what was edited must still stand as it did, and is checked setting by setting
                isKept = false;
                return asked;
            }
            var change = await api.ChangeAsync(name, body, dryRun: false, _change.IdempotencyKey(run), cancellationToken);
            isKept = false;
            return ChangeReport.Write(run.Output, await _change.WaitAsync(run, api, name, change, cancellationToken));
        }
        catch (CommandException failure) when (failure.Kind == "revision_conflict")
        {
            throw new CommandException(ExitCode.Refused, $"{name} has moved since it was opened at {standing.Revision}. Nothing was written.", path,
                "'helio history' says who changed what; edit again, and take your text from the file.");
        }
        finally
        {
            if (isKept) run.Output.Say($"What you wrote is kept in {path}, for your eyes only.");
            else directory.Delete(recursive: true);
        }
    }

    private static EditedDocument Open(SettingsAtOnce standing, NamespaceName name, string? label, string prefix, DocumentFormat format)
    {
        try
        {
            return new EditedDocument(standing, name, label, prefix, format);
        }
        catch (ImportException refused)
        {
            throw new CommandException(ExitCode.Refused, "The settings cannot be shown as one document.", name.Value, "Export them ('helio export'), or narrow them with --prefix.", refused.Faults);
        }
    }

    private async Task<IReadOnlyList<OperationBody>> EditedAsync(Invocation run, Editor editor, EditedDocument document, string path, string? label, string prefix, CancellationToken cancellationToken)
    {
        while (true)
        {
            await editor.RunAsync(path);
            try
            {
                return document.Operations(await ValueSource.ReadDocumentAsync(path, run.Terminal, cancellationToken), path, label, prefix);
            }
            catch (ImportException refused) when (!_confirmation.IsGiven(run))
            {
                refused.ToCommandException().WriteTo(run.Terminal.Error);
                await _confirmation.AskAsync(run, "Edit it again?", cancellationToken);
            }
            catch (ImportException refused)
            {
                throw refused.ToCommandException();
            }
        }
    }
}
