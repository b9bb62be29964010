// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Authoring;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Pinning;

/// <summary><c>helio unpin NS</c>: changes pass again.</summary>
internal sealed class UnpinCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<bool> _restore = new("--restore") { Description = "Bring back what stood before the pin, in the same step. Default: what was held stays until somebody changes it." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only show what it would change." };
    private readonly ChangeOptions _change = new();

    public UnpinCommand(Shell shell) : base("unpin", "Release a pin: the namespace takes changes again.")
    {
        Add(_namespace);
        Add(_restore);
        Add(_dryRun);
        _change.AddTo(this, withExpectedRevision: true);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (name, dryRun) = (run.Value(_namespace), run.Value(_dryRun));
        using var api = _change.Connect(run);
        var change = await api.UnpinAsync(name, run.Value(_restore), _change.Message(run), _change.ExpectedRevision(run), dryRun, _change.IdempotencyKey(run), cancellationToken);
        if (!dryRun) change = await _change.WaitAsync(run, api, name, change, cancellationToken);
        return ChangeReport.Write(run.Output, change, dryRun, dryRun ? null : $"{name} {change.Revision} is released: {ChangeReport.Counts(change.Diff ?? [])}. It takes changes again.");
    }
}
