// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio list NS</c>: the settings of a namespace, all at one revision.</summary>
internal sealed class ListCommand : Command
{
    private const int ValueCharsMax = 100;

    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<string?> _prefix = new("--prefix") { HelpName = "PREFIX", Description = "Keys that begin so." };
    private readonly Option<string?> _label = Inputs.Label("That label only; the empty text for settings without one. Default: all.");
    private readonly Option<string?> _at = Inputs.AtRevision("--at", "As they stood at this revision.");

    public ListCommand(Shell shell) : base("list", "List the settings of a namespace.")
    {
        Add(_namespace);
        Add(_prefix);
        Add(_label);
        Add(_at);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var settings = await api.ListSettingsAsync(run.Value(_namespace), run.Value(_prefix), run.Value(_label), run.Value(_at), cancellationToken);
        run.Output.Result(new SettingPage(settings.Items, null, settings.Revision, settings.StateRoot), ApiJson.Plain.SettingPage, page =>
        {
            run.Output.Table(["KEY", "LABEL", "VALUE", "TYPE"], page.Items.Select(item => (IReadOnlyList<string>)
                [item.Key, item.Label ?? "", PrintableText.OneLine(item.Value, ValueCharsMax), item.ContentType ?? ""]));
            run.Output.Say($"{page.Items.Count} {(page.Items.Count == 1 ? "setting" : "settings")} at {page.Revision}.");
        });
        return ExitCode.Success;
    }
}
