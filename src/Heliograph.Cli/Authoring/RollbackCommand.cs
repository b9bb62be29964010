// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio rollback NS REVISION</c>: a new revision with the content of an old one.</summary>
internal sealed class RollbackCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Argument<string> _to = Inputs.RevisionArgument("revision", "The revision whose content is wanted back ('helio history' lists them).");
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only show what it would change." };
    private readonly ChangeOptions _change = new();

    public RollbackCommand(Shell shell) : base("rollback", "Make the content of an old revision the newest.")
    {
        Add(_namespace);
        Add(_to);
        Add(_dryRun);
        _change.AddTo(this, withExpectedRevision: true, withRequest: true);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (name, dryRun) = (run.Value(_namespace), run.Value(_dryRun));
        using var api = _change.Connect(run);
        if (_change.IsRequest(run) && !dryRun) return await _change.RequestAsync(run, api, name, new(To: run.Value(_to)), cancellationToken);
        var change = await api.RollBackAsync(name, new(run.Value(_to), _change.Message(run), _change.ExpectedRevision(run)), dryRun, _change.IdempotencyKey(run), cancellationToken);
        if (!dryRun) change = await _change.WaitAsync(run, api, name, change, cancellationToken);
        return ChangeReport.Write(run.Output, change, dryRun);
    }
}
