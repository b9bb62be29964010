// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Namespaces;

/// <summary><c>helio ns delete NS</c>: only an archived one, so that a slip of the hand takes two.</summary>
internal sealed class NamespaceDeleteCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();

    public NamespaceDeleteCommand(Shell shell) : base("delete", "Delete an archived namespace.")
    {
        Add(_namespace);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var name = run.Value(_namespace);
        await api.DeleteNamespaceAsync(name, ApiClient.NewIdempotencyKey(), cancellationToken);
        run.Output.Result(new DeletedView(name.Value), ApiJson.Plain.DeletedView, _ => run.Output.Line($"{name} was deleted; its history stays in the log."));
        return ExitCode.Success;
    }
}
