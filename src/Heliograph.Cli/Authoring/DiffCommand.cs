// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio diff NS FROM [TO]</c>: what changed between two revisions.</summary>
internal sealed class DiffCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Argument<string> _from = Inputs.RevisionArgument("from", "The earlier revision.");
    private readonly Argument<string?> _to = new("to") { Arity = ArgumentArity.ZeroOrOne, Description = "The later revision. Default: the newest." };

    public DiffCommand(Shell shell) : base("diff", "Show what changed between two revisions of a namespace.")
    {
        Add(_namespace);
        Add(_from);
        Add(_to);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var diff = await api.GetDiffAsync(run.Value(_namespace), run.Value(_from), run.Optional(_to), cancellationToken);
        run.Output.Result(diff, ApiJson.Plain.DiffView, it =>
        {
            run.Output.Line($"{it.From} → {it.To}: {ChangeReport.Counts(it.Changes)}.");
            ChangeReport.Diff(run.Output, it.Changes);
        });
        return ExitCode.Success;
    }
}
