// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Namespaces;

/// <summary><c>helio ns create NS</c>.</summary>
internal sealed class NamespaceCreateCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<string?> _description = new("--description") { HelpName = "TEXT", Description = "What it is for." };

    public NamespaceCreateCommand(Shell shell) : base("create", "Create a namespace.")
    {
        Add(_namespace);
        Add(_description);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var created = await api.CreateNamespaceAsync(run.Value(_namespace), run.Value(_description), ApiClient.NewIdempotencyKey(), cancellationToken);
        run.Output.Result(created, ApiJson.Plain.NamespaceView, it => run.Output.Line($"{it.Name} was created at {it.Revision}."));
        return ExitCode.Success;
    }
}
