// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Namespaces;

/// <summary><c>helio ns archive NS</c> and <c>helio ns unarchive NS</c>: whether it takes changes. It is served either way.</summary>
internal sealed class NamespaceArchiveCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly bool _archived;

    public NamespaceArchiveCommand(Shell shell, bool archived)
        : base(archived ? "archive" : "unarchive", archived ? "Refuse changes to a namespace from now on; it is read and served as before." : "Take changes again.")
    {
        _archived = archived;
        Add(_namespace);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var altered = await api.AlterNamespaceAsync(run.Value(_namespace), new(_archived, null), ApiClient.NewIdempotencyKey(), cancellationToken);
        run.Output.Result(altered, ApiJson.Plain.NamespaceView, it => run.Output.Line($"{it.Name} {(it.Archived ? "is archived" : "takes changes")} since {it.Revision}."));
        return ExitCode.Success;
    }
}
