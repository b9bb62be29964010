// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Namespaces;

/// <summary><c>helio ns list</c>.</summary>
internal sealed class NamespaceListCommand : Command
{
    private readonly Option<string?> _prefix = new("--prefix") { HelpName = "PREFIX", Description = "Names that begin so." };
    private readonly Option<bool> _archived = new("--archived") { Description = "Archived ones, too." };

    public NamespaceListCommand(Shell shell) : base("list", "List the namespaces that you may read.")
    {
        Add(_prefix);
        Add(_archived);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var all = new List<NamespaceView>();
        await foreach (var item in api.ListNamespacesAsync(run.Value(_prefix), run.Value(_archived), cancellationToken)) all.Add(item);
        run.Output.Result(new NamespacePage(all, null), ApiJson.Plain.NamespacePage, page => run.Output.Table(
            ["NAMESPACE", "REVISION", "SETTINGS", "BYTES", "CHANGED BY", ""], page.Items.Select(it => (IReadOnlyList<string>)
            [it.Name, it.Revision ?? "", $"{it.Settings}", $"{it.Bytes}", it.ChangedBy ?? "", it.Archived ? "archived" : ""])));
        return ExitCode.Success;
    }
}
