// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio access-keys rotate ID</c>: a new secret, shown once; the one before goes on working until the next rotation.</summary>
internal sealed class AccessKeyRotateCommand : Command
{
    private readonly Argument<string> _id = new("id") { Description = "The key's id ('helio access-keys list')." };
    private readonly Option<bool> _endBoth = new("--end-both") { Description = "End both secrets that it has now, as after a leak: clients are refused until they have the new one." };
    private readonly AccessKeyPrinting _printing = new();

    public AccessKeyRotateCommand(Shell shell) : base("rotate", "Give an access key a new secret and print it, once. The one before works until the next rotation.")
    {
        Add(_id);
        Add(_endBoth);
        _printing.AddTo(this);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var endBoth = run.Value(_endBoth);
        var key = await api.RotateAccessKeyAsync(run.Value(_id), endBoth, cancellationToken);
        _printing.Show(run, key);
        run.Output.Say(endBoth
            ? $"Access key {key.Id} has a new secret; both that it had are refused from now on."
            : $"Access key {key.Id} has a new secret; the one before works until you rotate again. Give clients the new one, then rotate again to end the old.");
        return ExitCode.Success;
    }
}
