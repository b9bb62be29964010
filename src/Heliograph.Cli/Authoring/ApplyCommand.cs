// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio apply -f FILE</c>: makes a namespace hold what a document says, in one atomic changeset.</summary>
internal sealed class ApplyCommand : Command
{
    private readonly ApplySource _source = new();
    private readonly Applying _applying = new();

    public ApplyCommand(Shell shell) : base("apply", "Apply documents of settings: a plan, your consent, one atomic changeset a namespace.")
    {
        _source.AddTo(this);
        _applying.AddTo(this);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        _applying.RequireSomebody(run, _source.IsStandardInput(run));
        return await _applying.RunAsync(run, await _source.ReadAsync(run, cancellationToken), _source.Prefix(run), cancellationToken);
    }
}
