// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Authoring;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Pinning;

/// <summary><c>helio pin NS REVISION -m WHY</c>: everybody back to an old revision, and nobody away from it until the release.</summary>
internal sealed class PinCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Argument<string> _to = Inputs.RevisionArgument("revision", "The revision whose content everybody is to run ('helio history' lists them).");
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only show what it would change." };
    private readonly ChangeOptions _change = new();

    public PinCommand(Shell shell) : base("pin", "Hold the whole fleet at a revision of a namespace: its content becomes the newest, and changes are refused until 'helio unpin'.")
    {
        Add(_namespace);
        Add(_to);
        Add(_dryRun);
        _change.AddTo(this, withExpectedRevision: true, messageCharsMax: 200);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (name, to, dryRun) = (run.Value(_namespace), run.Value(_to), run.Value(_dryRun));
        using var api = _change.Connect(run);
        var change = await api.PinAsync(name, new(to, _change.Message(run)!, _change.ExpectedRevision(run)), dryRun, _change.IdempotencyKey(run), cancellationToken);
        if (!dryRun) change = await _change.WaitAsync(run, api, name, change, cancellationToken);
        return ChangeReport.Write(run.Output, change, dryRun, dryRun ? null : $"{name} {change.Revision} is pinned at what {to} held: {ChangeReport.Counts(change.Diff ?? [])}. Changes are refused until 'helio unpin {name}'.");
    }
}
