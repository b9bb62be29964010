// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Namespaces;

/// <summary><c>helio ns show NS</c>.</summary>
internal sealed class NamespaceShowCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();

    public NamespaceShowCommand(Shell shell) : base("show", "Show a namespace: revision, state root, size, who made and changed it.")
    {
        Add(_namespace);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var found = await api.GetNamespaceAsync(run.Value(_namespace), cancellationToken);
        run.Output.Result(found, ApiJson.Plain.NamespaceView, it => NamespaceCommands.Write(run.Output, it));
        return ExitCode.Success;
    }
}
